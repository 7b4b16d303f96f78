-- hole: row security was never enabled
-- finds: row-security-disabled public.notes
-- edit: -- enable here => alter table notes enable row level security;
create table notes (id uuid primary key, user_id uuid not null);
-- enable here
create policy own on notes using ((select auth.uid()) = user_id);

-- hole: the policies of a table without row security do nothing
-- finds: policy-without-row-security public.notes
-- edit: -- enable here => alter table notes enable row level security;
create table notes (id uuid primary key, user_id uuid not null);
-- enable here
create policy own on notes using ((select auth.uid()) = user_id);

-- hole: row security was switched off again
-- finds: row-security-disabled public.notes
-- edit: disable row level => force row level
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
alter table notes disable row level security;

-- hole: a partition is served by its own name, without its parent's policies
-- finds: row-security-disabled public.events_2025
-- edit: -- enable here => alter table events_2025 enable row level security;
create table events (id uuid, at date not null, user_id uuid, primary key (id, at)) partition by range (at);
alter table events enable row level security;
create policy own on events using ((select auth.uid()) = user_id);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
-- enable here

-- hole: a view runs as its owner
-- finds: security-definer-view public.all_notes
-- edit: view all_notes as => view all_notes with (security_invoker = on) as
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create view all_notes as select * from notes;

-- hole: a view runs as its owner through another view
-- finds: security-definer-view public.titles
-- edit: using ((select auth.uid()) = user_id) => using (true)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for select using ((select auth.uid()) = user_id);
create schema inner_views;
create view inner_views.all_notes as select * from notes;
create view titles as select id from inner_views.all_notes;

-- hole: a materialized view holds every row
-- finds: exposed-materialized-view public.totals
-- edit: -- revoke here => revoke all on totals from anon, authenticated;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create materialized view totals as select user_id, count(*) from notes group by user_id;
-- revoke here

-- hole: a view shows the platform's users
-- finds: exposed-auth-users public.people
-- edit: -- revoke here => revoke all on people from anon, authenticated;
create view people as select id, email from auth.users;
-- revoke here

-- hole: a foreign table is in the API
-- finds: exposed-foreign-table public.remote_orders
-- edit: -- revoke here => revoke all on remote_orders from anon, authenticated;
create extension postgres_fdw with schema extensions;
create server shop foreign data wrapper postgres_fdw;
create foreign table remote_orders (id int) server shop;
-- revoke here

-- hole: a secret stands in a table that everyone may read
-- finds: sensitive-column-exposed public.profiles
-- edit: using (true) => using ((select auth.uid()) = id)
create table profiles (id uuid primary key, name text, api_key text);
alter table profiles enable row level security;
create policy "Profiles are public" on profiles for select using (true);

-- hole: a secret stands in a table whose columns were not revoked
-- finds: sensitive-column-exposed public.profiles
-- edit: grant select on profiles => grant select (id, name) on profiles
create table profiles (id uuid primary key, name text, "refreshToken" text);
alter table profiles enable row level security;
create policy "Profiles are public" on profiles for select using (true);
revoke all on profiles from anon, authenticated;
grant select on profiles to anon, authenticated;

-- hole: a public bucket can be listed
-- finds: public-bucket-listing storage.buckets/avatars
-- edit: bucket_id = 'avatars' => bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy "Avatars" on storage.objects for select using (bucket_id = 'avatars');

-- hole: a foreign key needs a unique key of the auth schema
-- finds: foreign-key-to-auth-unique public.contacts -> auth.users
-- edit: phone text references auth.users (phone) => phone uuid references auth.users (id)
create table contacts (id uuid primary key, phone text references auth.users (phone));

-- hole: a column holds an identifier that no upgrade keeps
-- finds: unsupported-reg-type public.jobs.handler
-- edit: regproc => text
create table jobs (id uuid primary key, handler regproc);

-- hole: a definer function shows anyone's rows
-- finds: definer-skips-row-security public.notes_of
-- edit: where user_id = owner => where user_id = owner and user_id = (select auth.uid())
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function notes_of(owner uuid) returns setof notes language sql security definer set search_path = ''
as $$ select * from public.notes where user_id = owner $$;

-- hole: a definer function changes anyone's rows
-- finds: definer-skips-row-security public.rename_note
-- edit: security definer => security invoker
create table notes (id uuid primary key, user_id uuid not null, title text);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function rename_note(note uuid, new_title text) returns void language plpgsql security definer set search_path = ''
as $$ begin update public.notes set title = new_title where id = note; end $$;

-- hole: a definer function can be called by everyone
-- finds: definer-skips-row-security public.purge
-- edit: -- revoke here => revoke execute on function purge() from public, anon, authenticated;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function purge() returns void language sql security definer set search_path = '' as $$ delete from public.notes $$;
-- revoke here

-- hole: a definer function is part of the API
-- finds: public-security-definer-function public.my_notes
-- edit: function my_notes => function private.my_notes
create schema private;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function my_notes() returns setof notes language sql security definer set search_path = ''
as $$ select * from public.notes where user_id = (select auth.uid()) $$;

-- hole: a definer function looks names up in its caller's path
-- finds: mutable-search-path public.my_notes
-- edit: security definer as => security definer set search_path = '' as
create function my_notes() returns int language sql security definer as $$ select 1 $$;

-- hole: a definer function whose default grants are left
-- finds: definer-skips-row-security public.purge
-- edit: from public; => from public, anon, authenticated;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function purge() returns void language sql security definer set search_path = '' as $$ delete from public.notes $$;
revoke all on function purge() from public;

-- hole: a definer function asks in a quoted name
-- finds: definer-skips-row-security public.purge
-- edit: where true => where user_id = "auth"."uid"()
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using ((select auth.uid()) = user_id);
create function purge() returns void language sql security definer set search_path = ''
as $$ delete from public.notes where true $$;

-- hole: a definer function shows the platform's users
-- finds: definer-skips-row-security public.email_of
-- edit: where id = $1 => where id = auth.uid()
create function email_of(person uuid) returns text language sql security definer set search_path = '' as $$
  select email from auth.users where id = $1
$$;

-- hole: a materialized view keeps its default grants
-- finds: exposed-materialized-view public.totals
-- edit: grant select on totals to anon => revoke select on totals from anon, authenticated, public
create table sales (id int primary key, amount int);
create materialized view totals as select sum(amount) from sales;
grant select on totals to anon;
