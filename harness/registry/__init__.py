"""A schema registry with Confluent's REST API, in a process of its own that serves many empty registries."""
