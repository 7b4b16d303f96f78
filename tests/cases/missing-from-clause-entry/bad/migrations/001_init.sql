create table gulls (id bigint primary key, name text not null);
create table nests (id bigint primary key, gull_id bigint references gulls, place text);
create index on nests (gull_id);
create function fledged(p_id bigint) returns boolean language plpgsql set search_path = public as $$
begin
  return exists (select 1 where nest.gull_id = p_id);
end $$;
create function settle(p_id bigint) returns void language plpgsql set search_path = public as $$
declare r record;
begin
  for r in select g.id from gulls g loop
    update nests set place = new.place where gull_id = r.id;
  end loop;
  perform n.place from (select id from nests) n;
  perform colour from (select id from nests) n;
end $$;
create view late_gulls as
with late as (select name from gulls where id > 9)
select late.id from late;
