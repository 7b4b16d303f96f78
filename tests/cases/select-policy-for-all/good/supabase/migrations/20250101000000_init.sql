create table posts (id uuid primary key, title text);
alter table posts enable row level security;
create policy "Anyone can view posts" on posts for select using (true);
