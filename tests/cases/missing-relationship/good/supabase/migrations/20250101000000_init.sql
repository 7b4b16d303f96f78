create table public.customers (id uuid primary key, name text not null);
create table public.orders (id uuid primary key, customer_id uuid not null references public.customers (id));
create table public.tags (id uuid primary key, label text);
create table public.orders_tags (
  order_id uuid references public.orders (id),
  tag_id uuid references public.tags (id),
  primary key (order_id, tag_id)
);
create table public.reviews (id uuid primary key, author_id uuid not null references auth.users (id));
create view public.authors as select id, raw_user_meta_data ->> 'name' as name from auth.users;
