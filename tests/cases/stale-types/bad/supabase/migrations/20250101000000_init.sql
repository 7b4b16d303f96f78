create table public.people (id bigint primary key, name text not null);
alter table public.people add column born date;
