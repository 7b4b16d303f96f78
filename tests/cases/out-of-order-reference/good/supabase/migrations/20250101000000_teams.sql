create table public.teams (id bigint primary key);
