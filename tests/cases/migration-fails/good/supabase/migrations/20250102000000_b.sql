create index on public.a (b_id);
