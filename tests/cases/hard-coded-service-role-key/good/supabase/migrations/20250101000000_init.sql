create table people (id bigint primary key, name text);
alter table people enable row level security;
create policy own on people to authenticated using (id = 1);
