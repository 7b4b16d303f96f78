create table public.mails (id bigint primary key);
