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

create function public.ungrouped() returns void language plpgsql set search_path = '' as $$
declare
  n int; t text;
begin
  select count(*), r.name into n, t from public.rooms r;
end $$;

create function public.sorted_beside() returns void language plpgsql set search_path = '' as $$
declare
  j json;
begin
  select json_agg(name) into j from public.rooms order by made_at;
end $$;

create function public.half_grouped() returns void language plpgsql set search_path = '' as $$
begin
  perform r.id, s.price, sum(s.nights) from public.rooms r join public.stays s on s.room_id = r.id group by r.id;
end $$;

create function public.starred() returns void language plpgsql set search_path = '' as $$
begin
  perform s.room_id, s.nights + 1 from public.stays s group by s.room_id having count(*) > 1;
end $$;

create function public.in_where() returns void language plpgsql set search_path = '' as $$
declare
  n int;
begin
  select size into n from public.rooms where count(*) > 2;
end $$;

create function public.nested() returns void language plpgsql set search_path = '' as $$
declare
  j jsonb;
begin
  select jsonb_agg(jsonb_build_object('room', room_id, 'sum', sum(price))) into j from public.stays group by room_id;
end $$;

create function public.window_in_where() returns void language plpgsql set search_path = '' as $$
begin
  perform id from public.stays where row_number() over (order by price) = 1;
end $$;

create function public.distinct_apart() returns void language plpgsql set search_path = '' as $$
begin
  perform distinct name from public.rooms order by made_at;
end $$;

create function public.distinct_on() returns void language plpgsql set search_path = '' as $$
begin
  perform distinct on (room_id) id from public.stays order by price desc;
end $$;

create function public.distinct_in() returns void language plpgsql set search_path = '' as $$
begin
  perform string_agg(distinct name, ',' order by made_at) from public.rooms;
end $$;

create function public.locked() returns void language plpgsql set search_path = '' as $$
declare
  n int;
begin
  select count(*) into n from public.rooms where kept for update;
end $$;

create function public.unlike_unions() returns void language plpgsql set search_path = '' as $$
begin
  perform id from public.rooms union select id, price from public.stays;
end $$;

create function public.unlike_types() returns void language plpgsql set search_path = '' as $$
begin
  perform id, name from public.rooms union all select id, nights from public.stays;
end $$;

create function public.coalesced() returns void language plpgsql set search_path = '' as $$
declare
  t text;
begin
  select coalesce(name, 0) into t from public.rooms;
end $$;

create function public.cased() returns void language plpgsql set search_path = '' as $$
declare
  t text;
begin
  select case when kept then size else name end into t from public.rooms;
end $$;

create function public.greatest_of() returns void language plpgsql set search_path = '' as $$
begin
  perform greatest(s.nights, s.room_id) from public.stays s;
end $$;

create function public.listed() returns void language plpgsql set search_path = '' as $$
begin
  perform array[r.size, r.kept] from public.rooms r;
end $$;

create function public.no_condition() returns void language plpgsql set search_path = '' as $$
begin
  perform id from public.rooms where name;
end $$;

create function public.of_several() returns void language plpgsql set search_path = '' as $$
declare
  t text;
begin
  t := (select name, size from public.rooms limit 1);
end $$;

create function public.among_several() returns void language plpgsql set search_path = '' as $$
begin
  perform id from public.rooms where id in (select room_id, nights from public.stays);
end $$;

create function public.set_twice() returns void language plpgsql set search_path = '' as $$
begin
  update public.rooms set name = 'a', size = 2, name = 'b';
end $$;

create function public.given_twice() returns void language plpgsql set search_path = '' as $$
begin
  insert into public.rooms (name, size, name) values ('a', 1, 'b');
end $$;

create function public.summed_in_set() returns void language plpgsql set search_path = '' as $$
begin
  update public.rooms set size = sum(s.nights) from public.stays s where s.room_id = rooms.id;
end $$;

create function public.of_a_record() returns void language plpgsql set search_path = '' as $$
declare
  r record;
begin
  for r in select room_id, sum(price) as paid from public.stays group by room_id loop raise notice '%', r.total; end loop;
end $$;

create function public.of_an_element() returns void language plpgsql set search_path = '' as $$
declare
  r record;
begin
  for r in select * from jsonb_array_elements('[1]') loop raise notice '%', r.item; end loop;
end $$;
