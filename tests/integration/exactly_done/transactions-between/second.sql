CREATE TABLE spelled (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${SPELLED}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'json'
);

CREATE TABLE copies (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${COPIES}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO copies SELECT * FROM spelled;
