create table public.sales (at date not null, sum numeric) partition by range (at);
create table public.sales_rest partition of public.sales default;
