create table public.notes (id uuid primary key, body text);
