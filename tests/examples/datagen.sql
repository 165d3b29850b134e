CREATE TABLE generated (n INT, price DOUBLE) WITH (
    'connector' = 'datagen', 'number-of-rows' = '1000',
    'fields.n.min' = '0', 'fields.n.max' = '2', 'fields.price.min' = '1', 'fields.price.max' = '500');
CREATE TABLE orders (order_id STRING, price DOUBLE, country STRING, placed_at TIMESTAMP_LTZ(3)) WITH (
    'connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '${BROKERS}',
    'format' = 'json');
INSERT INTO orders
SELECT UUID(), price, CASE n WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' ELSE 'UK' END, CURRENT_TIMESTAMP FROM generated;
