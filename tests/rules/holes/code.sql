-- hole: a browser reads what no policy shows
-- finds: blocked-by-row-security public.notes
-- edit: for insert with check => for select using
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for insert with check ((select auth.uid()) = user_id);
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').select('id')

-- hole: an insert that returns its row
-- finds: blocked-by-row-security public.notes
-- edit: .insert({ id: 'a' }).select() => .insert({ id: 'a' })
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy add on notes for insert to anon with check (id is not null);
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const add = () => db.from('notes').insert({ id: 'a' }).select()

-- hole: an update that finds no row
-- finds: blocked-by-row-security public.notes
-- edit: for insert with check => for select using
create table notes (id uuid primary key, user_id uuid not null, title text);
alter table notes enable row level security;
create policy other on notes for insert with check ((select auth.uid()) = user_id);
create policy change on notes for update using ((select auth.uid()) = user_id);
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const rename = (id: string) => db.from('notes').update({ title: 'b' }).eq('id', id)

-- hole: a delete without a policy
-- finds: blocked-by-row-security public.notes
-- edit: for update using => for delete using
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy change on notes for update using ((select auth.uid()) = user_id);
-- file: src/notes.ts
import { createServerClient } from '@supabase/ssr'
const db = createServerClient('https://a.example', 'key', { cookies: {} })
export const remove = (id: string) => db.from('notes').delete().eq('id', id)

-- hole: an upsert that may not replace
-- finds: blocked-by-row-security public.notes
-- edit: .upsert({ id: 'a' }) => .upsert({ id: 'a' }, { ignoreDuplicates: true })
create table notes (id uuid primary key);
alter table notes enable row level security;
create policy see on notes for select using (true);
create policy add on notes for insert to authenticated with check (id is not null);
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const save = () => db.from('notes').upsert({ id: 'a' })

-- hole: a browser on the server's table
-- finds: blocked-by-row-security public.jobs
-- edit: createBrowserClient('https://a.example', 'key') => createClient('https://a.example', process.env.SUPABASE_SERVICE_ROLE_KEY!)
create table jobs (id uuid primary key);
alter table jobs enable row level security;
-- file: src/jobs.ts
import { createBrowserClient } from '@supabase/ssr'
import { createClient } from '@supabase/supabase-js'
const db = createBrowserClient('https://a.example', 'key')
export const jobs = () => db.from('jobs').select('id')

-- hole: an embedded table that no policy shows
-- finds: blocked-by-row-security public.authors
-- edit: to service_role => to authenticated
create table authors (id uuid primary key, name text);
create table books (id uuid primary key, author_id uuid references authors);
alter table authors enable row level security;
alter table books enable row level security;
create policy see on books for select to authenticated using (true);
create policy see on authors for select to service_role using (true);
-- file: src/books.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const books = () => db.from('books').select('id, authors(name)')

-- hole: a function that the client may not execute
-- finds: missing-grant public.total
-- edit: from public, anon, authenticated => from public, anon
create function total() returns int language sql set search_path = '' as $$ select 1 $$;
revoke execute on function total() from public, anon, authenticated;
-- file: src/total.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const total = () => db.rpc('total')

-- hole: a column that was not granted
-- finds: missing-grant public.profiles
-- edit: (id, name) => (id, name, phone)
create table profiles (id uuid primary key, name text, phone text);
alter table profiles enable row level security;
create policy see on profiles for select to authenticated using (true);
revoke all on profiles from anon, authenticated;
grant select (id, name) on profiles to authenticated;
-- file: src/profiles.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const profiles = () => db.from('profiles').select('id, name, phone')

