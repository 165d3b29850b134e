CREATE TABLE public.copies (id integer PRIMARY KEY, word text);
