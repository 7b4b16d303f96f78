create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  body text not null,
  views integer not null default 0
);
alter table public.notes enable row level security;
create policy "Users manage their own notes"
  on public.notes
  for all
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

-- counts for whoever looks
create function public.view_note(note_id uuid) returns void
language sql security definer set search_path = '' as $$
  update public.notes set views = views + 1 where id = note_id;
$$;

create function public.rename_note(note_id uuid, body text) returns void
language sql security definer set search_path = '' as $$
  update public.notes n set body = rename_note.body where n.id = note_id;
$$;
