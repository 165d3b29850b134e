"""Stands for a job: the examples are read, not run."""
