"""Counts words per minute of event time."""

import argparse

from pyflink.table import EnvironmentSettings, TableEnvironment


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    options = parser.parse_args()
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    # In two phases, rows of one minute are added up before the window sees that they are late.
    table_env.get_config().set("table.optimizer.agg-phase-strategy", "ONE_PHASE")
    table_env.execute_sql(f"""
        CREATE TABLE words (id INT, spoken_at TIMESTAMP_LTZ(3), WATERMARK FOR spoken_at AS spoken_at) WITH (
            'connector' = 'kafka',
            'topic' = '{options.source}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'properties.group.id' = 'late-words',
            'scan.startup.mode' = 'latest-offset',
            'scan.watermark.emit.strategy' = 'on-event',
            'json.timestamp-format.standard' = 'ISO-8601',
            'format' = 'json'
        )
    """)
    table_env.execute_sql(f"""
        CREATE TABLE minutes (words BIGINT) WITH (
            'connector' = 'kafka',
            'topic' = '{options.target}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'format' = 'json'
        )
    """)
    table_env.execute_sql("""
        INSERT INTO minutes
        SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE words, DESCRIPTOR(spoken_at), INTERVAL '1' MINUTE))
        GROUP BY window_start, window_end
    """)


if __name__ == "__main__":
    main()
