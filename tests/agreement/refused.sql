-- base
create type public.mood as enum ('ok', 'bad');
create table public.authors (id uuid primary key, name text not null, email text);
create table public.books (
  id uuid primary key default gen_random_uuid(), title text, author_id uuid references public.authors (id),
  price numeric, pages int, mood public.mood, made timestamptz default now(), d date, tags text[], meta jsonb,
  short varchar(20), said text default 'ok'
);
create view public.v as select id, title, price from public.books;
create materialized view public.mv as select id from public.books;
create function public.number() returns int language plpgsql as $$ begin return 1; end $$;
create function public.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function public.slow(t text) returns text language plpgsql as $$ begin return t; end $$;
create function public.sure(t text) returns text immutable language plpgsql as $$ begin return t; end $$;
create function public.plain(t text) returns text language sql as $$ select lower(t) $$;

-- refused
create policy p on public.books for insert using (true);

create policy p on public.books for select with check (true);

create policy p on public.books for delete using (true) with check (true);

create policy p on public.books for insert with check (true);
alter policy p on public.books using (true);

create policy p on public.v for select using (true);

create policy p on public.books using (title = auth.uid());

create policy p on public.books using (id = title);

create policy p on public.books using (auth.uid() = any (tags));

create policy p on public.books using (mood = title);

alter table public.v enable row level security;

create index i on public.books (title) where made > now();

create index i on public.books (title) where d > current_date;

create index i on public.books (title) where made > d + 1;

create index i on public.books (date(made));

create index i on public.books ((made::date));

create index i on public.books ((mood::text));

create index i on public.books ((d::text));

create index i on public.books (date_trunc('day', made));

create index i on public.books (to_char(made, 'YYYY'));

create index i on public.books using gin (to_tsvector(title));

create index i on public.books (concat(title, 'x'));

create index i on public.books (public.slow(title));

create index i on public.books (title) where id in (select id from public.authors);

create unique index i on public.books using gin (tags);

create index i on public.books using hash (title, price);

create index i on public.books using gin (tags desc);

alter table public.books add column g timestamptz generated always as (now()) stored;

alter table public.books add column g int generated always as (extract(year from current_date)) stored;

alter table public.books add column g text generated always as (title) stored;
alter table public.books add column h text generated always as (g || 'x') stored;

alter table public.books add column g text default 'x' generated always as (title) stored;

create table public.t (a int default 1 default 2);

create table public.t (a serial default 1);

create table public.t (a int null not null);

create table public.t (a uuid generated always as identity);

create table public.t (a int, primary key (b));

create table public.t (a int, unique (a, b));

create table public.t (a uuid check (a in (select id from public.authors)));

create table public.t (a int, b int default a);

create table public.t (a int default (select 1));

create table public.t (a int default 'x');

create table public.t (a uuid default 'x');

create table public.t (a timestamptz default 'soon');

create table public.t (a public.mood default 'great');

alter table public.books alter column price set default 'abc';

alter table public.books alter column mood set default 'great';

alter table public.books add constraint c check (mood in ('ok', 'great'));

alter table public.books add constraint c check (mood = title);

create view public.w as select * from public.books where id = title;

create view public.w as select a.id from public.books b join public.authors a on a.id = b.title;

create type public.e as enum ('a', 'b', 'a');

alter table public.books alter column d type int;

alter table public.books alter column short type uuid;

alter table public.books alter column short type public.mood;

alter table public.books alter column said type public.mood using said::public.mood;

alter table public.books alter column said set default 'ok'::text;
alter table public.books alter column said type public.mood using said::public.mood;

alter table public.books alter column said set default gen_random_uuid()::text;
alter table public.books alter column said type uuid using gen_random_uuid();

create function public.g(a int default 1, b int) returns int language sql as $$ select 1 $$;

create function public.g(a int, a int) returns int language sql as $$ select 1 $$;

create function public.g() language sql as $$ select 1 $$;

create function public.g() returns int as $$ select 1 $$;

alter table public.books add column x public.nope;

create table public.t (a nope[]);

create function public.g(a public.nope) returns int language sql as $$ select 1 $$;

create function public.g() returns setof public.nope language sql as $$ select 1 $$;

create function public.g() returns int language plpgsql as $$ begin return 1 end $$;

create function public.g() returns int language plpgsql as $$ begin x := 1; return x; end $$;

create policy if not exists p on public.books using (true);

alter table public.books add constraint u unique (title) where (price > 0);

raise notice 'done';

insert into public.authors (id, nme) values (gen_random_uuid(), 'x');

insert into public.author (id, name) values (gen_random_uuid(), 'x');

insert into public.authors (id) values (gen_random_uuid());

insert into public.books (mood) values ('great');

update public.books set titel = 'x';

delete from public.books where mood = 'great';

create trigger t before insert on public.books for each row execute function public.number();

create trigger t before insert on public.v for each row execute function public.touch();

create trigger t instead of insert on public.books for each row execute function public.touch();

create trigger t instead of insert on public.v execute function public.touch();

create trigger t before truncate on public.books for each row execute function public.touch();

create trigger t before insert on public.books for each row when (old.title is null)
  execute function public.touch();

create trigger t before delete on public.books for each row when (new.title is null)
  execute function public.touch();

create trigger t before update on public.books for each statement when (new.title is null)
  execute function public.touch();

create table public.t (a text[] default '[]');

create table public.t (a int[] default '1, 2');

alter table public.books add column extra jsonb default '{a: 1}';

create table public.t (a json default '');

create table public.t (a jsonb default 'NaN');

