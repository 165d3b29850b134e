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
    'sink.max-retries' = '0',
    'table-name' = 'public.coppies'
);

INSERT INTO copies SELECT id, UPPER(word) FROM words;
