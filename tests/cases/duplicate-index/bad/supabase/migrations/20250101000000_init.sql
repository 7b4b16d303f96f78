create table public.a (id bigint primary key, slug text unique);
create index a_slug on public.a (slug);
create index a_id on public.a (id);
