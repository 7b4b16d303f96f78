"""The questions to `pg_catalog`, for PostgreSQL 13 to 18.

Every name in them is found in `pg_catalog`: they run under an empty search path, which is also what makes `format_type`
and the deparsers qualify the names of everything else. Members of extensions are left out, but for those of
extensions that are asked for.

Parameters: `members`, the extensions whose members are wanted too; `relations`, the numbers of the only relations that
are asked about, null for all; `schemas`, the only schemas of functions, null for all.
"""

from __future__ import annotations

__all__ = ["queries"]

# A schema that holds a database's own objects. Temporary and toast schemas begin with pg_ like the catalog itself.
_OWN = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"


def _no_member(catalog: str, oid: str) -> str:
    return (
        f"not exists (select from pg_depend e where e.classid = '{catalog}'::regclass and e.objid = {oid}"
        " and e.deptype = 'e' and e.refobjid not in (select oid from pg_extension where extname = any(%(members)s)))"
    )


_RELATION = (
    f"{_OWN} and {_no_member('pg_class', 'c.oid')}"
    " and (%(relations)s::oid[] is null or c.oid = any(%(relations)s::oid[]))"
)

_SCHEMAS = f"""
select n.nspname as name, pg_get_userbyid(n.nspowner) as owner, obj_description(n.oid, 'pg_namespace') as comment
from pg_namespace n where {_OWN} and {_no_member("pg_namespace", "n.oid")}
"""

_RELATIONS = f"""
select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence,
  c.relrowsecurity as row_security, c.relforcerowsecurity as forced,
  case when c.relkind in ('r', 'p', 'm') then c.relreplident else 'd' end as replica_identity,
  c.relispartition as partition,
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned, c.reloptions as options,
  pg_get_userbyid(c.relowner) as owner, obj_description(c.oid, 'pg_class') as comment,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as query,
  (select array_agg(array[pn.nspname, pc.relname]::text[] order by i.inhseqno)
   from pg_inherits i join pg_class pc on pc.oid = i.inhparent join pg_namespace pn on pn.oid = pc.relnamespace
   where i.inhrelid = c.oid) as parents
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and {_RELATION}
"""

_COLUMNS = f"""
select a.attrelid as relation, a.attnum as number, a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
  pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity as identity, a.attgenerated as generated,
  col_description(a.attrelid, a.attnum) as comment, not a.attislocal as inherited
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and {_RELATION}
order by a.attrelid, a.attnum
"""

# A foreign key to a partitioned table has one internal constraint more for each of that table's partitions.
_CONSTRAINTS = f"""
select o.conrelid as relation, o.conname as name, o.contype as kind, o.conkey as columns,
  (select array_agg(a.attname::text order by k.position)
   from unnest(o.confkey) with ordinality k (attnum, position)
   join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.attnum) as referenced,
  fn.nspname as target_schema, fc.relname as target_name,
  o.confdeltype as on_delete, {{nulled}} as on_delete_columns,
  o.confupdtype as on_update, o.condeferrable as deferrable, o.condeferred as deferred,
  o.convalidated as validated, not o.conislocal as inherited,
  case when o.contype = 'c' then pg_get_expr(o.conbin, o.conrelid) end as expression,
  o.conindid as index
from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_class fc on fc.oid = o.confrelid left join pg_namespace fn on fn.oid = fc.relnamespace
where o.contype in ('p', 'u', 'f', 'c', 'x') and {_RELATION}
  and not exists (select from pg_constraint parent where parent.oid = o.conparentid and parent.conrelid = o.conrelid)
"""

