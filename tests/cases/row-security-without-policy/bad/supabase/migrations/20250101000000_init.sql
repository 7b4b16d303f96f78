create table public.notes (id uuid primary key, owner_id uuid);
alter table public.notes enable row level security;
