"""The language of the two files, described once: readers, JSON Schemas and the reference come from here."""
