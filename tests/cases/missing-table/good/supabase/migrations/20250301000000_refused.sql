-- PostgreSQL refuses this: a constraint has one kind. A notice says so; whether the table is there can't be told.
create table public.swipes (
  id bigint primary key,
  target bigint,
  constraint not_self unique (id) check (id <> target)
);
create index swipes_target on public.swipes (target);
