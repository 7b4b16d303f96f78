create table nests (id bigint primary key, name text, eggs int not null default 0);
create table gulls (id bigint primary key, nest_id bigint references nests, name text, rings int);
create index on gulls (nest_id);
create function nests_of(gull text) returns table (id bigint, name text) language plpgsql as $$
declare
  least int := 1;
begin
  insert into nests (id, name) values (1, gull);
  return query select n.id, n.name from nests n where n.eggs > least and rings_of(n.id) > eggs order by name;
end
$$;
create function rings_of(id bigint) returns bigint language sql as 'select sum(rings) from gulls where nest_id = id';
create function eggs_of(id bigint) returns int language plpgsql as $$
#variable_conflict use_column
begin
  return (select eggs from nests where nests.id = eggs_of.id and id > 0);
end
$$;
