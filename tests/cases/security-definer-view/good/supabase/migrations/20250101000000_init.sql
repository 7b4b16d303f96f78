create table public.a (id bigint primary key);
alter table public.a enable row level security;
create view public.mine with (security_invoker = on) as select id from public.a;
create table public.b (id bigint primary key);
create view public.all_of_b as select id from public.b;
create schema private;
create view private.all_of_a as select id from public.a;
create view public.server_only as select id from public.a;
revoke all on public.server_only from anon, authenticated;
