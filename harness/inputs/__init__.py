"""Writing a scenario's rows to the places that a job reads."""
