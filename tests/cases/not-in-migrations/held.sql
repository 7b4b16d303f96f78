create table public.a (id bigint primary key, name text);
create table public.schema_migrations (version bigint primary key, dirty boolean not null);
