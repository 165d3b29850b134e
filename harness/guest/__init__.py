"""Files that run in a foreign interpreter: the job's Python, or Flink's JVM. They import nothing of ours."""
