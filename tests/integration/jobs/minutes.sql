CREATE TABLE words (word STRING, said_at TIMESTAMP(3), WATERMARK FOR said_at AS said_at - INTERVAL '1' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${WORDS}', 'format' = 'csv', 'source.monitor-interval' = '50 ms');

CREATE TABLE minutes (starts_at TIMESTAMP(3), words BIGINT)
WITH ('connector' = 'filesystem', 'path' = '${MINUTES}', 'format' = 'csv');

INSERT INTO minutes
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE words, DESCRIPTOR(said_at), INTERVAL '1' MINUTE))
WHERE word <> 'ping' GROUP BY window_start, window_end;
