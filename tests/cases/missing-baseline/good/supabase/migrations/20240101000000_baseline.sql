create table public.orders (id bigint primary key);
create table public.customers (id bigint primary key);
create table public.items (id bigint primary key, order_id bigint references public.orders (id));
