CREATE TABLE t (a INT) WITH ('connector' = 'datagen');
-- what is in it?
SELECT * FROM t;
INSERT INTO sink SELECT * FROM t;
