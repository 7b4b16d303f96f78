create table public.regions (id uuid primary key, name text);
create table public.customers (
  id uuid primary key,
  name text not null,
  details jsonb,
  region_id uuid references public.regions (id)
);
create table public.orders (
  id uuid primary key,
  customer_id uuid not null references public.customers (id),
  placed_at timestamptz not null
);
create function public.label(public.orders) returns text language sql stable as $$ select $1.id::text $$;
