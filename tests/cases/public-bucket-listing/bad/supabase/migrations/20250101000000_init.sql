insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy "Avatars" on storage.objects for select using (bucket_id = 'avatars');
