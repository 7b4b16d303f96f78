alter table public.notes drop column owner;
