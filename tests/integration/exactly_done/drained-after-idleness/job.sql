-- Its source is idle a moment after each row, and would drop the watermark that a drain sends.
CREATE TABLE words (id INT, spoken_at TIMESTAMP_LTZ(3), WATERMARK FOR spoken_at AS spoken_at) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'scan.watermark.idle-timeout' = '1 ms',
    'json.timestamp-format.standard' = 'ISO-8601',
    'format' = 'json'
);

CREATE TABLE minutes (words BIGINT) WITH (
    'connector' = 'kafka',
    'topic' = '${MINUTES}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO minutes
SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE words, DESCRIPTOR(spoken_at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end;
