alter table books add column isbn text;
create table loans (book_id uuid references books (id), lent_on date);
