create function public.jobs_of(p_id text, p_kind text) returns setof text language plpgsql as $$
begin
  return query select j.notes from public.jobs j where j.id = p_id and j.kind in (p_kind);
end $$;
create function public.is_due(p_due text) returns boolean language plpgsql as $$
begin
  return exists (select from public.jobs j where j.due < p_due);
end $$;
