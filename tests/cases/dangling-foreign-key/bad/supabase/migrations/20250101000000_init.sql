create table public.tickets (
  id uuid primary key,
  opened_by uuid not null references public.members (id)
);
