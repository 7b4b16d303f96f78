create table public.seats (id bigint primary key, room text not null, number integer not null);
create unique index seats_room_number on public.seats (room, number);
