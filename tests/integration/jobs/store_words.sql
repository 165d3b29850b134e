SET 'execution.checkpointing.interval' = '1 h';

CREATE TABLE words (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'properties.group.id' = 'store-words',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);

CREATE TABLE stored (id INT, word STRING${KEY}) WITH (
    'connector' = 'jdbc',
    'url' = '${URL}',
    'table-name' = '${TABLE}',
    'username' = '${DATABASE_USER}',
    'password' = '${DATABASE_PASSWORD}'
);

INSERT INTO stored SELECT id, word FROM words;
