create table public.people (id uuid primary key, name text not null);
create function public.count_people() returns bigint language sql stable as $$ select count(*) from public.people $$;
