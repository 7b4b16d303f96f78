create table nests (id bigint primary key, name text, eggs int not null default 0);
create table gulls (id bigint primary key, nest_id bigint references nests, name text, rings int);
create index on gulls (nest_id);
create function nests_of(gull text) returns table (id bigint, name text) language plpgsql as $$
declare
  eggs int := 1;
begin
  return query select n.id, n.name from nests n where eggs > 0 and name = gull;
end
$$;
