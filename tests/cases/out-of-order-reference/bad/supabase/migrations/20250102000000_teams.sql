create table public.teams (id bigint primary key);
alter table public.teams enable row level security;
create policy own on public.teams using (public.is_member(id));
