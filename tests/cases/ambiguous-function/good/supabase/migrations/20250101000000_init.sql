create table public.books (id uuid primary key, title text not null);
create function public.find_books(query text) returns setof public.books
  language sql stable set search_path = '' as $$ select * from public.books where title ilike query $$;
create function public.price(book uuid) returns integer language sql stable set search_path = '' as $$ select 1 $$;
create function public.price(isbn text) returns integer language sql stable set search_path = '' as $$ select 2 $$;
create function public.count_all() returns integer language sql stable set search_path = '' as $$ select 1 $$;
create function public.count_all(integer default 1) returns integer language sql stable set search_path = '' as $$ select 2 $$;
