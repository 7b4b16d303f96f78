"""The system catalogs and the information schema as rows, told from a catalog that was folded from text.

Only what migrations ask for is there. A column that is absent from a row, and a value that the catalog can't tell, is
undecided: see `tripoint.sql.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tripoint.model.catalog import Catalog, Function, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.sql.definitions import has_sql_body
from tripoint.sql.types import INTERNAL_NAMES

__all__ = ["HOLE", "SYSTEM_VIEWS", "Hole", "Oid", "Row", "Unlike", "Wanted", "function_oid"]


class Hole:
    """A value that can't be told."""

    __slots__ = ()


HOLE: Final = Hole()

Row = dict[str, Any]

Wanted = Mapping[str, Any]
"""What columns hold in every row that counts: texts and `Oid`s that are told. A view may leave out other rows."""


class Oid(NamedTuple):
    """An object's identity, where PostgreSQL has a number."""

    kind: str
    """rel, type, proc, schema, publication or extension."""
    schema: str
    name: str

    def __str__(self) -> str:
        if self.kind == "proc":
            return f"{quote_identifier(self.schema)}.{self.name}"
        own = quote_identifier(self.name)
        return own if self.schema in ("", "public", "pg_catalog") else f"{quote_identifier(self.schema)}.{own}"


class Unlike(NamedTuple):
    """A value that can't be told, but for what it is not."""

    other: str
    """A text, or the kind of an `Oid`."""

    def differs(self, value: Any) -> bool:
        """Whether a value is one of those that this one is not."""
        return (value.kind if isinstance(value, Oid) else value) == self.other


def _oid(kind: str, name: Name) -> Oid:
    return Oid(kind, name.schema, name.name)


_RELKIND: Final = {"table": "r", "view": "v", "materialized-view": "m", "foreign-table": "f"}
_HELD: Final = ("table", "materialized-view")
_TABLE_TYPE: Final = {"table": "BASE TABLE", "view": "VIEW", "foreign-table": "FOREIGN"}
_PART: Final = regex(r'"(?:[^"]|"")*"|[^."]+')
_CONTYPE: Final = {"primary": "p", "unique": "u", "foreign": "f", "check": "c", "exclude": "x"}
_CONSTRAINT_TYPE: Final = {"primary": "PRIMARY KEY", "unique": "UNIQUE", "foreign": "FOREIGN KEY", "check": "CHECK"}


def _may_be(value: str, wanted: Wanted, *columns: str) -> bool:
    """Whether a row may count that holds the value in each of the columns."""
    return all(wanted.get(column, value) == value for column in columns)


def _tables_of(catalog: Catalog, wanted: Wanted, oid: str, *names: str) -> Iterable[tuple[Name, Table]]:
    """Return the tables whose rows may count, by the columns that hold a table's identity and its name."""
    told: Oid | None = wanted.get(oid)
    if told is not None:
        table = catalog.tables.get(Name(told.schema, told.name)) if told.kind == "rel" else None
        return () if table is None else ((table.name, table),)
    if wanted.keys().isdisjoint(names):
        return catalog.tables.items()
    return [(name, table) for name, table in catalog.tables.items() if _may_be(name.name, wanted, *names)]


