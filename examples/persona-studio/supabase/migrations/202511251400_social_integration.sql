-- Social integration: platforms, the accounts that personas connect on them, campaigns and their posts.

create type public.post_status as enum ('draft', 'scheduled', 'published', 'failed');

-- Reference data, filled by the seed script.
create table if not exists public.social_platforms (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique,
  name text not null,
  icon_url text,
  auth_type text not null default 'oauth2' check (auth_type in ('oauth1', 'oauth2', 'api_key')),
  is_enabled boolean not null default true,
  created_at timestamptz not null default now()
);

create table if not exists public.persona_social_accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  persona_id uuid not null references public.personas (id) on delete cascade,
  platform_id uuid not null references public.social_platforms (id),
  external_account_id text not null,
  handle text not null,
  status text not null default 'active' check (status in ('active', 'expired', 'revoked')),
  token_expires_at timestamptz,
  connected_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (persona_id, platform_id, external_account_id)
);

create index if not exists persona_social_accounts_user_id_idx on public.persona_social_accounts (user_id);
create index if not exists persona_social_accounts_platform_id_idx on public.persona_social_accounts (platform_id);

create table if not exists public.campaigns (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  persona_id uuid not null references public.personas (id) on delete cascade,
  name text not null,
  goal text,
  status text not null default 'draft' check (status in ('draft', 'active', 'paused', 'completed')),
  starts_on date,
  ends_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (ends_on is null or starts_on is null or ends_on >= starts_on)
);

create index if not exists campaigns_user_id_idx on public.campaigns (user_id);
create index if not exists campaigns_persona_id_idx on public.campaigns (persona_id);

create table if not exists public.campaign_posts (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  persona_social_account_id uuid references public.persona_social_accounts (id) on delete set null,
  body text not null,
  media_paths text[] not null default '{}',
  status public.post_status not null default 'draft',
  scheduled_for timestamptz,
  published_at timestamptz,
  external_post_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index if not exists campaign_posts_campaign_id_idx on public.campaign_posts (campaign_id);
create index if not exists campaign_posts_account_id_idx on public.campaign_posts (persona_social_account_id);
create index if not exists campaign_posts_due_idx on public.campaign_posts (scheduled_for) where status = 'scheduled';

-- Comments, mentions and messages that published posts receive.
create table if not exists public.engagement_items (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  campaign_post_id uuid references public.campaign_posts (id) on delete cascade,
  kind text not null check (kind in ('comment', 'mention', 'message', 'reaction')),
  author_handle text not null,
  body text,
  received_at timestamptz not null default now(),
  handled_at timestamptz
);

create index if not exists engagement_items_user_id_idx on public.engagement_items (user_id, received_at desc);
create index if not exists engagement_items_campaign_post_id_idx on public.engagement_items (campaign_post_id);

-- One row while a user is away at a platform's consent page.
create table if not exists public.social_oauth_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  persona_id uuid not null references public.personas (id) on delete cascade,
  platform_id uuid not null references public.social_platforms (id) on delete cascade,
  code_verifier text not null,
  redirect_to text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '15 minutes'
);

create index if not exists social_oauth_sessions_user_id_idx on public.social_oauth_sessions (user_id);
create index if not exists social_oauth_sessions_persona_id_idx on public.social_oauth_sessions (persona_id);
create index if not exists social_oauth_sessions_platform_id_idx on public.social_oauth_sessions (platform_id);

alter table public.persona_social_accounts enable row level security;
alter table public.campaigns enable row level security;
alter table public.campaign_posts enable row level security;
alter table public.engagement_items enable row level security;
alter table public.social_oauth_sessions enable row level security;

create policy "Users can manage their own social accounts"
  on public.persona_social_accounts
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create policy "Users can manage their own campaigns"
  on public.campaigns
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create policy "Users can manage posts of their own campaigns"
  on public.campaign_posts
  for all
  to authenticated
  using (
    exists (
      select 1
      from public.campaigns c
      where c.id = campaign_posts.campaign_id and c.user_id = (select auth.uid())
    )
  )
  with check (
    exists (
      select 1
      from public.campaigns c
      where c.id = campaign_posts.campaign_id and c.user_id = (select auth.uid())
    )
  );

create policy "Users can manage their own engagement"
  on public.engagement_items
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create policy "Users can manage their own OAuth sessions"
  on public.social_oauth_sessions
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create trigger persona_social_accounts_set_updated_at
  before update on public.persona_social_accounts
  for each row execute function public.set_updated_at();

create trigger campaigns_set_updated_at
  before update on public.campaigns
  for each row execute function public.set_updated_at();

create trigger campaign_posts_set_updated_at
  before update on public.campaign_posts
  for each row execute function public.set_updated_at();
