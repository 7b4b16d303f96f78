create table jobs (id uuid primary key, handler regproc);
