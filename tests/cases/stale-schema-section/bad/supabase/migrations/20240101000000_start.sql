create table shelves (id uuid primary key, label text not null);
create table books (id uuid primary key, shelf_id uuid references shelves (id), title text);
