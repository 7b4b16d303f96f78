create type state as enum ('draft', 'sent');
create table books (
    id uuid primary key, title text, pages integer, state state, tags text[], price real, author_id text, added timestamp
);
