CREATE TABLE words (word STRING)
WITH ('connector' = 'filesystem', 'path' = '${WORDS}', 'format' = 'json', 'source.monitor-interval' = '50 ms');

CREATE TABLE copied (word STRING)
WITH ('connector' = 'filesystem', 'path' = '${COPIED}', 'format' = 'csv');

INSERT INTO copied SELECT word FROM words;
