alter table public.orders add column note text;
alter table public.customers add column vat_number text;
create index items_order_id_idx on public.items (order_id);
