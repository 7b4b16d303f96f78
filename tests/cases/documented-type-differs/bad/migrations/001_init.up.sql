create table books (id uuid primary key, title text, pages integer, shelf uuid, tags text, added date);
