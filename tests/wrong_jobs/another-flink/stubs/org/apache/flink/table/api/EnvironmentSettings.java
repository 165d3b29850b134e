package org.apache.flink.table.api;

/** As it was in Flink 1.13. */
public class EnvironmentSettings {
  public static Builder newInstance() {
    return new Builder();
  }

  public static class Builder {
    public Builder useBlinkPlanner() {
      return this;
    }

    public Builder inStreamingMode() {
      return this;
    }

    public EnvironmentSettings build() {
      return new EnvironmentSettings();
    }
  }
}
