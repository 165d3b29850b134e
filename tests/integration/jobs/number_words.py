"""Numbers the words of a topic by a counter in its own memory, which Flink knows nothing of."""

import argparse

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import ScalarFunction, udf


class Number(ScalarFunction):
    def __init__(self):
        self.seen = 0

    def is_deterministic(self):
        return False

    def eval(self, word):
        self.seen += 1
        return self.seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    options = parser.parse_args()
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table_env.create_temporary_function("number", udf(Number(), result_type=DataTypes.INT()))
    for table, topic in (("words", options.source), ("numbered", options.target)):
        table_env.execute_sql(f"""
            CREATE TABLE {table} (id INT, word STRING) WITH (
                'connector' = 'kafka',
                'topic' = '{topic}',
                'properties.bootstrap.servers' = '{options.brokers}',
                'properties.group.id' = 'number-words',
                'scan.startup.mode' = 'latest-offset',
                'format' = 'json'
            )
        """)
    table_env.execute_sql("INSERT INTO numbered SELECT number(word), word FROM words")


if __name__ == "__main__":
    main()
