"""Edits of the files that users wrote: only what is meant to change does."""
