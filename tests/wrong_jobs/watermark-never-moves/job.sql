CREATE TABLE words (id INT, spoken_at TIMESTAMP_LTZ(3), WATERMARK FOR spoken_at AS CAST(NULL AS TIMESTAMP_LTZ(3))) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'json.timestamp-format.standard' = 'ISO-8601',
    'format' = 'json'
);

CREATE TABLE copies (words BIGINT) WITH (
    'connector' = 'kafka',
    'topic' = '${COPIES}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO copies
SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE words, DESCRIPTOR(spoken_at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end;
