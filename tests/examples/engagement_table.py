"""Events of users per minute and type, from one stream of Kinesis to another."""

from pyflink.table import EnvironmentSettings, TableEnvironment

STATEMENTS = (
    """
    CREATE TABLE user_events (userId STRING, eventType STRING, amount DOUBLE, `timestamp` BIGINT,
        at AS TO_TIMESTAMP_LTZ(`timestamp`, 3), WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (
        'connector' = 'kinesis', 'stream.arn' = 'arn:aws:kinesis:eu-west-1:000000000000:stream/user-events',
        'aws.region' = 'eu-west-1', 'format' = 'json')
    """,
    """
    CREATE TABLE engagement_metrics (event_type STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3),
        event_count BIGINT, unique_users BIGINT, total_amount DOUBLE) WITH (
        'connector' = 'kinesis', 'stream.arn' = 'arn:aws:kinesis:eu-west-1:000000000000:stream/engagement-metrics',
        'aws.region' = 'eu-west-1', 'format' = 'json')
    """,
    """
    INSERT INTO engagement_metrics
    SELECT eventType, window_start, window_end, COUNT(*), COUNT(DISTINCT userId), SUM(amount)
    FROM TABLE(TUMBLE(TABLE user_events, DESCRIPTOR(at), INTERVAL '1' MINUTE))
    GROUP BY eventType, window_start, window_end
    """,
)


def main():
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for statement in STATEMENTS:
        table_env.execute_sql(statement)


if __name__ == "__main__":
    main()
