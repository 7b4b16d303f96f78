drop policy "own notes" on public.notes;
alter table public.notes drop column owner;
