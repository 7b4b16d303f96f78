create table public.authors (
  id bigint primary key,
  name text not null
);
create table public.posts (
  id bigint primary key,
  author_id bigint not null references public.authors (id),
  title text not null
);
