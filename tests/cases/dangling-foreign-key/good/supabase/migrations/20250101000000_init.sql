create table public.members (id uuid primary key);
create table public.tickets (
  id uuid primary key,
  opened_by uuid not null references public.members (id),
  owner_id uuid references auth.users (id)
);
