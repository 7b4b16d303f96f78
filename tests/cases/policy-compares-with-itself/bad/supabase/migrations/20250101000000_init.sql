create table public.farms (id uuid primary key, team_id uuid);
create table public.hands (id uuid primary key, team_id uuid, user_id uuid);
alter table public.farms enable row level security;
alter table public.hands enable row level security;
create policy "own" on public.hands for select to authenticated using (user_id = (select auth.uid()));
create policy "of the team" on public.farms for select to authenticated using (
  exists (select 1 from public.hands where team_id = team_id and user_id = (select auth.uid()))
);
create policy "of the team, too" on public.farms for update to authenticated using (
  exists (select 1 from public.hands h where h.team_id = team_id and h.user_id = (select auth.uid()))
);
create policy "of the farm" on public.farms for delete to authenticated using (
  exists (select 1 from public.hands h where h.id = farms.id and h.team_id = team_id)
);
create policy "of nobody" on public.farms for insert to authenticated with check (team_id = team_id);
