"""The client side of a Flink cluster: submission, progress, completion, diagnosis."""
