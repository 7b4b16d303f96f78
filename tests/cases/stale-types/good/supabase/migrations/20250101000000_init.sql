create table public.people (id bigint primary key, name text not null);
create function public.initials(public.people) returns text language sql stable as $$ select left($1.name, 1) $$;
