CREATE TABLE orders (id BIGINT, customer STRING, price DECIMAL(10, 2), placed_at TIMESTAMP(3))
WITH ('connector' = 'filesystem', 'path' = '${ORDERS}', 'format' = 'csv');

CREATE TABLE by_day (id BIGINT, customer STRING, price DECIMAL(10, 2), `day` STRING)
PARTITIONED BY (`day`)
WITH ('connector' = 'filesystem', 'path' = '${BY_DAY}', 'format' = 'json');

INSERT INTO by_day
SELECT id, customer, price, DATE_FORMAT(placed_at, 'yyyy-MM-dd') FROM orders WHERE price > 0;
