alter table a add column name text;
create table b (id bigint primary key, note text);
