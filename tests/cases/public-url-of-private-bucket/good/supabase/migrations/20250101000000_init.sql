insert into storage.buckets (id, name, public) values ('portraits', 'portraits', 'true');
insert into storage.buckets (id, name) values ('covers', 'covers');
update storage.buckets set public = true where id = 'covers';
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
