"""SQL files as Flink's SQL client reads them: their words, their statements and where each stands."""
