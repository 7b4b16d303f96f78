create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  full_name text not null
);
alter table public.profiles enable row level security;
create policy "own profile" on public.profiles using ((select auth.uid()) = id);
create view public.invoices with (security_invoker = true) as select id, full_name from public.profiles;
