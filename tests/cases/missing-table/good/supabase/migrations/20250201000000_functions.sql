create function public.fill_report() returns void language plpgsql as $$
declare
  line record;
begin
  create temporary table report_lines (id uuid, name text);
  insert into report_lines select id, full_name from profiles;
  for line in with named as (select * from report_lines) select n.name from named n loop
    raise notice '%', line.name;
  end loop;
  if to_regclass('public.signup_log') is not null then
    delete from public.signup_log;
  end if;
  perform 1 from pg_catalog.pg_tables t join information_schema.columns c on c.table_name = t.tablename;
  execute 'insert into archive_' || to_char(now(), 'YYYY') || ' select 1';
end
$$;
create function public.pages() returns setof text language sql as $$ select name from cron.job $$;
create function public.broken() returns void language sql as $$ select 1 from former $$;
create or replace function public.broken() returns void language sql as $$ select 1 from profiles $$;
create function public.gone() returns void language plpgsql as $$ begin perform 1 from former; end $$;
drop function public.gone();
