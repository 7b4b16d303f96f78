create table public.c (id bigint primary key);
