-- Nothing but a checkpoint writes what this sink has buffered.

CREATE TABLE words (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);

CREATE TABLE copies (id INT, word STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
    'connector' = 'jdbc',
    'url' = '${URL}',
    'username' = '${DATABASE_USER}',
    'password' = '${DATABASE_PASSWORD}',
    'table-name' = 'public.copies',
    'sink.buffer-flush.interval' = '1 h',
    'sink.buffer-flush.max-rows' = '1000000'
);

INSERT INTO copies SELECT id, UPPER(word) FROM words;
