create table public.people (id uuid primary key default gen_random_uuid(), name text not null, born date);
create table public.slugs (id bigint generated always as identity primary key, slug text not null, title text not null);
create function public.fill_slug() returns trigger language plpgsql as $$ begin new.slug := lower(new.title); return new; end $$;
create trigger fill_slug before insert on public.slugs for each row execute function public.fill_slug();
