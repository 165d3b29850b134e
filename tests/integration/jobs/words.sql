CREATE TABLE words_by_key (id INT PRIMARY KEY, word TEXT);
CREATE TABLE words_in_a_row (id INT, word TEXT);
