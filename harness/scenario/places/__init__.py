"""Where a job reads and writes: addresses, formats and schemas."""
