create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create policy "everyone reads" on public.notes for select using (true);
create schema private;
create table private.secrets (id uuid primary key, body text);
