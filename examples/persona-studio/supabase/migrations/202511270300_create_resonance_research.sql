-- Resonance research: what an audience responds to, and which personas a piece of research informs.

create table if not exists public.resonance_research (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  topic text not null,
  audience text,
  summary text,
  findings jsonb not null default '[]'::jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index if not exists resonance_research_user_id_idx on public.resonance_research (user_id);

create table if not exists public.resonance_research_personas (
  research_id uuid not null references public.resonance_research (id) on delete cascade,
  persona_id uuid not null references public.personas (id) on delete cascade,
  relevance numeric(3, 2) not null default 1.00 check (relevance between 0 and 1),
  created_at timestamptz not null default now(),
  primary key (research_id, persona_id)
);

create index if not exists resonance_research_personas_persona_id_idx
  on public.resonance_research_personas (persona_id);

alter table public.resonance_research enable row level security;
alter table public.resonance_research_personas enable row level security;

create policy "Users can manage their own research"
  on public.resonance_research
  for all
  to authenticated
  using ((select auth.uid()) = user_id)
  with check ((select auth.uid()) = user_id);

create policy "Users can link their own research to personas"
  on public.resonance_research_personas
  for all
  to authenticated
  using (
    exists (
      select 1
      from public.resonance_research r
      where r.id = resonance_research_personas.research_id and r.user_id = (select auth.uid())
    )
  )
  with check (
    exists (
      select 1
      from public.resonance_research r
      where r.id = resonance_research_personas.research_id and r.user_id = (select auth.uid())
    )
  );

create trigger resonance_research_set_updated_at
  before update on public.resonance_research
  for each row execute function public.set_updated_at();
