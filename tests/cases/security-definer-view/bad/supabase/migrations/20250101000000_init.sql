create table public.a (id bigint primary key);
alter table public.a enable row level security;
create view public.all_of_a as select id from public.a;
