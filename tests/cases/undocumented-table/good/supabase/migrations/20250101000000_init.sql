create table public.authors (id uuid primary key, name text);
create table public.books (id uuid primary key, title text);
create table public.authors_books (
  author_id uuid references public.authors (id),
  book_id uuid references public.books (id),
  primary key (author_id, book_id)
);
create schema private;
create table private.jobs (id bigint primary key);
