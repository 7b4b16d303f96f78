create table public.seats (id bigint primary key, room text not null, number integer not null);
create table public.visits (id bigint primary key, room text, guest integer, left_at timestamptz);
create unique index visits_open on public.visits (room) where left_at is null;
create table public.tallies (id bigint generated always as identity primary key, room text, guests integer);
