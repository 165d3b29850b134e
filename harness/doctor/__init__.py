"""What stands between a person and a first green run: found, and told with a remedy. Starts no service."""
