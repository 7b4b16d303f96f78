-- hole: everyone changes everything
-- finds: policy-always-true public.notes/open
-- edit: using (true) => using ((select auth.uid()) = user_id)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy open on notes for update to authenticated using (true);

-- hole: every signed-in user changes everything
-- finds: policy-always-true public.notes/members
-- edit: using (auth.role() = 'authenticated') => using (auth.role() = 'authenticated' and auth.uid() = user_id)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy members on notes for delete using (auth.role() = 'authenticated');

-- hole: whoever has an id deletes everything
-- finds: policy-always-true public.notes/members
-- edit: is not null => = user_id
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy members on notes for all using ((select auth.uid()) is not null);

-- hole: an insert that anyone may make
-- finds: policy-always-true public.notes/add
-- edit: with check (true) => with check ((select auth.uid()) = user_id)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy add on notes for insert to authenticated with check (true);

-- hole: a policy that was meant for reading
-- finds: select-policy-for-all public.posts/Anyone can view posts
-- edit: on posts using => on posts for select using
create table posts (id uuid primary key, title text);
alter table posts enable row level security;
create policy "Anyone can view posts" on posts using (true);

-- hole: a policy for own rows that was meant for reading
-- finds: select-policy-for-all public.invoices/Users can view their invoices
-- edit: on invoices using => on invoices for select using
create table invoices (id uuid primary key, user_id uuid not null);
alter table invoices enable row level security;
create policy "Users can view their invoices" on invoices using ((select auth.uid()) = user_id);

-- hole: a policy queries its own table
-- finds: policy-recursion public.members/same team
-- edit: exists (select 1 from members m where m.team_id = members.team_id and m.user_id = auth.uid()) => user_id = auth.uid()
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table members enable row level security;
create policy "same team" on members for select
using (exists (select 1 from members m where m.team_id = members.team_id and m.user_id = auth.uid()));

-- hole: two policies query each other's tables
-- finds: policy-recursion public.members/team is mine
-- edit: owner_id = auth.uid() or id in (select team_id from members where user_id = auth.uid()) => owner_id = auth.uid()
create table teams (id uuid primary key, owner_id uuid);
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table teams enable row level security;
alter table members enable row level security;
create policy "team is mine" on members for select using (team_id in (select id from teams));
create policy "member" on teams for select
using (owner_id = auth.uid() or id in (select team_id from members where user_id = auth.uid()));

-- hole: a policy queries its own table through a view with its caller's rights
-- finds: policy-recursion public.members/same team
-- edit: with (security_invoker = true) => with (security_barrier = true)
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table members enable row level security;
create schema inner_views;
create view inner_views.mine with (security_invoker = true) as select team_id from members;
create policy "same team" on members for select using (team_id in (select team_id from inner_views.mine));

-- hole: rows can be given away
-- finds: update-check-weaker-than-using public.notes/own
-- edit: with check (true) => with check ((select auth.uid()) = user_id)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy own on notes for update using ((select auth.uid()) = user_id) with check (true);

-- hole: rows can be moved to another team
-- finds: update-check-weaker-than-using public.tasks/team
-- edit: with check (state = 'draft') => with check (state = 'draft' and public.is_member(team_id))
create function is_member(team uuid) returns boolean language sql stable security definer set search_path = ''
as $$ select exists (select 1 from auth.users where id = auth.uid()) $$;
create table tasks (id uuid primary key, team_id uuid not null, state text);
alter table tasks enable row level security;
create policy see on tasks for select using (public.is_member(team_id));
create policy team on tasks for update using (public.is_member(team_id)) with check (state = 'draft');

-- hole: a weak check is no harm where the column can't be updated
-- finds: update-check-weaker-than-using public.notes/own
-- edit: grant update on notes => grant update (title) on notes
create table notes (id uuid primary key, user_id uuid not null, title text);
alter table notes enable row level security;
revoke all on notes from anon, authenticated;
grant update on notes to authenticated;
grant select on notes to authenticated;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy own on notes for update using ((select auth.uid()) = user_id) with check (true);

-- hole: rows that may be updated and never seen
-- finds: unreachable-write-policy public.notes/change
-- edit: for insert with check => for select using
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy other on notes for insert with check ((select auth.uid()) = user_id);
create policy change on notes for update using ((select auth.uid()) = user_id);

-- hole: rows that may be deleted, and that the policy for select shows to the server alone
-- finds: unreachable-write-policy public.notes/remove
-- edit: auth.role() = 'service_role' => auth.uid() = user_id
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using (auth.role() = 'service_role');
create policy remove on notes for delete using ((select auth.uid()) = user_id);

