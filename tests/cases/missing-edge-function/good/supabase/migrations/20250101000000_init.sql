create table public.mails (id bigint primary key);
create function public.announce() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  kept text := 'https://example.supabase.co/functions/v1/send-mail';
begin
  if kept like '%/functions/v1/old-mail' or kept = 'https://example.supabase.co/functions/v1/older-mail' then
    return new;
  end if;
  perform net.http_post(url := 'https://example.supabase.co/functions/v1/send-' || 'mail', body := '{}'::jsonb);
  return new;
end $$;
create trigger announce after insert on public.mails for each row execute function public.announce();
select cron.schedule('digest', '0 7 * * *', $$
  select net.http_post(url := 'https://example.supabase.co/functions/v1/send-mail?only=digest', body := '{}'::jsonb)
$$);
select cron.schedule('gone', '0 7 * * *', 'select net.http_post(''https://example.supabase.co/functions/v1/gone'')');
select cron.unschedule('gone');
