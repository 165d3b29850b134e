-- Stands for a job: the examples are read, not run.
CREATE TABLE orders (order_id STRING) WITH ('connector' = 'datagen');
CREATE TABLE copies (order_id STRING) WITH ('connector' = 'blackhole');
INSERT INTO copies SELECT order_id FROM orders;
