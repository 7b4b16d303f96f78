create table public.a (id bigint primary key, owner_id uuid, shown boolean);
alter table public.a enable row level security;
create policy "own" on public.a for all to authenticated using ((select auth.uid()) = owner_id);
create policy "shown" on public.a for select using (shown);
