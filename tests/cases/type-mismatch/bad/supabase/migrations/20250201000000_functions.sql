create type public.zone as enum ('front', 'back');
alter table public.seats add column zone public.zone, add column taken_at timestamptz;
create function public.move_seat(p_zone text, p_meta text) returns void language plpgsql as $$
begin
  update public.seats set zone = p_zone, meta = p_meta::json, taken_at = now()::date;
end $$;
create function public.add_seat(p_id text, p_zone text) returns void language plpgsql as $$
begin
  insert into public.seats (id, number, zone) values (p_id, 1, p_zone::public.zone);
end $$;
create function public.copy_seats(p_meta text) returns void language plpgsql as $$
begin
  insert into public.seats (id, number, meta) select gen_random_uuid(), s.number::bigint, p_meta from public.seats s;
end $$;
create function public.keep_seat(p_id uuid) returns void language plpgsql as $$
begin
  insert into public.seats (id, number) values (p_id, 1) on conflict (id) do update set taken = excluded.number;
end $$;
