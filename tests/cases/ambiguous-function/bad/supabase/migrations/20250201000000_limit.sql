create or replace function public.find_books(query text, at_most integer default 10) returns setof public.books
  language sql stable set search_path = '' as $$ select * from public.books where title ilike query limit at_most $$;
