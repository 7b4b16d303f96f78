create table public.a (id bigint primary key, slug text unique, at timestamptz);
create index a_slug on public.a (slug) where at is null;
create index a_slug_at on public.a (slug, at);
create index a_at on public.a (at desc);
create index a_at_up on public.a (at);
