create extension if not exists vector with schema extensions;
create extension if not exists pg_trgm with schema extensions;
do $$
begin
  if not exists (select 1 from pg_extension where extname = 'pg_cron') then
    create extension pg_cron;
  end if;
end $$;
create domain public.citext as text check (value = lower(value));
create function public.unaccent(word text) returns text language sql immutable set search_path = '' as $$
  select translate(word, 'áéíóú', 'aeiou')
$$;
create table public.articles (
  id uuid primary key default extensions.uuid_generate_v4(),
  slug public.citext,
  body text not null,
  tags text[],
  embedding extensions.vector(384),
  lasts tstzrange,
  exclude using gist (lasts with &&)
);
create index articles_body on public.articles using gin (body gin_trgm_ops);
create index articles_tags on public.articles using gin (tags);
create index articles_near on public.articles using hnsw (embedding vector_cosine_ops);
create view public.plain with (security_invoker = true) as
  select id, public.unaccent(body) as body, extensions.crypt(body, extensions.gen_salt('bf')) as mark from public.articles;
select cron.schedule('tidy', '0 3 * * *', 'delete from public.articles where upper(lasts) < now()');
alter table public.articles enable row level security;
