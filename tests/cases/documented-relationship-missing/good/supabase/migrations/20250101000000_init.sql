create table public.authors (id uuid primary key, name text);
create table public.books (id uuid primary key, author_id uuid);
alter table public.books add foreign key (author_id) references public.authors (id);
create table public.readers (id uuid primary key);
create table public.members (library_id uuid, reader_id uuid references public.readers (id), primary key (library_id, reader_id));
create table public.loans (
  id uuid primary key,
  library_id uuid,
  reader_id uuid,
  foreign key (library_id, reader_id) references public.members (library_id, reader_id)
);

create schema staff;
create table staff.readers (id uuid primary key);
create table public.desks (id uuid primary key, holder uuid references staff.readers (id));

create table public."_BooksOfReaders" (
  "A" uuid not null references public.books (id),
  "B" uuid not null references public.readers (id),
  primary key ("A", "B")
);
