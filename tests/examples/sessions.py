"""Puts the tagged events of a user together into sessions that a pause of half an hour ends."""

import os

from pyflink.table import EnvironmentSettings, TableEnvironment

TAGGED = """
    CREATE TABLE tagged (
        user_id STRING,
        kind STRING,
        page STRING,
        device ROW<os STRING>,
        bot BOOLEAN,
        seen_at BIGINT,
        happened_at AS TO_TIMESTAMP_LTZ(seen_at, 3),
        WATERMARK FOR happened_at AS happened_at
    ) WITH (
        'connector' = 'kafka',
        'topic' = '{IN}',
        'properties.bootstrap.servers' = '{BROKERS}',
        'properties.group.id' = 'sessioniser',
        'properties.isolation.level' = 'read_committed',
        'scan.startup.mode' = 'latest-offset',
        -- A reader that has no partition would hold back the time of all.
        'scan.watermark.idle-timeout' = '2 s',
        'format' = 'json'
    )
"""
SESSIONS = """
    CREATE TABLE sessions (
        user_id STRING,
        session_start TIMESTAMP(3),
        events BIGINT,
        device ROW<os STRING>,
        pages ARRAY<STRING>,
        PRIMARY KEY (user_id, session_start) NOT ENFORCED
    ) WITH (
        'connector' = 'upsert-kafka',
        'topic' = 'bot.sessions',
        'properties.bootstrap.servers' = '{BROKERS}',
        'key.format' = 'json',
        'value.format' = 'json'
    )
"""
VISITS = """
    CREATE TEMPORARY VIEW visits AS
    SELECT user_id, page, device.os AS os, happened_at FROM tagged
    WHERE NOT bot AND kind NOT IN ('DELETED', 'PING')
"""
DELETED = """
    CREATE TEMPORARY VIEW deleted AS
    SELECT user_id, MAX(seen_at) AS seen_at FROM tagged WHERE kind = 'DELETED' GROUP BY user_id
"""
CLOSED = """
    CREATE TEMPORARY VIEW closed AS
    SELECT
        user_id,
        window_start,
        COUNT(*) AS events,
        MAX(os) AS os,
        ARRAY_AGG(DISTINCT page) FILTER (WHERE page IS NOT NULL) AS pages
    FROM TABLE(SESSION(TABLE visits PARTITION BY user_id, DESCRIPTOR(happened_at), INTERVAL '30' MINUTE))
    GROUP BY user_id, window_start, window_end
"""
# A deletion takes back what was written before it, and keeps a session that is still open from being written.
INSERT = """
    INSERT INTO sessions
    SELECT c.user_id, CAST(c.window_start AS TIMESTAMP(3)), c.events, ROW(c.os), c.pages
    FROM closed AS c
    WHERE NOT EXISTS (
        SELECT 1 FROM deleted AS d
        WHERE d.user_id = c.user_id AND TO_TIMESTAMP_LTZ(d.seen_at, 3) >= CAST(c.window_start AS TIMESTAMP_LTZ(3))
    )
"""


def main():
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table_env.get_config().set("table.local-time-zone", "UTC").set("pipeline.name", "sessioniser")
    for statement in (TAGGED, SESSIONS, VISITS, DELETED, CLOSED, INSERT):
        table_env.execute_sql(statement.format(**os.environ))


if __name__ == "__main__":
    main()
