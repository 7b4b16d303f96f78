create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table projects (id uuid primary key, team_id uuid not null, unique (team_id, id));
create table tasks (id uuid primary key, team_id uuid not null, project_id uuid references projects (id));
alter table projects enable row level security;
alter table tasks enable row level security;
create policy team on projects using (team_id in (select team_id from members where user_id = auth.uid()));
create policy team on tasks using (team_id in (select team_id from members where user_id = auth.uid()));
