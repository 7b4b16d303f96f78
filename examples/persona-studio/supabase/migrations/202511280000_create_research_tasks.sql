-- Research tasks: the work that a worker picks up one by one for a user's research.

create table if not exists public.research_tasks (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  question text not null,
  status text not null default 'open' check (status in ('open', 'claimed', 'done', 'failed')),
  claimed_by text,
  claimed_at timestamptz,
  result jsonb,
  created_at timestamptz not null default now()
);

create index if not exists research_tasks_user_id_idx on public.research_tasks (user_id);
create index if not exists research_tasks_open_idx on public.research_tasks (created_at) where status = 'open';

alter table public.research_tasks enable row level security;

create policy "Users can manage their own research tasks"
  on public.research_tasks
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

-- Hands the oldest open task to a worker; two workers never get the same one.
create or replace function public.claim_research_task(worker text)
returns setof public.research_tasks
language sql
set search_path = ''
as $$
  update public.research_tasks
  set status = 'claimed', claimed_by = worker, claimed_at = now()
  where id = (
    select t.id
    from public.research_tasks t
    where t.status = 'open'
    order by t.created_at
    limit 1
    for update skip locked
  )
  returning *;
$$;

revoke execute on function public.claim_research_task(text) from public, anon, authenticated;
grant execute on function public.claim_research_task(text) to service_role;
