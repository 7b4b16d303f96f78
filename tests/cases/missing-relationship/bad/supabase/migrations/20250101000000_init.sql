create table public.customers (id uuid primary key, name text not null);
create table public.orders (id uuid primary key, customer_id uuid not null);