-- hole: no session passes for the server
-- finds: null-unsafe-policy public.notes/own or server
-- edit: auth.uid() is null => auth.role() = 'service_role'
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy "own or server" on notes for select using (auth.uid() = user_id or auth.uid() is null);

-- hole: a missing session is distinct from every owner
-- finds: null-unsafe-policy public.votes/not mine
-- edit: is distinct from => <>
create table votes (id uuid primary key, author_id uuid not null);
alter table votes enable row level security;
create policy "not mine" on votes for select using (auth.uid() is distinct from author_id);

-- hole: a missing session is not distinct from a missing owner
-- finds: null-unsafe-policy public.notes/own
-- edit: user_id uuid => user_id uuid not null
create table notes (id uuid primary key, user_id uuid);
alter table notes enable row level security;
create policy own on notes for select using ((select auth.uid()) is not distinct from user_id);

-- hole: what is not false may be NULL
-- finds: null-unsafe-policy public.notes/own
-- edit: is not false => is true
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for delete using ((auth.uid() = user_id) is not false);

-- hole: NULL is made true
-- finds: null-unsafe-policy public.notes/own
-- edit: , true) => , false)
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for select using (coalesce(auth.uid() = user_id, true));

-- hole: a condition that NULL opens is granted to everyone
-- finds: null-unsafe-policy public.notes/own
-- edit: for select using => for select to authenticated using
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for select using (auth.uid() = user_id or auth.uid() is null);

-- hole: users say themselves that they are admins
-- finds: policy-trusts-user-metadata public.notes/admins
-- edit: 'user_metadata' => 'app_metadata'
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy admins on notes for select using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');

-- hole: users say themselves that they are admins, through a function
-- finds: policy-trusts-user-metadata public.notes/admins
-- edit: 'user_metadata' => 'app_metadata'
create function is_admin() returns boolean language sql stable set search_path = ''
as $$ select (auth.jwt() -> 'user_metadata' ->> 'role') = 'admin' $$;
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy admins on notes for select using ((select public.is_admin()));

-- hole: a call for each row
-- finds: policy-per-row-call public.notes/own
-- edit: auth.uid() => (select auth.uid())
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes using (auth.uid() = user_id);

-- hole: a setting is read for each row
-- finds: policy-per-row-call public.notes/tenant
-- edit: current_setting('app.tenant')::uuid => (select current_setting('app.tenant')::uuid)
create table notes (id uuid primary key, tenant uuid not null);
alter table notes enable row level security;
create policy tenant on notes using (tenant = current_setting('app.tenant')::uuid);

-- hole: two policies overlap
-- finds: multiple-permissive-policies public.notes
-- edit: for all to authenticated => for all to service_role
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using (true);
create policy own on notes for all to authenticated using ((select auth.uid()) = user_id);

-- hole: a row of one team references another's
-- finds: cross-tenant-foreign-key public.tasks -> public.projects
-- edit: project_id uuid references projects (id) => project_id uuid, foreign key (team_id, project_id) references projects (team_id, id)
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table projects (id uuid primary key, team_id uuid not null, unique (team_id, id));
create table tasks (id uuid primary key, team_id uuid not null, project_id uuid references projects (id));
alter table projects enable row level security;
alter table tasks enable row level security;
create policy team on projects using (team_id in (select team_id from members where user_id = auth.uid()));
create policy team on tasks using (team_id in (select team_id from members where user_id = auth.uid()));

-- hole: the policy for insert does not look at the referenced row
-- finds: cross-tenant-foreign-key public.tasks -> public.projects
-- edit: with check (public.is_member(team_id)) => with check (public.is_member(team_id) and exists (select 1 from projects p where p.id = tasks.project_id))
create function is_member(team uuid) returns boolean language sql stable security definer set search_path = ''
as $$ select exists (select 1 from auth.users where id = auth.uid()) $$;
create table projects (id uuid primary key, team_id uuid not null);
create table tasks (id uuid primary key, team_id uuid not null, project_id uuid references projects (id));
alter table projects enable row level security;
alter table tasks enable row level security;
create policy team on projects for select using (public.is_member(team_id));
create policy add on tasks for insert with check (public.is_member(team_id));

-- hole: a foreign key without an index
-- finds: unindexed-foreign-key public.posts.author
-- edit: -- index here => create index on posts (author) where author is not null;
create table people (id uuid primary key);
create table posts (id uuid primary key, author uuid references people);
-- index here

-- hole: a policy of the platform's broadcasts asks for each message
-- finds: policy-per-row-call realtime.messages/hear
-- edit: auth.role() = => (select auth.role()) =
create policy hear on realtime.messages for select to authenticated using (auth.role() = 'authenticated');
