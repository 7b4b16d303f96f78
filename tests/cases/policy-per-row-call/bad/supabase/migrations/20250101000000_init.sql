create table public.a (id bigint primary key, owner_id uuid);
alter table public.a enable row level security;
create policy "own" on public.a using (auth.uid() = owner_id);
