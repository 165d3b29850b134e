CREATE TABLE both_of_them (id STRING, seen_at TIMESTAMP_LTZ(3), WATERMARK FOR seen_at AS seen_at)
WITH (
    'connector' = 'kafka',
    'topic' = '${ORDERS};${PAYMENTS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'json.timestamp-format.standard' = 'ISO-8601',
    'format' = 'json'
);

CREATE TABLE counted (rows_seen BIGINT)
WITH ('connector' = 'kafka', 'topic' = '${COUNTED}', 'properties.bootstrap.servers' = '${BROKERS}', 'format' = 'json');

INSERT INTO counted
SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE both_of_them, DESCRIPTOR(seen_at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end;
