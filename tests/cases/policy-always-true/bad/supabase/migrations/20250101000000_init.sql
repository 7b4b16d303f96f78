create table public.a (id bigint primary key);
alter table public.a enable row level security;
create policy "open" on public.a for update to authenticated using (true);
