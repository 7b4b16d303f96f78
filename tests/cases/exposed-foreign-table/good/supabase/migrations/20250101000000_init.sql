create extension postgres_fdw with schema extensions;
create server shop foreign data wrapper postgres_fdw;
create foreign table remote_orders (id int) server shop;
revoke all on remote_orders from anon, authenticated;
