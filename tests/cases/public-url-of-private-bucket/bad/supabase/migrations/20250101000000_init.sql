insert into storage.buckets (id, name) values ('portraits', 'portraits');
insert into storage.buckets (id, name, public) values ('letters', 'letters', false) on conflict (id) do nothing;
