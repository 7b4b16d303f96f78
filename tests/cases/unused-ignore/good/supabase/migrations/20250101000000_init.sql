-- tripoint: ignore[no-primary-key] rows are only ever appended and counted
create table public.a (at timestamptz);
