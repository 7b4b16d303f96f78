create table public.shelves (id uuid primary key, label text, room text);
alter table public.shelves enable row level security;
create table public.baskets (id uuid primary key, shelf uuid references public.shelves (id));
create type public.size as enum ('small', 'large', 'huge');
create function public.fill(basket uuid) returns void language sql as $$ select 1 $$;
create table public.sales (at date not null, sum numeric) partition by range (at);
create table public.sales_rest partition of public.sales default;
