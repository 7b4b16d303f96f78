create table public.people (id uuid primary key default gen_random_uuid(), name text not null, born date);
