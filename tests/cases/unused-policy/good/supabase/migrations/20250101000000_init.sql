create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy remove on notes for delete using ((select auth.uid()) = user_id);
