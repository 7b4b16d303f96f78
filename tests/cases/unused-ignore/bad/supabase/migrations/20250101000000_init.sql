-- tripoint: ignore[no-primary-key] it has one since last week
create table public.a (id bigint primary key);
