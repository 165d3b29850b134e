-- The markers of its transactions are offsets that no source ever reaches.

CREATE TABLE words (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);

CREATE TABLE spelled (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${SPELLED}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'sink.delivery-guarantee' = 'exactly-once',
    'sink.transactional-id-prefix' = 'first-${SPELLED}',
    'properties.transaction.timeout.ms' = '600000',
    'format' = 'json'
);

INSERT INTO spelled SELECT id, UPPER(word) FROM words;
