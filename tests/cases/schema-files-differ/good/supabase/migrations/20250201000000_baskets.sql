alter table public.shelves add column room text;
alter type public.size add value 'huge';
create table public.baskets (id uuid primary key, shelf uuid references public.shelves (id));
create function public.fill(basket uuid) returns void language sql as $$ select 1 $$;
-- The schema files need not hold what a migration makes beside them, where they hold a part alone.
create table public.notes (id uuid primary key);
create table public.more (id uuid primary key);
