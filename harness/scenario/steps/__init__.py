"""The steps of a scenario, each read against its pipeline."""
