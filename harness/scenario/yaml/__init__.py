"""YAML text as nodes that know their place, and mappings read key by key."""
