create table public.people (id uuid primary key, name text not null);
create table public.letters (
  id uuid primary key,
  sender_id uuid not null references public.people (id),
  receiver_id uuid not null references public.people (id)
);
