create type public.mood as enum ('calm', 'loud');
create table public.rooms (id uuid primary key default gen_random_uuid(), name varchar(80) not null, mood public.mood);
create table public.visits (id bigint primary key, room uuid references public.rooms (id), paid numeric(10, 2));

create function public.room_stats() returns table (room uuid, called text, visits integer, mood text)
language plpgsql as $$
begin
  return query
    select r.id, r.name::text, count(v.id)::integer, r.mood::text
    from public.rooms r left join public.visits v on v.room = r.id group by r.id;
end $$;

create function public.room_names() returns setof varchar(20) language plpgsql as $$
begin
  return query select r.name from public.rooms r;
  return query select 'the last'::varchar;
end $$;

create function public.all_rooms() returns setof public.rooms language plpgsql as $$
begin
  return query select * from public.rooms r;
end $$;

create function public.totals(out paid numeric, out visits bigint) returns setof record language plpgsql as $$
begin
  return query select sum(v.paid), count(*) from public.visits v;
end $$;

create function public.words() returns table (word text, length integer) language plpgsql as $$
begin
  return query select 'none', 0;
  return query execute 'select r.name::text, 1 from public.rooms r';
end $$;

create function public.visits_of(r uuid) returns bigint language plpgsql as $$
begin
  return (select count(*)::integer from public.visits v where v.room = r);
end $$;

create function public.count_visits(r uuid, out visits bigint) language plpgsql as $$
begin
  select count(*) into visits from public.visits v where v.room = r;
end $$;

create function public.refuse(r uuid) returns boolean language plpgsql as $$
begin
  raise exception 'room % is closed', r;
end $$;

create function public.trim_name() returns trigger language plpgsql as $$
begin
  new.name := trim(new.name);
  return new;
end $$;
create trigger trim_name before update on public.rooms for each row execute function public.trim_name();
