"""Write `src/tripoint/sql/builtins.json`: what PostgreSQL itself brings along, read from a running server.

Usage: `python tools/generate_builtins.py CONNINFO`, where the server is a freshly initialised PostgreSQL 18. The file
holds the types with their categories, the casts, the functions and operators that SQL can
call, what of these and of the casts is not immutable, and the columns of the system catalogs and the information
schema. Types are indices into the list of types.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psycopg

TARGET = Path(__file__).parent.parent / "src" / "tripoint" / "sql" / "builtins.json"

TYPES = """
select t.oid, format_type(t.oid, -1), t.typcategory, t.typispreferred, e.oid, t.typtype
from pg_type t
left join pg_type e on e.oid = t.typelem and t.typsubscript in ('array_subscript_handler'::regproc)
where t.typnamespace = 'pg_catalog'::regnamespace and t.typrelid = 0
  and not exists (select from pg_type r where r.oid = t.typelem and r.typrelid <> 0)
  and t.typname not in ('internal', 'cstring', '_cstring', 'language_handler', 'fdw_handler', 'index_am_handler',
                        'tsm_handler', 'table_am_handler', 'pg_ddl_command')
order by t.oid
"""

RANGES = "select rngtypid, rngsubtype, rngmultitypid from pg_range order by 1"

CASTS = "select castsource, casttarget from pg_cast where castcontext = '{}' order by 1, 2"

# PostgreSQL looks at what a function in SQL does, where it is put in the place of the call.
SQL_LANGUAGE = "(select oid from pg_language where lanname = 'sql')"

FUNCTIONS = f"""
select p.proname, coalesce(p.proargtypes::oid[], '{{}}'), p.prorettype, p.prokind::text, p.proretset, p.proisstrict,
       p.provariadic <> 0, p.pronargdefaults, p.proargnames, p.proargmodes::text[], p.proallargtypes::oid[],
       p.provolatile <> 'i' and p.prolang <> {SQL_LANGUAGE}
from pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
  and p.proname !~ '^(pg_stat_get_|binary_upgrade_)'
order by p.proname, p.oid
"""

OPERATORS = f"""
select o.oprname, o.oprleft, o.oprright, o.oprresult, p.provolatile <> 'i' and p.prolang <> {SQL_LANGUAGE}
from pg_operator o join pg_proc p on p.oid = o.oprcode
where o.oprresult <> 0 order by o.oprname, o.oid
"""

MUTABLE_CASTS = """
select c.castsource, c.casttarget from pg_cast c join pg_proc p on p.oid = c.castfunc
where p.provolatile <> 'i' and p.pronargs = 1 order by 1, 2
"""

MUTABLE_TEXTS = """
select t.oid from pg_type t join pg_proc p on p.oid = t.{} where p.provolatile <> 'i' order by 1
"""

RELATIONS = """
select n.nspname, c.relname, a.attname, a.atttypid, format_type(a.atttypid, -1)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') and a.attnum > 0
  and c.relname !~ '^(_pg_|sql_|pg_statio_|pg_stat_(xact|wal|io|ssl|gssapi|slru|progress|repl|sub|rec))'
order by 1, 2, a.attnum
"""


def generate(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the content of the file."""
    rows = connection.execute(TYPES).fetchall()
    index = {row[0]: i for i, row in enumerate(rows)}
    index[0] = -1
    types = [
        [text, category + ("!" if preferred else "") + kind, index.get(element or 0, -1)]
        for _, text, category, preferred, element, kind in rows
    ]
    ranges = [[index[oid] for oid in row] for row in connection.execute(RANGES) if all(o in index for o in row)]
    casts, assignments, explicit = (
        [[index[a], index[b]] for a, b in connection.execute(CASTS.format(context)) if a in index and b in index]
        for context in "iae"
    )
    functions: dict[str, list[list[Any]]] = {}
    for row in connection.execute(FUNCTIONS):
        name, arguments, returns, kind, returns_set, strict, variadic, defaults, names, modes, every, mutable = row
        if any(oid not in index for oid in (returns, *arguments, *(every or ()))):
            continue
        flags = kind + ("s" if returns_set else "") + ("t" if strict else "") + ("v" if variadic else "")
        flags += "m" if mutable else ""
        inputs = (
            [n for n, m in zip(names or (), modes or "i" * len(names or ()), strict=False) if m in "ibv"]
            if defaults
            else []
        )
        outputs = {n: index[t] for n, m, t in zip(names or (), modes or (), every or (), strict=False) if m in "obt"}
        entry = [[index[a] for a in arguments], index[returns], flags, defaults, inputs, outputs]
        while not entry[-1]:
            entry.pop()
        functions.setdefault(name, []).append(entry)
    operators: dict[str, list[list[int]]] = {}
    for name, left, right, result, mutable in connection.execute(OPERATORS):
        if left in index and right in index and result in index:
            entry = [index[left], index[right], index[result]]
            operators.setdefault(name, []).append([*entry, 1] if mutable else entry)
    mutable_casts = [[index[a], index[b]] for a, b in connection.execute(MUTABLE_CASTS) if a in index and b in index]
    written, read = (
        [index[oid] for (oid,) in connection.execute(MUTABLE_TEXTS.format(function)) if oid in index]
        for function in ("typoutput", "typinput")
    )
    relations: dict[str, dict[str, dict[str, int]]] = {}
    for schema, relation, column, oid, text in connection.execute(RELATIONS):
        if oid not in index:  # domains of the information schema, arrays of row types
            index[oid] = len(types)
            types.append([text, "", -1])
        relations.setdefault(schema, {}).setdefault(relation, {})[column] = index[oid]
    return {
        "types": types,
        "ranges": ranges,
        "casts": casts,
        "assignments": assignments,
        "explicit": explicit,
        "mutable_casts": mutable_casts,
        "mutable_to_text": written,
        "mutable_from_text": read,
        "functions": functions,
        "operators": operators,
        "relations": relations,
    }


def main() -> int:
    """Connect, generate, write."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with psycopg.connect(sys.argv[1]) as connection:
        content = generate(connection)
    lines = [f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in content.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
