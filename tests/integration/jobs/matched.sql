CREATE TABLE orders (id STRING, placed_at TIMESTAMP_LTZ(3), WATERMARK FOR placed_at AS placed_at - INTERVAL '5' SECOND)
WITH (
    'connector' = 'kafka',
    'topic' = '${ORDERS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'json.timestamp-format.standard' = 'ISO-8601',
    'format' = 'json'
);

CREATE TABLE payments (id STRING, paid_at TIMESTAMP_LTZ(3), WATERMARK FOR paid_at AS paid_at - INTERVAL '1' SECOND)
WITH (
    'connector' = 'kafka',
    'topic' = '${PAYMENTS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'json.timestamp-format.standard' = 'ISO-8601',
    'format' = 'json'
);

CREATE TABLE matched (id STRING)
WITH ('connector' = 'kafka', 'topic' = '${MATCHED}', 'properties.bootstrap.servers' = '${BROKERS}', 'format' = 'json');

CREATE TABLE ordered (orders BIGINT)
WITH ('connector' = 'kafka', 'topic' = '${ORDERED}', 'properties.bootstrap.servers' = '${BROKERS}', 'format' = 'json');

EXECUTE STATEMENT SET
BEGIN
    -- Of both: a window is over when the time of both has passed it.
    INSERT INTO matched
    SELECT o.id
    FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(placed_at), INTERVAL '1' MINUTE))) o
    JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(paid_at), INTERVAL '1' MINUTE))) p
    ON o.id = p.id AND o.window_start = p.window_start AND o.window_end = p.window_end
    WHERE o.id <> 'beat';

    -- Of orders alone.
    INSERT INTO ordered
    SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(placed_at), INTERVAL '1' MINUTE))
    WHERE id <> 'beat' GROUP BY window_start, window_end;
END;
