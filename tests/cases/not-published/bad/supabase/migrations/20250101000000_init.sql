create table public.messages (id bigint primary key, body text);
create table public.rooms (id bigint primary key);
alter publication supabase_realtime add table public.rooms;
