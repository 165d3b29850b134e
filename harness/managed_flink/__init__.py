"""Managed Flink's packages and property groups, as the service reads them."""
