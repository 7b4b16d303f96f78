create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy other on notes for select using ((select auth.uid()) = user_id);
create policy change on notes for update using ((select auth.uid()) = user_id);
