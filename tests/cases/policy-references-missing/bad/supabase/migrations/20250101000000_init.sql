create table public.notes (id uuid primary key, owner uuid not null);
alter table public.notes enable row level security;
create policy "members read" on public.notes for select
  using (exists (select 1 from public.members m where m.person = auth.uid()));
create policy "owners write" on public.notes for all using (owner_id = auth.uid()) with check (public.may_write(id));
