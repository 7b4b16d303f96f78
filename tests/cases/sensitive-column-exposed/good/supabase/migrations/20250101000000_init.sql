create table profiles (id uuid primary key, name text, api_key text);
alter table profiles enable row level security;
create policy "Profiles are public" on profiles for select using ((select auth.uid()) = id);
