create table nests (id bigint primary key, name text, eggs int not null default 0);
create table gulls (id bigint primary key, name text);
create table eggs (id bigint primary key, colour text);
