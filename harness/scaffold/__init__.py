"""The first pipeline and scenario of a job, made of what can be found out about it."""
