"""Copies words from one topic to another."""

import os

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


@udf(result_type=DataTypes.STRING())
def spelled(word):
    import unidecode

    return unidecode.unidecode(word)


table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
for name, topic in (("words", os.environ["WORDS"]), ("copies", os.environ["COPIES"])):
    table_env.execute_sql(f"""
        CREATE TABLE {name} (id INT, word STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{topic}',
            'properties.bootstrap.servers' = '{os.environ["BROKERS"]}',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'json'
        )
    """)
table_env.create_temporary_function("spelled", spelled)
table_env.execute_sql("INSERT INTO copies SELECT id, spelled(word) FROM words")
