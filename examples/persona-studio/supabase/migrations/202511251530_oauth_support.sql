-- OAuth support: the state parameter of a running authorization, so that a callback can be told from a forgery.

create table if not exists public.oauth_states (
  state text primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  persona_id uuid references public.personas (id) on delete cascade,
  session_id uuid not null references public.social_oauth_sessions (id) on delete cascade,
  created_at timestamptz not null default now(),
  consumed_at timestamptz
);

create index if not exists oauth_states_user_id_idx on public.oauth_states (user_id);
create index if not exists oauth_states_persona_id_idx on public.oauth_states (persona_id);
create index if not exists oauth_states_session_id_idx on public.oauth_states (session_id);

alter table public.oauth_states enable row level security;

create policy "Users can manage their own OAuth states"
  on public.oauth_states
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);
