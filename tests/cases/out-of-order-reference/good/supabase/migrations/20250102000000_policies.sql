create table public.a (id bigint primary key);
alter table public.teams enable row level security;
