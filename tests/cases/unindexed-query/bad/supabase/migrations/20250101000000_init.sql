create table public.events (id bigint primary key, kind text not null, source text not null);
