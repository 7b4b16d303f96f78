create table public.a (id bigint primary key, owner_id uuid, shown boolean);
alter table public.a enable row level security;
create policy "own" on public.a for update to authenticated using ((select auth.uid()) = owner_id);
create policy "shown" on public.a for select using (shown);
create policy "narrow" on public.a as restrictive for select using (id > 0);
create policy "insert" on public.a for insert to authenticated with check ((select auth.uid()) = owner_id);
