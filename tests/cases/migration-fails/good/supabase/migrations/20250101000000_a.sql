create table public.b (id bigint primary key);
create table public.a (id bigint primary key, b_id bigint references public.b (id));
alter table public.a enable row level security;
create policy own on public.a using ((select auth.uid()) is not null);
