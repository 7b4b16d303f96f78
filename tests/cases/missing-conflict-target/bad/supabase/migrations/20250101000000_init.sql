create table public.seats (id bigint primary key, room text not null, number integer not null);
