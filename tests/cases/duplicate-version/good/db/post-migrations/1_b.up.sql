create table public.b (id bigint primary key);
