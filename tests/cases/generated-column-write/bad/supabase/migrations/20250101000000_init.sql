create table public.lines (
  id bigint generated always as identity primary key,
  net numeric not null,
  gross numeric generated always as (net * 1.2) stored
);
alter table public.lines add column tax numeric generated always as (net * 0.2) stored;