create publication pp for table public.books;
alter publication pp add table public.books;

create function public.g(a int, b int default 1) returns int language sql as $$ select 1 $$;
create or replace function public.g(a int, b int) returns int language sql as $$ select 2 $$;

create policy p on public.books for update using (true) with check (new.title = old.title and new.price > 0);

create view public.w as select b.id, a.name from public.books b;

create view public.counted as select b.title, count(*) from public.books b;

create view public.paired as select id, title from public.books union all select id from public.authors;

create view public.told as select coalesce(title, 0) as title from public.books;

create view public.first as select (select id, name from public.authors limit 1) as author from public.books;

alter table public.books add constraint named check (case when title is null then id else title end is not null);

create policy p on public.books using (exists (select from public.authors a where a.name));

-- taken
create policy p on public.books for insert with check (auth.uid() is not null);

create policy p on public.books for update using (true) with check (author_id = auth.uid());

create policy p on public.books using (title = auth.uid()::text) with check (title = any (tags));

create policy p on public.books using (mood = 'ok' and mood::text = title and meta ->> 'a' = short);

create policy p on public.books using (made > d and d > 'yesterday' and price = pages and short = title);

create policy p on public.books for select using (exists (select from public.authors a where a.id = author_id));

create index i on public.books (lower(title), coalesce(price, 0)) where title is not null and mood = 'ok';

create index i on public.books (((made at time zone 'utc')::date), date_trunc('day', made at time zone 'utc'));

create index i on public.books (made) where made > '2025-01-01';

create index i on public.books (made) where made > '2025-01-01'::timestamptz;

create index i on public.books ((title || pages));

create index i on public.books ((meta ->> 'a'), ((meta ->> 'n')::int), (pages::text), (price::int));

create index i on public.books using gin (to_tsvector('english', coalesce(title, '') || ' ' || coalesce(short, '')));

create index i on public.books (public.sure(title), public.plain(title));

create index i on public.books using brin (made);

create index i on public.books using hash (title);

alter table public.books add column g text generated always as (title || ' ' || short) stored;

alter table public.books add column g numeric generated always as (round(price * 2, 2) + pages) stored;

alter table public.books add column g numeric generated always as (extract(year from d)) stored;

create table public.t (
  a int default '5', b text[] default '{}', c jsonb default '[]', d uuid default gen_random_uuid(),
  e public.mood default 'ok', f timestamptz default 'now', g interval default '1 day', h date default current_date,
  i int default (1 + 1), j boolean default 't', k bigint generated by default as identity, l text default null,
  m timestamptz default now() + interval '1 day', n int not null check (n > 0), o numeric(4, 1) default '1.5',
  primary key (a, d), unique (e)
);

alter table public.books alter column pages type bigint;

alter table public.books alter column pages type smallint;

alter table public.books alter column made type date;

alter table public.books alter column short type text;

alter table public.books alter column short type uuid using short::uuid;

alter table public.books alter column mood type text;

alter table public.books alter column said drop default;
alter table public.books alter column said type public.mood using said::public.mood;
alter table public.books alter column said set default 'ok';

create function public.g(a int, b int default 1, out c int) language sql as $$ select 1 $$;

create function public.g(a int) returns table (b int) language sql as $$ select 1 $$;

create function public.g(a public.books, b public.mood[]) returns setof public.v language sql
  as $$ select * from public.v $$;

create procedure public.g(a int) language plpgsql as $$ begin null; end $$;

create trigger t before update on public.books for each row when (old.title is distinct from new.title)
  execute function public.touch();

create trigger t instead of insert on public.v for each row execute function public.touch();

create trigger t after insert or update on public.books for each row when (new.title is not null)
  execute function public.touch();

insert into public.authors (id, name) values (gen_random_uuid(), 'x'), (gen_random_uuid(), 'y') on conflict do nothing;

alter table public.books add column old text;
update public.books set old = title, mood = 'bad' where price > 1;
alter table public.books rename column old to older;

create temporary table old_books as select * from public.books;
insert into public.books (id, title) select id, title from old_books;
drop table old_books;

create table if not exists public.books (id uuid default (select 1));

do $$ begin
  create policy p on public.books for insert using (true);
exception when others then null;
end $$;

create table public.t (
  a text[] default ' {a, b} ', b int[] default '[1:2]={1,2}', c int[][] default '{{1},{2}}', d jsonb default ' [1, 2.5e3] ',
  e json default '"x"', f jsonb default 'null', g jsonb default '{"a": "\u00e9"}', h text default '[]'
);

create publication pp for table public.books;
alter publication pp drop table public.books;
alter publication pp add table public.books;
alter publication pp set table public.books;

create function public.g(a int, b int) returns int language sql as $$ select 1 $$;
create or replace function public.g(a int, b int default 2) returns int language sql as $$ select 2 $$;

create policy p on public.books for update using (books.title is not null)
  with check (exists (select from public.authors a where a.id = books.author_id and public.books.title <> a.name));

alter table public.books alter column said set default 'ok'::public.mood;
alter table public.books alter column said type public.mood using said::public.mood;

alter table public.books alter column said set default gen_random_uuid();
alter table public.books alter column said type uuid using gen_random_uuid();

create view public.counted as select a.id, a.name, count(*), max(b.title) from public.authors a
  join public.books b on b.author_id = a.id group by a.id order by a.name;
create view public.paired as select id, title from public.books union all select id, name from public.authors;
create policy p on public.books using ((select count(*) from public.authors a where a.id = books.author_id) > 0);
