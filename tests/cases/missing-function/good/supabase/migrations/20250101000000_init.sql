create table public.people (id uuid primary key, name text not null);
create function public.count_people() returns bigint language sql stable as $$ select count(*) from public.people $$;
create function public.add_claims(event jsonb) returns jsonb language sql stable as $$ select event $$;
