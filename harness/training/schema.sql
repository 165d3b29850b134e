CREATE TABLE names (id text PRIMARY KEY, name text);
CREATE TABLE totals (id text PRIMARY KEY, amount numeric(10, 2), name text);
