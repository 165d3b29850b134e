"""Bytes and typed values: what a field's type makes of the text that a user wrote or a job produced."""
