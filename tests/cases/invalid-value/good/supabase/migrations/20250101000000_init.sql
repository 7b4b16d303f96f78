create type public.job_status as enum ('queued', 'running', 'done');
create table public.jobs (
  id bigint primary key,
  status public.job_status not null default 'queued',
  priority text not null default 'low' check (priority in ('low', 'high')),
  note text check (note <> 'none' or priority in ('low'))
);
alter type public.job_status add value 'finished' after 'done';
alter table public.jobs add column origin text;
alter table public.jobs add check (origin in ('web', 'app')) not valid;
create function public.close(job bigint) returns void language plpgsql set search_path = '' as $$
begin
  update public.jobs set status = 'done' where id = job;
end $$;
