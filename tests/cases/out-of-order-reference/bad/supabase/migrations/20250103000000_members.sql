create function public.is_member(team bigint) returns boolean language sql stable as 'select team > 0';
