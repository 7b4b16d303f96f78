create table b (id bigint primary key);
alter table b enable row level security;
