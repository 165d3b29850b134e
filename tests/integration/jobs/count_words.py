"""Counts words into an upsert topic, and in a metric how many of them it had to spell."""

import argparse

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import ScalarFunction, udf


class Spelled(ScalarFunction):
    def open(self, function_context):
        self.spelled = function_context.get_metric_group().counter("spelled_words")
        self.long = function_context.get_metric_group().counter("long_words")
        self.odd = function_context.get_metric_group().counter("odd_words")

    def eval(self, word):
        self.spelled.inc()
        if word == "odd":
            self.odd.inc()
        if len(word) > 20:
            self.long.inc()
        return word.upper()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    options = parser.parse_args()
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table_env.create_temporary_function("spelled", udf(Spelled(), result_type=DataTypes.STRING()))
    table_env.execute_sql(f"""
        CREATE TABLE words (id INT, word STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{options.source}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'properties.group.id' = 'count-words',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'json'
        )
    """)
    table_env.execute_sql(f"""
        CREATE TABLE counts (word STRING, times BIGINT, PRIMARY KEY (word) NOT ENFORCED) WITH (
            'connector' = 'upsert-kafka',
            'topic' = '{options.target}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'key.format' = 'raw',
            'value.format' = 'json'
        )
    """)
    table_env.execute_sql(
        "INSERT INTO counts SELECT w, COUNT(*) FROM (SELECT spelled(word) AS w FROM words) GROUP BY w"
    )


if __name__ == "__main__":
    main()