_INDEXES = f"""
select x.indrelid as relation, x.indexrelid as index, ic.relname as name, am.amname as method,
  x.indisunique as unique, x.indisvalid as valid, ic.relispartition as inherited, x.indnkeyatts as keys,
  {{distinct}} as nulls_not_distinct, pg_get_expr(x.indpred, x.indrelid) as predicate,
  o.conname as constraint,
  (select array_agg(case when k.attnum <> 0 then a.attname::text end order by k.position)
   from unnest(x.indkey::smallint[]) with ordinality k (attnum, position)
   left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum) as names,
  (select array_agg(case when k.attnum = 0 then pg_get_indexdef(x.indexrelid, k.position::int, false) end
     order by k.position)
   from unnest(x.indkey::smallint[]) with ordinality k (attnum, position)) as expressions,
  x.indoption::smallint[] as options,
  (select array_agg(case when not oc.opcdefault then oc.opcname::text end order by k.position)
   from unnest(x.indclass::oid[]) with ordinality k (class, position)
   join pg_opclass oc on oc.oid = k.class) as classes,
  case when o.contype = 'x' then
    (select array_agg(case when opn.nspname = 'pg_catalog' then op.oprname::text
       else 'OPERATOR(' || quote_ident(opn.nspname) || '.' || op.oprname || ')' end order by k.position)
     from unnest(o.conexclop) with ordinality k (operator, position)
     join pg_operator op on op.oid = k.operator join pg_namespace opn on opn.oid = op.oprnamespace) end as exclusion
from pg_index x join pg_class ic on ic.oid = x.indexrelid join pg_am am on am.oid = ic.relam
join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_constraint o on o.conindid = x.indexrelid and o.conrelid = x.indrelid and o.contype in ('p', 'u', 'x')
where c.relkind in ('r', 'p', 'm') and {_RELATION}
"""

_POLICIES = f"""
select p.polrelid as relation, p.polname as name, p.polcmd as command, p.polpermissive as permissive,
  array(select case when r = 0 then 'public' else pg_get_userbyid(r)::text end from unnest(p.polroles) r) as roles,
  pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check
from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
where {_RELATION}
"""

_TRIGGERS = f"""
select t.tgrelid as relation, t.tgname as name, fn.nspname as function_schema, f.proname as function_name,
  t.tgtype as type, t.tgargs as arguments, t.tgconstraint <> 0 as constraint, t.tgenabled <> 'D' as enabled,
  t.tgparentid <> 0 as inherited, t.tgqual is not null as conditional, pg_get_triggerdef(t.oid) as definition,
  (select array_agg(a.attname::text order by k.position)
   from unnest(t.tgattr::smallint[]) with ordinality k (attnum, position)
   join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = k.attnum) as columns
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
join pg_proc f on f.oid = t.tgfoid join pg_namespace fn on fn.oid = f.pronamespace
where not t.tgisinternal and {_RELATION}
"""

_FUNCTIONS = f"""
select p.oid, n.nspname as schema, p.proname as name, p.prokind as kind, l.lanname as language,
  p.provolatile as volatility, p.proisstrict as strict, p.prosecdef as definer, p.proconfig as settings,
  case when p.prokind <> 'p' then pg_get_function_result(p.oid) end as returns, {{body}} as body,
  pg_get_userbyid(p.proowner) as owner, obj_description(p.oid, 'pg_proc') as comment,
  p.proargnames as names, p.proargmodes::text[] as modes,
  array(select format_type(t, null) from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality
    k (t, position) order by position) as types,
  case when p.pronargdefaults > 0 then
    array(select pg_get_function_arg_default(p.oid, i) from
      generate_series(1, cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) i order by i) end as defaults
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where {_OWN} and {_no_member("pg_proc", "p.oid")}
  and (%(schemas)s::text[] is null or n.nspname = any(%(schemas)s::text[]))
  and not exists (select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')
"""

# Array types, the row types of tables and multiranges come along with another type.
_TYPES = f"""
select n.nspname as schema, t.typname as name, t.typtype as kind, t.typrelid as relation,
  format_type(t.typbasetype, t.typtypmod) as base, t.typnotnull as required,
  coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) as default, obj_description(t.oid, 'pg_type') as comment,
  case when t.typtype = 'e' then
    array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) end as labels,
  case when t.typtype = 'd' then
    array(select array[o.conname::text, pg_get_expr(o.conbin, 0)] from pg_constraint o
          where o.contypid = t.oid and o.contype = 'c' order by o.conname) end as checks
from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
where t.typtype in ('e', 'd', 'c', 'r', 'b') and (t.typtype <> 'c' or c.relkind = 'c') and t.typisdefined
  and not exists (select from pg_type element where element.typarray = t.oid)
  and {_OWN} and {_no_member("pg_type", "t.oid")}
"""

