create table public.notes (id uuid primary key, owner_id uuid);
create policy "own notes" on public.notes using ((select auth.uid()) = owner_id);
alter table public.notes enable row level security;
