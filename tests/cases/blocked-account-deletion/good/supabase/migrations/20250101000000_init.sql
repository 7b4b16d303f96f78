create table public.members (id uuid primary key references auth.users (id) on delete cascade, name text);
create table public.letters (
  id uuid primary key,
  sender_id uuid references auth.users (id),
  answered_by uuid references public.members (id),
  body text
);
create table public.stamps (id uuid primary key, holder_id uuid references public.members (id) on delete restrict);
create table public.seals (
  id uuid primary key,
  owner_id uuid not null references public.members (id) on delete cascade,
  approved_by uuid references public.members (id)
);
create function public.hand_on(gone uuid) returns void language plpgsql set search_path = '' as $$
begin
  update public.letters set sender_id = null, answered_by = null where gone in (sender_id, answered_by);
end $$;
alter table public.members enable row level security;
alter table public.letters enable row level security;
alter table public.stamps enable row level security;
alter table public.seals enable row level security;
