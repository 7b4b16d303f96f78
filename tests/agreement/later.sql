-- A later session begins with the search path that the role was given.
create table lands_beside (id int);
