create table public.notes (id uuid primary key, owner uuid not null);
create table public.members (note uuid references public.notes, person uuid not null);
create function public.may_write(note uuid) returns boolean language sql stable as $$ select true $$;
alter table public.notes enable row level security;
create policy "members read" on public.notes for select
  using (exists (select 1 from members m where m.note = notes.id and m.person = (select auth.uid())));
create policy "owners write" on public.notes for all using (owner = auth.uid()) with check (public.may_write(id));
create policy "own files" on storage.objects for select using ((storage.foldername(name))[1] = auth.uid()::text);
