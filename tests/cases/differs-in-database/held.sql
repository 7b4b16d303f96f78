create table public.a (id bigint primary key, name varchar(20) not null);
