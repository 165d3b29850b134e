-- What Kafka holds is done long before the rest is.
CREATE TABLE generated (n BIGINT) WITH (
    'connector' = 'datagen',
    'rows-per-second' = '20',
    'number-of-rows' = '100',
    'fields.n.kind' = 'random'
);

CREATE TABLE words (n BIGINT) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);

CREATE TABLE numbers (n BIGINT) WITH (
    'connector' = 'kafka',
    'topic' = '${NUMBERS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO numbers SELECT n FROM words UNION ALL SELECT n FROM generated;
