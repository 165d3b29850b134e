"""A pipeline and a scenario of our own, run once so that class-data archives can be written."""
