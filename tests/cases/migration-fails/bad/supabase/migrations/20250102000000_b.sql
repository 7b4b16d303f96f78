create table public.c (id bigint primary key);
create index on public.a (b_id);
