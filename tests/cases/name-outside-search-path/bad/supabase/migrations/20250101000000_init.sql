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
create function public.welcome() returns trigger language plpgsql security definer as $$
declare
  today mood := 'glad';
begin
  insert into public.days (id, mood) values (new.id, today);
  return new;
end
$$;
create trigger welcome after insert on auth.users for each row execute function public.welcome();
