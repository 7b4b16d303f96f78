create table profiles (id uuid primary key, name text, phone text);
alter table profiles enable row level security;
create policy see on profiles for select to authenticated using (true);
revoke all on profiles from anon, authenticated;
grant select (id, name) on profiles to authenticated;
