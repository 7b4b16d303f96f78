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
