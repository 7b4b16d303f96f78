create table public.shelves (id uuid primary key, label text);
alter table public.shelves enable row level security;
create type public.size as enum ('small', 'large');
