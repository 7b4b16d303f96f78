create table public.rooms (
  id uuid primary key default gen_random_uuid(), name text not null, size int not null default 1, tags text[],
  kept boolean not null default true, label varchar(20), made_at timestamptz not null default now());
create table public.stays (
  id uuid primary key default gen_random_uuid(), room_id uuid not null references public.rooms (id), nights int not null,
  price numeric not null, extra jsonb);
create index stays_room_id_idx on public.stays (room_id);
alter table public.rooms enable row level security;
alter table public.stays enable row level security;
create policy own on public.rooms for all using ((select auth.uid()) is not null);
create policy own on public.stays for all using ((select auth.uid()) is not null);

create function public.by_key() returns void language plpgsql set search_path = '' as $$
begin
  perform r.id, r.name, sum(s.nights) from public.rooms r join public.stays s on s.room_id = r.id group by r.id having sum(s.price) > 1 order by r.made_at, max(s.price);
end $$;

create function public.by_number() returns void language plpgsql set search_path = '' as $$
begin
  perform date_trunc('day', made_at), count(*) from public.rooms group by 1 order by 1;
end $$;

create function public.by_alias() returns void language plpgsql set search_path = '' as $$
begin
  perform lower(name) as word, count(*) from public.rooms group by word order by count(*) desc, word;
end $$;

create function public.by_expression() returns void language plpgsql set search_path = '' as $$
begin
  perform date_trunc('day', made_at)::date, count(*) from public.rooms group by date_trunc('day', made_at)::date;
end $$;

create function public.by_sets() returns void language plpgsql set search_path = '' as $$
begin
  perform name, size, count(*), grouping(name) from public.rooms group by grouping sets ((name), (size), ());
end $$;

create function public.over() returns void language plpgsql set search_path = '' as $$
begin
  perform name, count(*), sum(count(*)) over (), rank() over (order by count(*)) from public.rooms group by name;
end $$;

create function public.of_outer() returns void language plpgsql set search_path = '' as $$
begin
  perform (select count(*) filter (where s.nights > r.size) from public.stays s where s.room_id = r.id) from public.rooms r order by r.made_at;
end $$;

create function public.outer_sum() returns void language plpgsql set search_path = '' as $$
begin
  perform (select max(r.size)) from public.rooms r;
end $$;

create function public.sorted_in() returns void language plpgsql set search_path = '' as $$
declare
  j json;
begin
  select json_agg(name order by made_at) into j from public.rooms;
end $$;

create function public.no_column() returns void language plpgsql set search_path = '' as $$
declare
  n int;
begin
  select count(*), max(n) into n from public.rooms;
end $$;

create function public.using_key() returns void language plpgsql set search_path = '' as $$
begin
  perform room_id, count(*) from public.stays join (select id as room_id from public.rooms) r using (room_id) group by room_id;
end $$;

create function public.distinct_same() returns void language plpgsql set search_path = '' as $$
begin
  perform distinct name, size from public.rooms order by size, 1;
end $$;

create function public.distinct_on_same() returns void language plpgsql set search_path = '' as $$
begin
  perform distinct on (room_id) id, price from public.stays order by room_id, price desc;
end $$;

create function public.distinct_in_same() returns void language plpgsql set search_path = '' as $$
begin
  perform string_agg(distinct name, ',' order by name) from public.rooms;
end $$;

create function public.locked_first() returns void language plpgsql set search_path = '' as $$
declare
  n int;
begin
  select count(*) into n from (select id from public.rooms where kept for update) r;
end $$;

create function public.alike_unions() returns void language plpgsql set search_path = '' as $$
begin
  perform id, label from public.rooms union all select room_id, null from public.stays union all select null, 'x';
end $$;

create function public.numbers() returns void language plpgsql set search_path = '' as $$
begin
  perform coalesce(nights, price), greatest(nights, 2.5), case when true then price else 0 end, array[nights, price] from public.stays;
end $$;

create function public.texts() returns void language plpgsql set search_path = '' as $$
declare
  t text;
begin
  select coalesce(label, name, 'x') into t from public.rooms; select case when kept then label end into t from public.rooms;
end $$;

create function public.conditions() returns void language plpgsql set search_path = '' as $$
begin
  perform id from public.rooms where kept and (select true) and not (name = 'x') and case when kept then true else size > 1 end;
end $$;

create function public.pairs() returns void language plpgsql set search_path = '' as $$
begin
  update public.rooms set (name, size) = (select 'a', 2), kept = true where (name, size) in (select 'a', 1);
end $$;

create function public.parts() returns void language plpgsql set search_path = '' as $$
begin
  update public.rooms set tags[1] = 'a', tags[2] = 'b';
end $$;

create function public.of_records() returns void language plpgsql set search_path = '' as $$
declare
  r record;
begin
  for r in select room_id, sum(price) as paid from public.stays group by room_id loop raise notice '%', r.paid; end loop; select count(*) as total into r from public.rooms; raise notice '%', r.total;
end $$;

create function public.elements() returns void language plpgsql set search_path = '' as $$
declare
  r record;
begin
  for r in select * from jsonb_array_elements('[1]') loop raise notice '%', r.value; end loop; for r in select * from jsonb_each('{}') loop raise notice '%', r.key; end loop;
end $$;

create function public.lateral_sum() returns void language plpgsql set search_path = '' as $$
begin
  perform r.id, l.paid from public.rooms r cross join lateral (select sum(s.price) as paid from public.stays s where s.room_id = r.id) l;
end $$;

create function public.common() returns void language plpgsql set search_path = '' as $$
begin
  perform n.name, n.many from (with named as (select name, count(*) as many from public.rooms group by name) select * from named) n where n.many > 1;
end $$;
