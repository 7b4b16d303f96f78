create table public.lists (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  title text not null
);

create table public.items (
  id uuid primary key default gen_random_uuid(),
  list_id uuid not null references public.lists (id) on delete cascade,
  body text not null
);

alter table public.lists enable row level security;
alter table public.items enable row level security;

create policy "Users manage their own lists"
  on public.lists
  for all
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create policy "Users manage items of their own lists"
  on public.items
  for all
  using (
    exists (
      select 1
      from public.lists l
      where l.id = items.list_id and l.user_id = (select auth.uid())
    )
  );
