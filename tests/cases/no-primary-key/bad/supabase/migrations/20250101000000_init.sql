create table public.log (happened_at timestamptz not null, what text);
