-- One database of holes: a table whose name ends in _leaks lets a stranger through against its own words, and its twin
-- without that ending differs by one edit and does not. A proof must find the former, and nothing else.

create table profiles (id uuid primary key references auth.users on delete cascade, name text);
create function new_profile() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id) values (new.id);
  return new;
end $$;
create trigger new_profile after insert on auth.users for each row execute function new_profile();
alter table profiles enable row level security;
create policy own on profiles for select using (id = auth.uid());

-- row security that is off
create table diaries_leaks (id serial primary key, user_id uuid not null references auth.users, body text);
create table diaries (id serial primary key, user_id uuid not null references auth.users, body text);
alter table diaries enable row level security;
create policy own on diaries for all using (user_id = auth.uid());

-- a subquery that lost its correlation
create table lists (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users);
alter table lists enable row level security;
create policy own on lists for all using (user_id = auth.uid());
create table items (id serial primary key, list_id uuid not null references lists, body text);
alter table items enable row level security;
create policy own on items for all using (exists (select 1 from lists l where l.id = list_id and l.user_id = auth.uid()));
create table items_leaks (id serial primary key, list_id uuid not null references lists, body text);
alter table items_leaks enable row level security;
create policy own on items_leaks for all using (exists (select 1 from lists l where l.user_id = auth.uid()));

-- `or true`, and a column that makes a row public
create table drafts_leaks (id serial primary key, user_id uuid not null references auth.users, shown boolean default true);
alter table drafts_leaks enable row level security;
create policy own on drafts_leaks for select using (user_id = auth.uid() or true);
create table drafts (id serial primary key, user_id uuid not null references auth.users, shown boolean default true);
alter table drafts enable row level security;
create policy own on drafts for select using (user_id = auth.uid() or shown);

-- a column held against itself, and against the caller
create table bills_leaks (id serial primary key, user_id uuid not null references auth.users, sum int);
alter table bills_leaks enable row level security;
create policy own on bills_leaks for select using (user_id = user_id);
create table bills (id serial primary key, user_id uuid not null references auth.users, sum int);
alter table bills enable row level security;
create policy own on bills for select using (user_id = auth.uid());

-- everyone changes what another policy keeps to the owner; everyone reads it, which may be meant
create table posts_leaks (id serial primary key, user_id uuid not null references auth.users, body text);
alter table posts_leaks enable row level security;
create policy own on posts_leaks for update using (user_id = auth.uid());
create policy everyone on posts_leaks for update using (true);
create policy shown on posts_leaks for select using (true);
create table posts (id serial primary key, user_id uuid not null references auth.users, body text);
alter table posts enable row level security;
create policy own on posts for update using (user_id = auth.uid());
create policy shown on posts for select using (true);

-- a membership that is asked for without its team
create table teams (id uuid primary key default gen_random_uuid(), name text not null);
create table members (
  team_id uuid not null references teams, user_id uuid not null references auth.users,
  role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
create function in_team(team uuid) returns boolean language sql security definer stable set search_path = '' as $$
  select exists (select 1 from public.members m where m.team_id = team and m.user_id = auth.uid()) $$;
create function in_any_team() returns boolean language sql security definer stable set search_path = '' as $$
  select exists (select 1 from public.members m where m.user_id = auth.uid()) $$;
alter table teams enable row level security;
create policy member on teams for select using (in_team(id));
alter table members enable row level security;
create policy own on members for select using (in_team(team_id));
create table plans (id serial primary key, team_id uuid not null references teams, body text);
alter table plans enable row level security;
create policy member on plans for all using (in_team(team_id));
create table plans_leaks (id serial primary key, team_id uuid not null references teams, body text);
alter table plans_leaks enable row level security;
create policy member on plans_leaks for all using (in_any_team());

-- what an administrator may do is no leak: neither by a list, nor by a role, nor by a value of the profile
create table admins (user_id uuid primary key references auth.users);
alter table admins enable row level security;
create policy own on admins for select using (user_id = auth.uid());
create table reports (id serial primary key, user_id uuid not null references auth.users, body text);
alter table reports enable row level security;
create policy admins on reports for all using (exists (select 1 from admins a where a.user_id = auth.uid()));
create type app_role as enum ('admin', 'editor', 'user');
create table user_roles (user_id uuid not null references auth.users, role app_role not null, primary key (user_id, role));
alter table user_roles enable row level security;
create policy own on user_roles for select using (user_id = auth.uid());
create function has_role(wanted app_role) returns boolean language plpgsql security definer stable set search_path = '' as $$
begin
  return exists (select 1 from public.user_roles r where r.user_id = auth.uid() and r.role = wanted);
end $$;
create table audits (id serial primary key, user_id uuid not null references auth.users, body text);
alter table audits enable row level security;
create policy admins on audits for select using ((select has_role('admin')));

create type site_role as enum ('reader', 'writer', 'admin');
create table people (id uuid primary key references auth.users, role site_role not null);
alter table people enable row level security;
create policy own on people for select using (id = auth.uid());
create function is(wanted site_role) returns boolean language sql security definer stable set search_path = '' as $$
  select exists (select 1 from public.people p where p.id = auth.uid() and p.role = wanted) $$;
create table logs (id serial primary key, user_id uuid not null references auth.users, body text);
alter table logs enable row level security;
create policy writers on logs for insert with check (is('writer') and user_id = auth.uid());
create policy admins on logs for all using (exists (select 1 from people p where p.id = auth.uid() and p.role = 'admin'));
create policy readers on logs for select using (
  exists (select 1 from people p where p.id = auth.uid() and p.role in ('reader', 'writer', 'admin')) and user_id = auth.uid());

-- what every signed-in user, or every user with a profile, may read
create table wiki (id serial primary key, author_id uuid not null references profiles, body text);
alter table wiki enable row level security;
create policy everyone on wiki for select using (auth.uid() is not null);
create table guides (id serial primary key, author_id uuid not null references profiles, body text);
alter table guides enable row level security;
create policy registered on guides for select using (exists (select 1 from profiles p where p.id = auth.uid()));

-- rows of nobody
create table countries (code text primary key, name text not null);
alter table countries enable row level security;
create policy everyone on countries for select using (true);
