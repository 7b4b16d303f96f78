create table public.events (id bigint primary key, kind text not null, source text not null);
create index on public.events (kind);
create table public.jobs (id bigint primary key, status text not null, due timestamptz);
create index on public.jobs (due) where status = 'open';
