create table public.a (id bigint primary key, owner_id uuid);
alter table public.a enable row level security;
create policy "own" on public.a using (
  ( SELECT auth.uid() AS uid) = owner_id or (select auth.jwt()) ->> 'note' = 'auth.uid()'
);
