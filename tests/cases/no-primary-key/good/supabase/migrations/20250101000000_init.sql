create table public.log (id bigint generated always as identity, happened_at timestamptz not null, what text);
alter table public.log add primary key (id);
create table public.measures (at timestamptz not null, id bigint, primary key (at, id)) partition by range (at);
create table public.measures_2025 partition of public.measures for values from ('2025-01-01') to ('2026-01-01');
