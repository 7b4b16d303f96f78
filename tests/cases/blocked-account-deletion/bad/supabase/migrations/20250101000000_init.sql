create table public.members (id uuid primary key references auth.users (id) on delete cascade, name text);
create table public.letters (
  id uuid primary key,
  sender_id uuid references auth.users (id),
  answered_by uuid references public.members (id),
  body text
);
create table public.stamps (id uuid primary key, holder_id uuid references public.members (id) on delete restrict);
create table public.drafts (id uuid primary key, member_id uuid references public.members (id) on delete set null);
alter table public.members enable row level security;
alter table public.letters enable row level security;
alter table public.stamps enable row level security;
alter table public.drafts enable row level security;
