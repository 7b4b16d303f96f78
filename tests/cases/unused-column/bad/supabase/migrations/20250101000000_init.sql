create table public.people (
  id bigint primary key,
  nickname text,
  shoe_size integer
);
