-- It has forgotten its source.
CREATE TABLE words (word STRING) WITH ('connector' = 'filesystem', 'path' = '${SOURCE}', 'format' = 'csv');

CREATE TABLE numbers (number INT) WITH ('connector' = 'filesystem', 'path' = '${SINK}', 'format' = 'csv');

INSERT INTO numbers VALUES (1);
