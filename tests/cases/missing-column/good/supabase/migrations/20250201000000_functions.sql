create function public.rename(which uuid, name text) returns text language plpgsql as $$
#variable_conflict use_column
<<whole>>
declare
  row public.customers;
  pair record;
  count integer := 0;
  same public.customers.name%type;
begin
  select c.* into row from customers c where c.id = which and c.name <> rename.name;
  for pair in select o.id as order_id, c.name as owner from orders o join customers c on c.id = o.customer_id loop
    count := count + 1;
    same := pair.owner || pair.order_id || whole.count;
  end loop;
  for number in 1..count loop
    perform number, row.details -> 'x';
  end loop;
  update customers set name = rename.name where id = row.id returning customers.name into same;
  return same;
end
$$;
create function public.touch() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'orders' then
    new.placed_at := now();
  else
    new.details := '{}';
  end if;
  return new;
end
$$;
create trigger touch before update of name on public.customers for each row
  when (new.name is distinct from old.name) execute function public.touch();
create trigger touch before update on public.orders for each row execute function public.touch();
create function public.first_order(customer uuid) returns timestamptz language sql stable
  begin atomic select min(o.placed_at) from public.orders o where o.customer_id = customer; end;
create function public.tidy() returns trigger language plpgsql as $$
begin
  case tg_table_name
    when 'posts' then new.title := trim(new.title);
    else new.name := trim(new.name);
  end case;
  return new;
end
$$;
create trigger tidy before insert on public.customers for each row execute function public.tidy();
