create type public.mood as enum ('glad', 'sad');
create table public.days (id uuid primary key default gen_random_uuid(), mood public.mood);
create function public.is_glad(which uuid) returns boolean language sql as $$ select true $$;
create function public.add_day(mood text) returns uuid language plpgsql security definer set search_path = '' as $$
declare
  made uuid;
begin
  insert into days (mood) values (add_day.mood::mood) returning id into made;
  perform is_glad(made);
  return made;
end
$$;
