"""Connections to services that both the writing and the reading side use."""
