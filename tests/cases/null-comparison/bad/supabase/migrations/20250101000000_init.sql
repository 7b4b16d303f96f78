create type kind as enum ('a', 'b');
create table tasks (id uuid primary key, done_at timestamptz, rank int, kind kind, note text, tags text[], extra jsonb);
alter table tasks enable row level security;
create policy own on tasks using (id = auth.uid());
