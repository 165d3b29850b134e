"""Rows as users write and keep them: tables, lists and files to cells with a place."""
