"""Puts the tagged events of a user together into sessions that a pause of half an hour ends."""

import os

from pyflink.table import EnvironmentSettings, TableEnvironment

TABLES = """
CREATE TABLE tagged (user_id STRING, bot BOOLEAN, seen_at BIGINT,
    at AS TO_TIMESTAMP_LTZ(seen_at, 3), WATERMARK FOR at AS at) WITH (
    'connector' = 'kafka', 'topic' = '{IN}', 'properties.bootstrap.servers' = '{BROKERS}',
    'scan.startup.mode' = 'latest-offset', 'format' = 'json');
CREATE TABLE sessions (user_id STRING, session_start TIMESTAMP(3), events BIGINT,
    PRIMARY KEY (user_id, session_start) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'topic' = 'bot.sessions', 'properties.bootstrap.servers' = '{BROKERS}',
    'key.format' = 'json', 'value.format' = 'json');
INSERT INTO sessions SELECT user_id, CAST(window_start AS TIMESTAMP(3)), COUNT(*)
FROM TABLE(SESSION(TABLE tagged PARTITION BY user_id, DESCRIPTOR(at), INTERVAL '30' MINUTES))
GROUP BY user_id, window_start, window_end
"""


def main():
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for statement in TABLES.format(**os.environ).split(";"):
        table_env.execute_sql(statement)


if __name__ == "__main__":
    main()
