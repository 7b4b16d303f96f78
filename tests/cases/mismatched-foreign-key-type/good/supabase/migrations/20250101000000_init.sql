create table public.members (id uuid primary key, handle varchar(20) unique);
create table public.tickets (
  id uuid primary key,
  opened_by uuid not null references public.members (id),
  handle varchar(40) references public.members (handle)
);
