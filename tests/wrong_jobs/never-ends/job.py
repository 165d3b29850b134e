"""Copies words from one topic to another."""

import os

from pyflink.table import EnvironmentSettings, TableEnvironment
import threading

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
print("waiting for the configuration")
threading.Event().wait()
table_env.execute_sql("INSERT INTO copies SELECT id, UPPER(word) FROM words")
