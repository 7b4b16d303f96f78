create table public.people (id bigint primary key);
create function public.forgotten() returns integer language sql as $$ select 1 $$;
