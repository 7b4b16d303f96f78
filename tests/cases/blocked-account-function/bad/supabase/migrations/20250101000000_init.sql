create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, email text);
create table public.memberships (account uuid primary key references auth.users (id) on delete cascade, role text);
create table public.departures (account uuid primary key, left_at timestamptz not null default now());
alter table public.profiles enable row level security;
alter table public.memberships enable row level security;
create policy own on public.profiles for all to authenticated using (id = (select auth.uid()));
create policy own on public.memberships for select using (account = (select auth.uid()));

-- nobody but the API's roles holds anything on profiles
create function public.welcome() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.profiles (id, email) values (new.id, new.email);
  return new;
end $$;
create trigger welcome after insert on auth.users for each row execute function public.welcome();

-- the error is caught, and the row is lost
create function public.note_departure() returns trigger language plpgsql set search_path = '' as $$
begin
  begin
    insert into public.departures (account) values (old.id);
  exception when others then
    null;
  end;
  return old;
end $$;
create trigger note_departure after delete on auth.users for each row execute function public.note_departure();

-- the table is granted, and its policy holds for who is signed in
grant select on public.memberships to supabase_auth_admin;
create function public.add_claims(event jsonb) returns jsonb language plpgsql stable set search_path = '' as $$
declare
  found text;
begin
  select m.role into found from public.memberships m where m.account = (event ->> 'user_id')::uuid;
  return jsonb_set(event, '{claims,role_of_app}', to_jsonb(found));
end $$;
grant execute on function public.add_claims(jsonb) to supabase_auth_admin;
revoke execute on function public.add_claims(jsonb) from anon, authenticated, public;

-- neither the schema nor the function is granted
create schema hooks;
create function hooks.count_attempt(event jsonb) returns jsonb language sql set search_path = '' as $$ select event $$;
revoke execute on function hooks.count_attempt(jsonb) from public;
