create table public.a (id bigint primary key, b_id bigint references public.b (id));
alter table public.a enable row level security;
