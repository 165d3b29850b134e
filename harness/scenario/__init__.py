"""The two files a user writes: text, marks, model, checked, discovered."""
