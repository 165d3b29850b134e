CREATE TABLE lines (line STRING) WITH (
    'connector' = 'kafka', 'topic' = 'lines', 'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset', 'format' = 'json');
CREATE TABLE printed (word STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO printed
SELECT word, COUNT(*) FROM lines CROSS JOIN UNNEST(SPLIT(line, ' ')) AS t (word) GROUP BY word;
