create table public.shelves (id uuid primary key, label text, room text);
alter table public.shelves enable row level security;
create table public.baskets (id uuid primary key, shelf uuid references public.shelves (id));
create type public.size as enum ('small', 'large', 'huge');
create function public.fill(basket uuid) returns void language sql as $$ select 1 $$;
