create function public.greet(who text, loud boolean default false) returns text language sql as $$ select who $$;
create function public.greet_all() returns text language plpgsql as $$
begin
  return public.greet('a', true) || greet(who => 'b') || similarity('a', 'b') || st_area(null) || net.http_get('x');
exception
  when undefined_function then
    return public.count_people()::text;
end
$$;
