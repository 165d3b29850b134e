"""flink-harness: run scenario files against real, unmodified Flink jobs, and explain what stands in the sinks."""

__version__ = "0.1.0"