-- hole: the server's role lost its grant
-- finds: missing-grant public.jobs
-- edit: from anon, authenticated, service_role => from anon, authenticated
create table jobs (id uuid primary key);
alter table jobs enable row level security;
grant select on jobs to service_role;
revoke all on jobs from anon, authenticated, service_role;
-- file: src/jobs.ts
import { createClient } from '@supabase/supabase-js'
const db = createClient('https://a.example', process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const jobs = () => db.from('jobs').select('id')

-- hole: a policy reads a table that the caller may not select
-- finds: missing-grant public.tasks
-- edit: -- grant here => grant select on members to authenticated;
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table tasks (id uuid primary key, team_id uuid not null);
alter table members enable row level security;
alter table tasks enable row level security;
create policy own on members for select using (user_id = (select auth.uid()));
create policy team on tasks for select using (team_id in (select team_id from members));
revoke all on members, tasks from anon, authenticated;
grant select on tasks to authenticated;
-- grant here
-- file: src/tasks.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const tasks = () => db.from('tasks').select('id')

-- hole: the migrations grant nothing
-- finds: missing-grant public
-- edit: -- grant here => grant select on notes to authenticated;
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy own on notes for select using ((select auth.uid()) = user_id);
-- grant here
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').select('id')

-- hole: a policy that no code needs
-- finds: unused-policy public.notes/remove
-- edit: .select('id') => .delete().eq('id', '1')
create table notes (id uuid primary key, user_id uuid not null);
alter table notes enable row level security;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy remove on notes for delete using ((select auth.uid()) = user_id);
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').select('id')

-- hole: a policy asks a table that its caller sees nothing of
-- finds: blocked-by-row-security public.tasks
-- edit: -- policy here => create policy own on members for select using (user_id = (select auth.uid()));
create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table tasks (id uuid primary key, team_id uuid not null);
alter table members enable row level security;
alter table tasks enable row level security;
-- policy here
create policy team on tasks for select using (team_id in (select team_id from members where user_id = auth.uid()));
-- file: src/tasks.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const tasks = () => db.from('tasks').select('id')

-- hole: a view with its caller's rights over a table that no policy shows
-- finds: blocked-by-row-security public.notes
-- edit: for insert with check => for select using
create table notes (id uuid primary key, user_id uuid not null, title text);
alter table notes enable row level security;
create policy own on notes for insert with check ((select auth.uid()) = user_id);
create view titles with (security_invoker = true) as select n.id, n.title from notes n;
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const titles = () => db.from('titles').select('title')

-- hole: a view whose second table shows nothing
-- finds: blocked-by-row-security public.authors
-- edit: from books b join => from books b left join
create table authors (id uuid primary key, name text);
create table books (id uuid primary key, author_id uuid references authors);
alter table authors enable row level security;
alter table books enable row level security;
create policy see on books for select to authenticated using (true);
create policy add on authors for insert to authenticated with check ((select auth.uid()) = id);
create view shelf with (security_invoker) as select b.id, a.name from books b join authors a on a.id = b.author_id;
-- file: src/books.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const shelf = () => db.from('shelf').select('id, name')

-- hole: a write through a view that no policy lets through
-- finds: blocked-by-row-security public.notes
-- edit: for update using => for delete using
create table notes (id uuid primary key, user_id uuid not null, title text);
alter table notes enable row level security;
create policy see on notes for select using ((select auth.uid()) = user_id);
create policy change on notes for update using ((select auth.uid()) = user_id);
create view titles with (security_invoker = true) as select id, title from notes;
-- file: src/notes.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const forget = (id: string) => db.from('titles').delete().eq('id', id)

-- hole: an upload that no policy of the bucket lets through
-- finds: blocked-by-row-security storage.buckets/avatars
-- edit: for select to authenticated using => for insert to authenticated with check
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy own on storage.objects for select to authenticated using (bucket_id = 'avatars');
create policy docs on storage.objects for insert to authenticated with check (bucket_id = 'docs');
-- file: src/upload.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const upload = (file: File) => db.storage.from('avatars').upload('me.png', file)

-- hole: an upload that may replace a file, without a policy to see it
-- finds: blocked-by-row-security storage.buckets/avatars
-- edit: { upsert: true } => { upsert: false }
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'avatars');
create policy change on storage.objects for update to authenticated using (bucket_id = 'avatars');
-- file: src/upload.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const upload = (file: File) => db.storage.from('avatars').upload('me.png', file, { upsert: true })

-- hole: a download from a private bucket that no policy shows
-- finds: blocked-by-row-security storage.buckets/docs
-- edit: ('docs', 'docs', false) => ('docs', 'docs', true)
insert into storage.buckets (id, name, public) values ('docs', 'docs', false);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'docs');
-- file: src/docs.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const read = () => db.storage.from('docs').download('a.pdf')

-- hole: a removal that removes nothing
-- finds: blocked-by-row-security storage.buckets/docs
-- edit: db.storage.from('docs').remove(['a']) => db.storage.from('docs').getPublicUrl('a')
insert into storage.buckets (id, name, public) values ('docs', 'docs', true);
create policy drop on storage.objects for delete to authenticated using (bucket_id = 'docs');
-- file: src/docs.ts
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const remove = () => db.storage.from('docs').remove(['a'])
