create table public.notes (id bigint primary key, owner uuid not null, body text);
alter table public.notes enable row level security;
create policy "own notes" on public.notes for select using (owner = (select auth.uid()));
