"""The services that a scenario can need, one module each."""
