create view public.people as select id, email from auth.users;
