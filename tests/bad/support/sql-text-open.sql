SET 'a' = 'b;
INSERT INTO sink SELECT * FROM source;
