-- Functions whose name ends in _leaks reach another user's row against the table's policies; the others do not.
create table notes (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text not null,
  views int not null default 0, share_token text not null default 'secret of ' || gen_random_uuid());
alter table notes enable row level security;
create policy own on notes for all using (user_id = auth.uid());
create table posts (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, title text not null);
alter table posts enable row level security;
create policy shown on posts for select using (true);
create policy own on posts for all using (user_id = auth.uid());

-- reading by the row's id, by the user's id, and without any
create function note_leaks(p_note_id uuid) returns setof notes language sql security definer as $$
  select * from notes where id = p_note_id $$;
create function note(p_note_id uuid) returns setof notes language sql security definer as $$
  select * from notes where id = p_note_id and user_id = auth.uid() $$;
create function note_as_caller(p_note_id uuid) returns setof notes language sql as $$
  select * from notes where id = p_note_id $$;
create function notes_of_leaks(target_user_id uuid) returns json language sql security definer as $$
  select json_agg(n) from notes n where user_id = target_user_id $$;
create function all_bodies_leaks() returns table (body text) language sql security definer as $$
  select n.body from notes n $$;
create function count_notes() returns bigint language sql security definer as $$ select count(*) from notes $$;
create function email_leaks(user_id uuid) returns text language sql security definer as $$
  select email::text from auth.users u where u.id = email_leaks.user_id $$;
-- what policies show anyway, and what only those find who were told a token
create function post(post_id uuid) returns setof posts language sql security definer as $$
  select * from posts where id = post_id $$;
create function shared_note(share_token text) returns setof notes language sql security definer as $$
  select * from notes n where n.share_token = shared_note.share_token $$;

-- changing and deleting
create function rename_leaks(note_id uuid, new_body text) returns void language sql security definer as $$
  update notes set body = new_body where id = note_id $$;
create function view(note_id uuid) returns void language sql security definer as $$
  update notes set views = views + 1 where id = note_id $$;
create function delete_note_leaks(id uuid) returns boolean language plpgsql security definer as $$
begin delete from notes n where n.id = delete_note_leaks.id; return true; end $$;
create function delete_note(id uuid) returns boolean language plpgsql security definer as $$
begin
  if not exists (select from notes n where n.id = delete_note.id and n.user_id = auth.uid()) then
    raise exception 'not yours';
  end if;
  delete from notes n where n.id = delete_note.id;
  return true;
end $$;
-- NULL <> user_id is not true, so whoever has no session passes
create function retitle_leaks(post_id uuid) returns void language plpgsql security definer as $$
begin
  if (select user_id from posts where id = post_id) <> auth.uid() then raise exception 'not yours'; end if;
  update posts set title = 'changed' where id = post_id;
end $$;

create function broken() returns int language plpgsql as $$ begin return 1 / 0; end $$;
create function body_of(n notes) returns text language sql as $$ select n.body $$;
create function hidden() returns int language sql as $$ select 1 $$;
revoke execute on function hidden() from public, anon, authenticated;
grant execute on function hidden() to authenticated;
create function unreachable() returns int language sql as $$ select 1 $$;
revoke execute on function unreachable() from public, anon, authenticated;
