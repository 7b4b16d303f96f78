create type public.mood as enum ('glad', 'sad');
create table public.days (id uuid primary key default gen_random_uuid(), mood public.mood);
create function public.is_glad(which uuid) returns boolean language sql as $$ select true $$;
create function public.add_day(mood text) returns uuid language plpgsql security definer set search_path = '' as $$
declare
  made public.days.id%type;
begin
  insert into public.days (mood) values (add_day.mood::public.mood) returning id into made;
  perform public.is_glad(made), lower(mood), gen_random_uuid();
  return made;
end
$$;
create function public.days_of(mood text) returns bigint language sql set search_path = public, extensions as $$
  select count(*) from days where days.mood::text = $1
$$;
