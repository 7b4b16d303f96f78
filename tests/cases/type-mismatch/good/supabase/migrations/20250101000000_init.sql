create table public.seats (id uuid primary key, number integer not null, taken boolean not null default false,
  meta jsonb, tags text[]);
