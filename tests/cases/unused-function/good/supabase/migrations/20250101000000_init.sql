create table public.people (id bigint primary key, at timestamptz);
create function public.remembered() returns integer language sql as $$ select 1 $$;
create function public.touch() returns trigger language plpgsql as $$ begin new.at := now(); return new; end $$;
create trigger touch before update on public.people for each row execute function public.touch();
create function public.allowed() returns boolean language sql as $$ select remembered() = 1 $$;
alter table public.people enable row level security;
create policy p on public.people using (public.allowed());
