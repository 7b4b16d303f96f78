create table public.clinics (id uuid primary key);
create table public.vets (
  id uuid primary key,
  clinic_id uuid not null references public.clinics (id) on delete cascade,
  unique (clinic_id, id)
);
create table public.visits (
  id uuid primary key,
  vet_id uuid references public.vets (id) on delete set null,
  closed_by uuid not null references public.vets (id) on delete restrict
);
create table public.rosters (
  clinic_id uuid not null,
  vet_id uuid,
  day date primary key,
  foreign key (clinic_id, vet_id) references public.vets (clinic_id, id) on delete set null (vet_id)
);
create table public.rooms (
  clinic_id uuid default '00000000-0000-0000-0000-000000000000' references public.clinics (id) on delete set default,
  number int,
  primary key (clinic_id, number)
);
create table public.keys (id uuid primary key, holder uuid not null references public.vets (id) on delete set null);
create function public.hand_on() returns trigger language plpgsql as $$
begin
  if new.holder is null then
    new.holder := '00000000-0000-0000-0000-000000000000';
  end if;
  return new;
end $$;
create trigger hand_on before update on public.keys for each row execute function public.hand_on();
alter table public.clinics enable row level security;
alter table public.vets enable row level security;
alter table public.visits enable row level security;
alter table public.rosters enable row level security;
alter table public.rooms enable row level security;
alter table public.keys enable row level security;
create table public.owners (id uuid primary key, name text);
create table public.pets (id uuid primary key, owner_id uuid not null references public.owners (id) on delete cascade);
create table public.photos (
  id uuid primary key,
  owner_id uuid not null references public.owners (id) on delete cascade,
  pet_id uuid references public.pets (id) on delete set null
);
alter table public.owners enable row level security;
alter table public.pets enable row level security;
alter table public.photos enable row level security;
