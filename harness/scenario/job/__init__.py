"""What is under test, as its team wrote it."""
