create function public.greet(who text, loud boolean default false) returns text language sql as $$ select who $$;
create function public.greet_all() returns text language plpgsql as $$
begin
  return public.greet('a', true, 3) || public.shout('b');
end
$$;
create function public.tidy() returns void language plpgsql as $$
begin
  perform public.optional_cleanup();
exception
  when undefined_function then null;
end
$$;
