create table public.rooms (id bigint primary key, status text);
create table public.members (id bigint primary key, room text);
alter table public.rooms enable row level security;
alter table public.members enable row level security;
alter table public.members replica identity full;
create policy "all see rooms" on public.rooms for select using (true);
create policy "all see members" on public.members for select using (true);
alter publication supabase_realtime add table public.rooms, public.members;
alter table public.rooms replica identity full;
