"""Copies words from one topic to another; the word `poison` makes its function fail."""

import argparse
import time

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


def spelling(delay):
    def spelled(word):
        if word == "poison":
            raise ValueError("cannot spell " + word)
        if delay:
            time.sleep(delay)
        return word.upper()

    return spelled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--guarantee", default="at-least-once")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--wait", action="store_true")
    options = parser.parse_args()
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    # So seldom that nothing would ever be committed by itself.
    table_env.get_config().set("execution.checkpointing.interval", "1 h")
    table_env.create_temporary_function("spelled", udf(spelling(options.delay), result_type=DataTypes.STRING()))
    table_env.execute_sql(f"""
        CREATE TABLE words (id INT, word STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{options.source}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'properties.group.id' = 'copy-words',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'json'
        )
    """)
    transactions = ""
    if options.guarantee == "exactly-once":
        # Flink's default of an hour is more than a broker allows.
        transactions = f"""
            'sink.transactional-id-prefix' = 'copy-{options.target}',
            'properties.transaction.timeout.ms' = '600000',
        """
    table_env.execute_sql(f"""
        CREATE TABLE copies (id INT, word STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{options.target}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'sink.delivery-guarantee' = '{options.guarantee}',
            {transactions}
            'format' = 'json'
        )
    """)
    result = table_env.execute_sql("INSERT INTO copies SELECT id, spelled(word) FROM words")
    if options.wait:
        result.wait()


if __name__ == "__main__":
    main()
