create table public.people (
  id bigint primary key,
  nickname text,
  shoe_size integer check (shoe_size > 0),
  left_handed boolean
);
