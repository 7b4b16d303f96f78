create type public.zone as enum ('front', 'back');
create domain public.label as varchar(20);
alter table public.seats add column zone public.zone, add column taken_at timestamptz, add column label public.label;
create function public.move_seat(p_zone text, p_meta json, p_label text) returns void language plpgsql as $$
begin
  update public.seats set zone = p_zone::public.zone, meta = p_meta, taken_at = now()::date, label = p_label,
    tags = array['a', 'b']::varchar[], number = 2.5::numeric;
end $$;
create function public.add_seat(p_id uuid, p_zone public.zone) returns void language plpgsql as $$
begin
  insert into public.seats (id, number, zone, meta) values (p_id, '1', p_zone, '{}'), (gen_random_uuid(), 2, 'back', null);
end $$;
create function public.copy_seats(p_label text) returns void language plpgsql as $$
declare
  one record;
begin
  insert into public.seats (id, number, meta, zone, label)
    select gen_random_uuid(), s.number::bigint, to_jsonb(s), 'front', s.id from public.seats s;
  for one in select * from public.seats loop
    update public.seats set number = one.number, zone = one.zone where id = one.id;
  end loop;
end $$;
