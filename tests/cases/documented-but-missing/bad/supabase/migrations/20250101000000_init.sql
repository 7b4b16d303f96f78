create table public.authors (id uuid primary key, name text);
create table public.books (id uuid primary key, title text, published_on date);
