create type public.mood as enum ('calm', 'loud');
create table public.rooms (id uuid primary key default gen_random_uuid(), name varchar(80) not null, mood public.mood);
create table public.visits (id bigint primary key, room uuid references public.rooms (id), paid numeric(10, 2));

create function public.room_stats() returns table (room uuid, called text, visits integer, mood text)
language plpgsql as $$
begin
  return query
    select r.id, r.name, count(v.id), r.mood from public.rooms r left join public.visits v on v.room = r.id group by r.id;
end $$;

create function public.room_names() returns setof text language plpgsql as $$
begin
  return query select r.name from public.rooms r;
end $$;

create function public.all_rooms() returns setof public.rooms language plpgsql as $$
begin
  return query select r.id, r.name, r.mood from public.rooms r;
end $$;

create function public.totals(out paid double precision, out visits bigint) returns setof record language plpgsql as $$
begin
  return query select sum(v.paid), count(*) from public.visits v;
exception when others then
  null;
end $$;

create function public.visits_of(r uuid) returns bigint language plpgsql as $$
declare
  found_visits bigint;
begin
  select count(*) into found_visits from public.visits v where v.room = r;
end $$;

create function public.trim_name() returns trigger language plpgsql as $$
begin
  new.name := trim(new.name);
end $$;
create trigger trim_name before update on public.rooms for each row execute function public.trim_name();
