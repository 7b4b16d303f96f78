create function public.f() returns integer language sql as $$ select 1 $$;
create function public.g() returns integer language sql security definer as $$ select 1 $$;