def _relations(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        if _may_be(name.name, wanted, "relname"):
            yield {
                "oid": _oid("rel", name),
                "relname": name.name,
                "relnamespace": Oid("schema", "", name.schema),
                "relkind": "p" if table.partitioned else _RELKIND[table.kind],
                "relrowsecurity": table.row_security,
                "relforcerowsecurity": table.force_row_security,
                "relreplident": table.replica_identity[0] if table.kind in _HELD else "n",
                "relispartition": table.partition_of is not None,
            }
        for index in table.indexes.values():
            if not _may_be(index.name, wanted, "relname"):
                continue
            own = Name(name.schema, index.name)
            space = Oid("schema", "", name.schema)
            yield {"oid": _oid("rel", own), "relname": index.name, "relnamespace": space, "relkind": "i"}
    for name in catalog.sequences:
        space = Oid("schema", "", name.schema)
        yield {"oid": _oid("rel", name), "relname": name.name, "relnamespace": space, "relkind": "S"}


def _schemas(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name in dict.fromkeys((*catalog.schemas, "public", "pg_catalog", "information_schema")):
        yield {"oid": Oid("schema", "", name), "nspname": name, "schema_name": name, "catalog_name": HOLE}


def _tables(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "", "tablename"):
        if table.kind == "table":
            yield {
                "schemaname": name.schema,
                "tablename": name.name,
                "tableowner": table.owner or HOLE,
                "rowsecurity": table.row_security,
            }


def _named(kind: str, column: str) -> Callable[[Catalog, Wanted], Iterator[Row]]:
    def rows(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
        for name, table in catalog.tables.items():
            if table.kind == kind:
                yield {
                    "schemaname": name.schema,
                    column: name.name,
                    "table_schema": name.schema,
                    "table_name": name.name,
                }

    return rows


def _types(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    kinds: dict[Name, str] = dict.fromkeys(catalog.tables, "c")
    kinds |= dict.fromkeys(catalog.enums, "e")
    kinds |= dict.fromkeys(catalog.domains, "d")
    kinds |= {n: {"composite": "c", "range": "r", "base": "b"}[c.kind] for n, c in catalog.composites.items()}
    for name, kind in kinds.items():
        if not _may_be(name.name, wanted, "typname"):
            continue
        space = Oid("schema", "", name.schema)
        yield {"oid": _oid("type", name), "typname": name.name, "typnamespace": space, "typtype": kind}


def _labels(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, enum in catalog.enums.items():
        for position, label in enumerate(enum.values):
            yield {"enumtypid": _oid("type", name), "enumlabel": label, "enumsortorder": position + 1}


def _policies(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "polrelid", "tablename"):
        for policy in table.policies.values():
            if not _may_be(policy.name, wanted, "policyname", "polname"):
                continue
            yield {
                "schemaname": name.schema,
                "tablename": name.name,
                "policyname": policy.name,
                "polname": policy.name,
                "polrelid": _oid("rel", name),
                "cmd": policy.command.upper(),
                "permissive": "PERMISSIVE" if policy.permissive else "RESTRICTIVE",
                "roles": list(policy.roles),
            }


def _constraints(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "conrelid", "table_name"):
        for constraint in table.constraints.values():
            if not _may_be(constraint.name, wanted, "conname", "constraint_name"):
                continue
            yield {
                "oid": Oid("constraint", str(name), constraint.name),
                "conname": constraint.name,
                "conrelid": _oid("rel", name),
                "connamespace": Oid("schema", "", name.schema),
                "contype": _CONTYPE[constraint.kind],
                "confrelid": _oid("rel", constraint.references) if constraint.references else 0,
                "conkey": _numbers(table, constraint.columns),
                "confkey": _numbers(catalog.tables.get(constraint.references), constraint.referenced_columns)
                if constraint.references
                else None,
                "contypid": 0,
                "constraint_name": constraint.name,
                "constraint_schema": name.schema,
                "table_schema": name.schema,
                "table_name": name.name,
                "constraint_type": _CONSTRAINT_TYPE.get(constraint.kind, HOLE),
                "convalidated": constraint.validated,
            }
    for name, domain in catalog.domains.items():
        for check in domain.checks:
            yield {"conname": check, "conrelid": 0, "contypid": _oid("type", name), "contype": "c"}


def _numbers(table: Table | None, columns: tuple[str, ...]) -> Any:
    """Return the numbers that `pg_attribute` gives columns; what a table is not known to hold can't be told."""
    if table is None or not columns:
        return HOLE
    numbers = {name: position + 1 for position, name in enumerate(table.columns)}
    return [numbers[one] for one in columns] if numbers.keys() >= set(columns) else HOLE


def _functions(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, overloads in catalog.functions.items():
        if not _may_be(name.name, wanted, "proname", "routine_name"):
            continue
        for function in overloads:
            yield {
                "oid": function_oid(function),
                "proname": name.name,
                "pronamespace": Oid("schema", "", name.schema),
                "pronargs": len(function.identity),
                "prokind": {"function": "f", "procedure": "p", "aggregate": "a", "window": "w"}[function.kind],
                "prosecdef": function.security_definer,
                "proconfig": [f"{key}={value}" for key, value in function.settings.items()] or None,
                "prosrc": HOLE if function.body is None else "" if has_sql_body(function) else function.body,
                "routine_schema": name.schema,
                "specific_schema": name.schema,
                "routine_name": name.name,
                "routine_type": function.kind.upper(),
            }


def function_oid(function: Function) -> Oid:
    """Return a function's identity: its name carries the types of its arguments, ready to stand in SQL."""
    own = f"{quote_identifier(function.name.name)}({', '.join(function.identity)})"
    return Oid("proc", function.name.schema, own)


def _indexes(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "", "tablename"):
        for index in table.indexes.values():
            if not _may_be(index.name, wanted, "indexname"):
                continue
            yield {"schemaname": name.schema, "tablename": name.name, "indexname": index.name}


def _triggers(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "tgrelid", "event_object_table"):
        for trigger in table.triggers.values():
            if not _may_be(trigger.name, wanted, "tgname", "trigger_name"):
                continue
            yield {
                "tgname": trigger.name,
                "tgrelid": _oid("rel", name),
                "tgisinternal": False,
                "trigger_name": trigger.name,
                "trigger_schema": name.schema,
                "event_object_schema": name.schema,
                "event_object_table": name.name,
            }


def _roles(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for role in sorted(catalog.roles):
        yield {"rolname": role, "usename": role}


def _extensions(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name in dict.fromkeys(("plpgsql", *catalog.extensions)):
        yield {"oid": Oid("extension", "", name), "extname": name, "extversion": HOLE}


def _dependencies(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    """Whatever depends on whatever, of which no more is known than that nothing is a member of an extension."""
    columns = ("classid", "objid", "objsubid", "refclassid", "refobjsubid")
    yield dict.fromkeys(columns, HOLE) | {"refobjid": Unlike("extension"), "deptype": Unlike("e")}


def _buckets(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for bucket in catalog.buckets.values():
        yield {"id": bucket.id, "name": HOLE, "public": bucket.public}


def _publications(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for publication in catalog.publications.values():
        yield {
            "oid": Oid("publication", "", publication.name),
            "pubname": publication.name,
            "puballtables": publication.all_tables,
        }


def _published(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for publication in catalog.publications.values():
        names = {
            n
            for n, t in catalog.tables.items()
            if t.kind == "table" and (publication.all_tables or n.schema in publication.schemas)
        }
        for name in sorted(names | publication.tables):
            yield {
                "pubname": publication.name,
                "schemaname": name.schema,
                "tablename": name.name,
                "prpubid": Oid("publication", "", publication.name),
                "prrelid": _oid("rel", name),
            }


def _attributes(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "attrelid", "table_name"):
        for position, column in enumerate(table.columns.values()):
            if not _may_be(column.name, wanted, "attname", "column_name"):
                continue
            yield {
                "attrelid": _oid("rel", name),
                "attname": column.name,
                "attnum": position + 1,
                "attnotnull": not column.nullable,
                "attisdropped": False,
                "attidentity": {"always": "a", "by default": "d"}.get(column.identity, ""),
                "table_schema": name.schema,
                "table_name": name.name,
                "column_name": column.name,
                "ordinal_position": position + 1,
                "is_nullable": "YES" if column.nullable else "NO",
                "column_default": None if column.default is None else HOLE,
                "data_type": _data_type(column.type),
                **_own_type(column.type, catalog),
                "is_identity": "YES" if column.identity else "NO",
                "is_generated": "ALWAYS" if column.generated else "NEVER",
            }
        if not table.complete:
            yield _any_column(name)


def _any_column(name: Name) -> Row:
    """Return the row that stands for the columns of a table which are not known."""
    own = {"attrelid": _oid("rel", name), "table_schema": name.schema, "table_name": name.name}
    return own | dict.fromkeys(("attname", "column_name"), HOLE)


def _data_type(text: str) -> Any:
    """Return information_schema.columns.data_type: no modifier, ARRAY, USER-DEFINED."""
    if text.endswith("[]"):
        return "ARRAY"
    if "." in text.partition("(")[0]:
        return "USER-DEFINED"
    before, opened, after = text.partition("(")
    return before + after.partition(")")[2] if opened else text


def _own_type(text: str, catalog: Catalog) -> Row:
    """Return information_schema.columns.udt_schema and udt_name: what pg_type calls the type, `_` before an element's.

    Of a domain they say what it is made of, which is left open.
    """
    bare, array = (text[:-2], "_") if text.endswith("[]") else (text, "")
    before, opened, after = bare.partition("(")
    plain = before + after.partition(")")[2] if opened else bare
    written = [part[1:-1].replace('""', '"') if part[0] == '"' else part for part in _PART.findall(plain)]
    if len(written) != 2:
        return {"udt_schema": "pg_catalog", "udt_name": array + INTERNAL_NAMES.get(plain, plain)}
    schema, name = written
    if not array and Name(schema, name) in catalog.domains:
        return {}
    return {"udt_schema": schema, "udt_name": array + name}


def _all_tables(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "", "table_name"):
        if table.kind in _TABLE_TYPE:
            yield {"table_schema": name.schema, "table_name": name.name, "table_type": _TABLE_TYPE[table.kind]}


def _key_columns(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in _tables_of(catalog, wanted, "", "table_name"):
        for constraint in table.constraints.values():
            if constraint.kind in ("primary", "unique", "foreign"):
                for column in constraint.columns:
                    yield _key_column(name, table, constraint.name, column)


def _used_columns(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    """Of a foreign key the view has the columns that are referenced, not those that refer."""
    for name, table in catalog.tables.items():
        for constraint in table.constraints.values():
            if constraint.kind == "exclude":
                continue
            used, columns = (name, constraint.columns)
            if constraint.references is not None:
                used, columns = constraint.references, constraint.referenced_columns
            for column in columns or (HOLE,):
                yield {
                    "constraint_schema": name.schema,
                    "constraint_name": constraint.name,
                    "table_schema": used.schema,
                    "table_name": used.name,
                    "column_name": column,
                }


def _key_column(name: Name, table: Table, constraint: str, column: str) -> Row:
    return {
        "constraint_schema": name.schema,
        "constraint_name": constraint,
        "table_schema": name.schema,
        "table_name": table.name.name,
        "column_name": column,
    }


def _sequences(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name in catalog.sequences:
        yield {
            "schemaname": name.schema,
            "sequencename": name.name,
            "sequence_schema": name.schema,
            "sequence_name": name.name,
        }


SYSTEM_VIEWS: Final[dict[tuple[str, str], Callable[[Catalog, Wanted], Iterator[Row]]]] = {
    ("pg_catalog", "pg_attribute"): _attributes,
    ("pg_catalog", "pg_class"): _relations,
    ("pg_catalog", "pg_constraint"): _constraints,
    ("pg_catalog", "pg_depend"): _dependencies,
    ("pg_catalog", "pg_enum"): _labels,
    ("pg_catalog", "pg_extension"): _extensions,
    ("pg_catalog", "pg_indexes"): _indexes,
    ("pg_catalog", "pg_matviews"): _named("materialized-view", "matviewname"),
    ("pg_catalog", "pg_namespace"): _schemas,
    ("pg_catalog", "pg_policies"): _policies,
    ("pg_catalog", "pg_policy"): _policies,
    ("pg_catalog", "pg_proc"): _functions,
    ("pg_catalog", "pg_publication"): _publications,
    ("pg_catalog", "pg_publication_rel"): _published,
    ("pg_catalog", "pg_publication_tables"): _published,
    ("pg_catalog", "pg_roles"): _roles,
    ("pg_catalog", "pg_authid"): _roles,
    ("pg_catalog", "pg_user"): _roles,
    ("pg_catalog", "pg_sequences"): _sequences,
    ("pg_catalog", "pg_tables"): _tables,
    ("pg_catalog", "pg_trigger"): _triggers,
    ("pg_catalog", "pg_type"): _types,
    ("pg_catalog", "pg_views"): _named("view", "viewname"),
    ("information_schema", "columns"): _attributes,
    ("information_schema", "constraint_column_usage"): _used_columns,
    ("information_schema", "key_column_usage"): _key_columns,
    ("information_schema", "routines"): _functions,
    ("information_schema", "schemata"): _schemas,
    ("information_schema", "sequences"): _sequences,
    ("information_schema", "table_constraints"): _constraints,
    ("information_schema", "tables"): _all_tables,
    ("information_schema", "triggers"): _triggers,
    ("information_schema", "views"): _named("view", "viewname"),
    ("storage", "buckets"): _buckets,
}
"""(schema, relation) → its rows."""
