create table public.a (id bigint primary key);
create schema private;
create materialized view private.totals as select count(*) as total from public.a;
create materialized view public.sums as select count(*) as total from public.a;
revoke all on public.sums from anon, authenticated;
