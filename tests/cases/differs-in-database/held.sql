create table public.a (id bigint primary key, name varchar(20) not null);
create table public.b (id bigint primary key);
