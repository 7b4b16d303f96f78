create table public.authors (id uuid primary key, name text);
create table public.books (id uuid primary key, title text);
create table public.audit_events (id bigint primary key, happened_at timestamptz not null);
