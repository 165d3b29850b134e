"""flink-harness: runs scenario files against unmodified Flink jobs, and explains what stands in the sinks."""

__version__ = "0.1.0"
