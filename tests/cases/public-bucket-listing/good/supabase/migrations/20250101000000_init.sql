insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy "Avatars" on storage.objects for select using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
