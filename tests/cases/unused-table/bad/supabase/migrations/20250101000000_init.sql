create table public.people (id bigint primary key);
create table public.leftovers (id bigint primary key);
