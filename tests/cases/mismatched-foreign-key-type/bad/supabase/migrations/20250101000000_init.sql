create table public.members (id uuid primary key);
create table public.tickets (
  id uuid primary key,
  opened_by text not null references public.members (id)
);
