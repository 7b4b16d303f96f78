create table public.clinics (id uuid primary key);
create table public.vets (
  id uuid primary key,
  clinic_id uuid not null references public.clinics (id) on delete cascade,
  unique (clinic_id, id)
);
create table public.visits (
  id uuid primary key,
  vet_id uuid not null references public.vets (id) on delete set null,
  room text
);
create table public.rosters (
  clinic_id uuid not null,
  vet_id uuid,
  day date primary key,
  constraint rosters_vet_fkey foreign key (clinic_id, vet_id) references public.vets (clinic_id, id) on delete set null
);
create table public.rooms (
  clinic_id uuid references public.clinics (id) on delete set default,
  number int,
  primary key (clinic_id, number)
);
alter table public.clinics enable row level security;
alter table public.vets enable row level security;
alter table public.visits enable row level security;
alter table public.rosters enable row level security;
alter table public.rooms enable row level security;
create table public.owners (id uuid primary key, name text);
create table public.pets (id uuid primary key, owner_id uuid not null references public.owners (id) on delete cascade);
create table public.photos (
  id uuid primary key,
  pet_id uuid not null references public.pets (id) on delete set null
);
alter table public.owners enable row level security;
alter table public.pets enable row level security;
alter table public.photos enable row level security;
-- The key to the owner may take its rows before the other one sets them.
create table public.albums (
  id uuid primary key,
  owner_id uuid not null references public.owners (id) on delete cascade,
  pet_id uuid not null references public.pets (id) on delete set null
);
alter table public.albums enable row level security;
