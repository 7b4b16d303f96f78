-- Campaign generation: the queue between the campaign editor and the model that writes drafts.

create table if not exists public.campaign_generation_jobs (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  status text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed')),
  prompt text not null,
  post_count integer not null default 5 check (post_count between 1 and 50),
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);

create index if not exists campaign_generation_jobs_campaign_id_idx on public.campaign_generation_jobs (campaign_id);
create index if not exists campaign_generation_jobs_user_id_idx on public.campaign_generation_jobs (user_id);

alter table public.campaign_generation_jobs enable row level security;

create policy "Users can manage their own generation jobs"
  on public.campaign_generation_jobs
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);
