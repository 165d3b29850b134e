CREATE TABLE words (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);

CREATE TABLE copies (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${COPIES}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO copies SELECT id, UPPER(word) FROM words;
