create table public.people (id uuid primary key, name text not null);
create function public.find_people(query text, at_most integer default 10) returns setof public.people
  language sql stable as $$ select * from public.people where name ilike query limit at_most $$;
create function public.everyone(reason text) returns setof public.people
  language sql stable as $$ select * from public.people $$;
