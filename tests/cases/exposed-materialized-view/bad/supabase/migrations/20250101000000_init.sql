create table public.a (id bigint primary key);
create materialized view public.totals as select count(*) as total from public.a;
