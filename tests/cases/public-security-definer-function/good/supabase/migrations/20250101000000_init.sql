create schema private;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function private.my_notes() returns setof notes language sql security definer set search_path = ''
as $$ select * from public.notes where user_id = (select auth.uid()) $$;
