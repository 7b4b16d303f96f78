alter table public.rooms add column floor integer;
