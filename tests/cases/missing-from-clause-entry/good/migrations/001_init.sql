create table gulls (id bigint primary key, name text not null);
create table nests (id bigint primary key, gull_id bigint references gulls, place text);
create index on nests (gull_id);
create function fledged(p_id bigint) returns boolean language plpgsql set search_path = public as $$
<<outside>>
declare nest nests; place text; held record;
begin
  select * into nest from nests limit 1;
  outside.place := fledged.p_id::text;
  for held in execute 'select * from gulls' loop
    place := held.name;
  end loop;
  return exists (select 1 where nest.gull_id = p_id) and exists (select 1 from gulls g where g.name = outside.place);
end $$;
create function moved() returns trigger language plpgsql set search_path = public as $$
begin
  if new.place = old.place then
    return null;
  end if;
  return new;
end $$;
create trigger moved before update on nests for each row execute function moved();
create view late_gulls as
with late as (select * from gulls where id > 9), named (called) as (select name from late)
select late.id, late.name, named.called from late, named;
