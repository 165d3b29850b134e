CREATE TABLE public.customers (customer text PRIMARY KEY, name text);
CREATE TABLE public.totals (customer text PRIMARY KEY, name text, amount numeric(8, 2));
