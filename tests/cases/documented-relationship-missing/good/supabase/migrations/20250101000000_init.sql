create table public.authors (id uuid primary key, name text);
create table public.books (id uuid primary key, author_id uuid);
alter table public.books add foreign key (author_id) references public.authors (id);
