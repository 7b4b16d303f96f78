create table public.mails (id bigint primary key);
create function public.announce() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform net.http_post(url := 'https://example.supabase.co/functions/v1/announce-mail', body := '{}'::jsonb);
  return new;
end $$;
create trigger announce after insert on public.mails for each row execute function public.announce();
select cron.schedule('digest', '0 7 * * *', $$
  select net.http_post(url := (select decrypted_secret from vault.decrypted_secrets where name = 'url')
    || '/functions/v1/send-digest', body := '{}'::jsonb)
$$);
