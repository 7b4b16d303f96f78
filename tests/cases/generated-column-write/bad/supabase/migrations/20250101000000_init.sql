create table public.lines (
  id bigint generated always as identity primary key,
  net numeric not null,
  gross numeric generated always as (net * 1.2) stored
);
alter table public.lines add column tax numeric generated always as (net * 0.2) stored;
create function public.correct(p_id bigint, p_net numeric) returns void language plpgsql set search_path = '' as $$
begin
  update public.lines set net = p_net, gross = p_net * 1.2 where id = p_id;
  insert into public.lines (id, net) values (p_id + 1, p_net);
end $$;
