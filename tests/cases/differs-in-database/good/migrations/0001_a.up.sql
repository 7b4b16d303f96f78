create table a (id bigint primary key, name varchar(20) not null);
