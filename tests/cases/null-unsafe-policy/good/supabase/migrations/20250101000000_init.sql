create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy "own or server" on notes for select using (auth.uid() = user_id or auth.role() = 'service_role');
