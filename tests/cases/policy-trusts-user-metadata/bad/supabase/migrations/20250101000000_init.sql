create table public.a (id bigint primary key);
alter table public.a enable row level security;
create policy "admins" on public.a using (((select auth.jwt()) -> 'user_metadata' ->> 'role') = 'admin');
