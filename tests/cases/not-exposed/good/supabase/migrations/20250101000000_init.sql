create schema billing;
create table billing.invoices (id bigint primary key);

create table pg_tables (id uuid primary key);
alter table pg_tables enable row level security;
create policy read_pg_tables on pg_tables for select to authenticated using (id = auth.uid());
