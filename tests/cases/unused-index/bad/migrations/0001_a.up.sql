create table public.people (id int primary key);
create table public.notes (id int primary key, person_id int references public.people, title text);
create index notes_title on public.notes (title);
create index notes_person on public.notes (person_id);
