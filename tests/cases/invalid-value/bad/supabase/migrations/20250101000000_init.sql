create type public.job_status as enum ('queued', 'running', 'done');
create table public.jobs (
  id bigint primary key,
  status public.job_status not null default 'queued',
  priority text not null default 'low' check (priority in ('low', 'high'))
);
create function public.close(job bigint) returns void language plpgsql set search_path = '' as $$
begin
  update public.jobs set status = 'closed' where id = job;
end $$;
alter table public.jobs enable row level security;
create policy "Urgent ones are seen" on public.jobs for select to authenticated using (priority = 'soon'::text);
create function public.count_idle() returns bigint language sql set search_path = '' as $$
  select count(*) from public.jobs j where j.priority = 'idle'
$$;
