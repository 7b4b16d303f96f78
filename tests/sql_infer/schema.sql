create schema app;
create type public.mood as enum ('sad', 'ok');
create type app.pair as (a integer, b text);
create domain public.email as character varying(120);
create table public.authors (
  id uuid primary key, name character varying(80) not null, "Email" public.email, feeling public.mood,
  born date, scores integer[], extra jsonb, home app.pair, created_at timestamp(3) with time zone
);
create table public.posts (
  id bigint primary key, author_id uuid, title text, views integer, rating numeric(4,2), weight real, tags text[],
  body text, created_at timestamp without time zone, spent interval, meta json, flag boolean, tiny smallint
);
create table app.logs (id bigint, post_id bigint, at timestamp with time zone, line text);
create view public.recent as select id, title, created_at as since from public.posts;
create function public.count_posts(who uuid) returns bigint language sql as 'select 1::bigint';
create function public.search_posts(q text, lim integer default 10) returns setof public.posts language sql
  as 'select * from public.posts';
create function public.stats(since date, out total bigint, out average numeric) language sql as 'select 1::bigint, 2.0';
create function public.totals() returns table(day date, n bigint) language sql as 'select current_date, 1::bigint';
create function public.days() returns table(day date) language sql as 'select current_date';
create function public.one_post(which bigint) returns public.posts language sql as 'select * from public.posts limit 1';
create function public.anything() returns setof record language sql as 'select 1, 2';
create function public.first_of(xs anyarray) returns anyelement language sql as 'select xs[1]';
create function public.full_name(a public.authors) returns text language sql as 'select a.name::text';
create function public.pick(a integer) returns integer language sql as 'select 1';
create function public.pick(a text) returns text language sql as $$select 'x'$$;
create function app.make_pair() returns app.pair language sql as $$select row(1, 'x')::app.pair$$;
