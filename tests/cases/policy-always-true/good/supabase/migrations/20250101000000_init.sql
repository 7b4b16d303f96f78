create table public.a (id bigint primary key, owner_id uuid);
alter table public.a enable row level security;
create policy "everyone reads" on public.a for select using (true);
create policy "server" on public.a for all to service_role using (true) with check (true);
create policy "own" on public.a for update to authenticated using (true) with check ((select auth.uid()) = owner_id);
create policy "narrow" on public.a as restrictive for delete using (true);
