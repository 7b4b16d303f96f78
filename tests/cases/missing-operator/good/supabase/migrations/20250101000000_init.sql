create type kind as enum ('a', 'b');
create table jobs (
  id uuid primary key,
  kind kind not null,
  code varchar(20) not null,
  price numeric(10, 2),
  due timestamptz,
  notes text,
  tags text[],
  extra jsonb,
  raw json
);
alter table jobs enable row level security;
create policy own on jobs using (id = auth.uid());
create table parts (id bigint primary key, job_id uuid references jobs (id), label text);
alter table parts enable row level security;
create policy own on parts using (exists (select from jobs where jobs.id = job_id));
