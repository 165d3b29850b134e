"""Reading everything that a sink holds, once."""
