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
create function public.welcome() returns trigger language plpgsql security definer as $$
begin
  insert into public.days (id, mood) values (new.id, 'glad');
  return new;
end
$$;
create trigger welcome after insert on auth.users for each row execute function public.welcome();
create function public.greet() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into days (id, mood) values (new.id, 'glad');
  return new;
end
$$;
create trigger greet after insert on auth.users for each row execute function public.greet();
create function public.note() returns trigger language plpgsql as $$
begin
  insert into days (id, mood) values (new.id, 'sad');
  return new;
end
$$;
create trigger note after insert on public.days for each row when (pg_trigger_depth() = 0) execute function public.note();
