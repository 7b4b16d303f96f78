create table public.a (id bigint primary key);
create table public.b (id bigint primary key, x text, a_id bigint references public.a (id));
create index on public.b (a_id, x);
create table public.c (a_id bigint primary key references public.a (id));
