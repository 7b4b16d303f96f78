create table public.farms (id uuid primary key, team_id uuid, owner uuid);
create table public.hands (id uuid primary key, team_id uuid, user_id uuid);
alter table public.farms enable row level security;
alter table public.hands enable row level security;
create policy "own" on public.hands for select to authenticated using (user_id = (select auth.uid()));
create policy "of the team" on public.farms for select to authenticated using (
  exists (select 1 from public.hands h where h.team_id = farms.team_id and h.user_id = (select auth.uid()))
);
create policy "with another hand" on public.farms for update to authenticated using (
  exists (
    select 1 from public.hands h join public.hands other on h.team_id = other.team_id
    where other.id = owner and h.user_id = (select auth.uid())
  )
);
create policy "changed" on public.farms for delete to authenticated using (team_id <> team_id);
