"""Copies words from one topic to another; its settings are in the property group `copy`."""

import json
import os

from pyflink.table import EnvironmentSettings, TableEnvironment

with open("/etc/flink/application_properties.json") as file:
    groups = {group["PropertyGroupId"]: group["PropertyMap"] for group in json.load(file)}
settings = groups["copy"]
table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
for name, topic in (("words", settings["topic"]), ("copies", settings["target"])):
    table_env.execute_sql(f"""
        CREATE TABLE {name} (id INT, word STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{topic}',
            'properties.bootstrap.servers' = '{settings["brokers"]}',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'json'
        )
    """)
table_env.execute_sql("INSERT INTO copies SELECT id, UPPER(word) FROM words")
