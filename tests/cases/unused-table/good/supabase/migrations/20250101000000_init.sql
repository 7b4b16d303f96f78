create table public.people (id bigint primary key);
create table public.leftovers (id bigint primary key);
create view public.everything with (security_invoker = true) as select id from public.leftovers;
