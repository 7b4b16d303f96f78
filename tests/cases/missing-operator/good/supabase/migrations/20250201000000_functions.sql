create function public.jobs_of(p_id text, p_kind public.kind) returns setof text language plpgsql as $$
begin
  return query select j.notes from public.jobs j
    where j.id = p_id::uuid and j.kind = p_kind and j.code = p_id and j.kind = 'a' and j.kind::text = p_id;
end $$;
create function public.is_due(p_due date) returns boolean language plpgsql as $$
begin
  return exists (select from public.jobs j where j.due < p_due and j.price > 3::bigint);
end $$;
