create table gulls (id bigint primary key, name text not null);
create table nests (id bigint primary key, gull_id bigint references gulls, place text);
create index on nests (gull_id);
