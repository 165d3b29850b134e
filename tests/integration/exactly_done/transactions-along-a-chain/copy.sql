CREATE TABLE here (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${HERE}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'json'
);

CREATE TABLE there (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${THERE}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'sink.delivery-guarantee' = 'exactly-once',
    'sink.transactional-id-prefix' = 'to-${THERE}',
    'properties.transaction.timeout.ms' = '600000',
    'format' = 'json'
);

INSERT INTO there SELECT * FROM here;
