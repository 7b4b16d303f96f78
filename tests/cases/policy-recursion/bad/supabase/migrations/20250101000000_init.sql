create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table members enable row level security;
create policy "same team" on members for select
using (exists (select 1 from members m where m.team_id = members.team_id and m.user_id = auth.uid()));
