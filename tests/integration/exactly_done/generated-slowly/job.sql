-- Two seconds long every checkpoint shows a job that has nothing in flight.
CREATE TABLE generated (n BIGINT) WITH (
    'connector' = 'datagen',
    'rows-per-second' = '50',
    'fields.n.kind' = 'sequence',
    'fields.n.start' = '1',
    'fields.n.end' = '100'
);

CREATE TABLE numbers (n BIGINT) WITH (
    'connector' = 'kafka',
    'topic' = '${NUMBERS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json'
);

INSERT INTO numbers SELECT n FROM generated;
