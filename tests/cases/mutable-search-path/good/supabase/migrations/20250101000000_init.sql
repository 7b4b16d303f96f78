create function public.f() returns integer language sql set search_path = '' as $$ select 1 $$;
create function public.g() returns integer language sql security definer as $$ select 1 $$;
alter function public.g() set search_path to pg_catalog, public;
