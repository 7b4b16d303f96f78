create table public.people (id uuid primary key references auth.users (id), name text);
create view public.names as select id, name, 'auth.users' as source from public.people;