_SEQUENCES = f"""
select n.nspname as schema, c.relname as name, format_type(s.seqtypid, null) as type,
  obj_description(c.oid, 'pg_class') as comment, d.deptype = 'i' as internal,
  tn.nspname as table_schema, tc.relname as table_name, a.attname as column
from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
  and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
left join pg_class tc on tc.oid = d.refobjid left join pg_namespace tn on tn.oid = tc.relnamespace
left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where {_RELATION}
"""

# Privileges as they are in force: where nothing was granted or revoked, the defaults that PostgreSQL has for the kind.
# What an owner may do to the own object is not a grant.
_GRANTS = f"""
select 'relation' as kind, n.nspname as schema, c.relname as name, null::oid as oid, null as column,
  case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end as role,
  lower(g.privilege_type) as privilege, g.is_grantable as grantable
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) g
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and g.grantee <> c.relowner and {_RELATION}
union all
select 'relation', n.nspname, c.relname, null, a.attname,
  case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end, lower(g.privilege_type), g.is_grantable
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
cross join aclexplode(a.attacl) g
where a.attacl is not null and not a.attisdropped and g.grantee <> c.relowner and {_RELATION}
union all
select 'function', n.nspname, p.proname, p.oid, null,
  case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end, lower(g.privilege_type), g.is_grantable
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
where g.grantee <> p.proowner and {_OWN} and {_no_member("pg_proc", "p.oid")}
union all
select 'schema', null, n.nspname, null, null,
  case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end, lower(g.privilege_type), g.is_grantable
from pg_namespace n cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) g
where g.grantee <> n.nspowner and {_OWN}
"""

_DEFAULT_GRANTS = """
select pg_get_userbyid(d.defaclrole) as creator, n.nspname as schema, d.defaclobjtype as kind,
  case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end as role,
  lower(g.privilege_type) as privilege, g.is_grantable as grantable
from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace cross join aclexplode(d.defaclacl) g
where g.grantee <> d.defaclrole
"""

_EXTENSIONS = """
select e.extname as name, n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
"""

_PUBLICATIONS = """
select p.pubname as name, p.puballtables as all_tables,
  array_remove(array[case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null) as publish,
  array(select array[n.nspname, c.relname]::text[] from pg_publication_rel r join pg_class c on c.oid = r.prrelid
        join pg_namespace n on n.oid = c.relnamespace where r.prpubid = p.oid) as tables,
  {schemas} as schemas
from pg_publication p
"""

_ROLES = "select rolname as name from pg_roles where rolname !~ '^pg_'"


def queries(version: int) -> dict[str, str]:
    """Return each question's SQL for a server of that major version."""
    nulled = "coalesce(o.confdelsetcols, '{}')" if version >= 15 else "array[]::smallint[]"
    distinct = "x.indnullsnotdistinct" if version >= 15 else "false"
    body = "coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)" if version >= 14 else "p.prosrc"
    published = (
        "array(select n.nspname::text from pg_publication_namespace s join pg_namespace n on n.oid = s.pnnspid"
        " where s.pnpubid = p.oid)"
        if version >= 15
        else "array[]::text[]"
    )
    return {
        "schemas": _SCHEMAS,
        "relations": _RELATIONS,
        "columns": _COLUMNS,
        "constraints": _CONSTRAINTS.format(nulled=nulled),
        "indexes": _INDEXES.format(distinct=distinct),
        "policies": _POLICIES,
        "triggers": _TRIGGERS,
        "functions": _FUNCTIONS.format(body=body),
        "types": _TYPES,
        "sequences": _SEQUENCES,
        "grants": _GRANTS,
        "default_grants": _DEFAULT_GRANTS,
        "extensions": _EXTENSIONS,
        "publications": _PUBLICATIONS.format(schemas=published),
        "roles": _ROLES,
    }
