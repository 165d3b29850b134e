CREATE TABLE limits (customer text PRIMARY KEY, most numeric);
