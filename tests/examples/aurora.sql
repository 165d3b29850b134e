CREATE TABLE public.card_limits (
    card_id    text PRIMARY KEY,
    max_amount numeric(10, 2) NOT NULL
);

CREATE TABLE public.transactions_by_card (
    transaction_id text PRIMARY KEY,
    card_id        text NOT NULL,
    amount         numeric(10, 2) NOT NULL,
    occurred_at    timestamptz(3) NOT NULL,
    local_time     timestamp(3) NOT NULL,
    merchant_name  text,
    channel        text
);
