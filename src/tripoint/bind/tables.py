"""Which table a query means."""

from __future__ import annotations

from typing import Final

from tripoint.model.binding import TableBinding
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.query import ANY_SCHEMA, Query
from tripoint.sql.builtins import builtins

__all__ = [
    "bind_table",
    "default_schema",
    "lookup_table",
    "may_be_changed",
    "may_be_created",
    "query_table_name",
    "system_relation",
]

_SYSTEM: Final = frozenset({"pg_catalog", "information_schema"})

_EXTENSION_RELATIONS: Final = frozenset(
    {
        *("geography_columns", "geometry_columns", "raster_columns", "raster_overviews", "spatial_ref_sys"),
        *("hypopg_hidden_indexes", "hypopg_list_indexes", "pg_stat_statements", "pg_stat_statements_info"),
    }
)


def query_table_name(query: Query, evidence: Evidence) -> Name | None:
    """Return the table that `query` names, in the schema that PostgREST would look in.

    A client that names no schema asks for the first exposed one (PostgREST, `db-schemas`). Of a schema that is only
    known at run time the name tells, where one schema alone has such a table.
    """
    if query.name is None:
        return None
    if query.schema == ANY_SCHEMA:
        named = _named(query.name, evidence)
        return named.pop() if len(named) == 1 else None
    if query.kind == "model":
        return _mapped(Name(query.schema or "public", query.name), query.schema is not None, evidence)
    return Name(query.schema or default_schema(evidence), query.name)


def system_relation(name: Name) -> Name | None:
    """Return the relation of PostgreSQL's own catalog that is meant by the name of a table that nothing creates.

    Some write its schema into the name (`from('information_schema.tables')`), or leave it out as SQL may.
    """
    if name.schema in _SYSTEM:
        return name
    schema, dot, relation = name.name.partition(".")
    if dot:
        return Name(schema, relation) if schema in _SYSTEM else None
    own = Name("pg_catalog", name.name)
    return own if name.name.startswith("pg_") and own in builtins().relations else None


def _named(name: str, evidence: Evidence) -> set[Name]:
    catalogs = (evidence.defined, evidence.held, evidence.declared, evidence.beyond)
    return {found for catalog in catalogs if catalog for found in catalog.tables if found.name == name}


def _mapped(name: Name, said: bool, evidence: Evidence) -> Name:
    """Return the table that a model maps to, which goes to the database itself and not to the API.

    The schema may be one for all models (`MetaData(schema=…)`) or the session's (`SET search_path`): where the model
    says none, or one that no table is in, the only table of that name is meant.
    """
    if lookup_table(name, evidence) is None and not (
        said and any(t.schema == name.schema for t in evidence.defined.tables)
    ):
        named = _named(name.name, evidence)
        return named.pop() if len(named) == 1 else name
    return name


def default_schema(evidence: Evidence) -> str:
    """Return the schema that a client asks for where it names none."""
    exposed = evidence.database.settings.exposed_schemas
    return exposed[0] if exposed else "public"


def lookup_table(name: Name, evidence: Evidence) -> Table | None:
    """Return the table of that name: of the project, of the database that was read, or of the platform."""
    table = evidence.beyond.tables.get(name) if evidence.beyond is not None else None
    table = table or evidence.defined.tables.get(name)
    if table is None and evidence.held is not None:
        table = evidence.held.tables.get(name)
    if table is None and evidence.declared is not None:
        table = evidence.declared.tables.get(name)
    return table or evidence.platform.tables.get(name)


def may_be_created(name: str, evidence: Evidence) -> str | None:
    """Return why an object called `name` may exist although no statement that can be read creates it, or None.

    What a statement may touch is known with its schema or without.
    """
    if name in _EXTENSION_RELATIONS:
        return "an extension makes it"
    reason = may_be_changed(name, evidence)
    for opaque in () if reason is not None else evidence.opaque:
        if any(one.endswith("*") and name.startswith(one[:-1]) for one in opaque.may_touch or ()):
            return opaque.reason
    return reason or next((unseen.reason for unseen in evidence.unseen if unseen.may_make(name)), None)


def may_be_changed(name: str, evidence: Evidence, columns: bool = False) -> str | None:
    """Return why a statement whose effect can't be told may have changed an object called `name`, or None.

    With `columns`, it is asked of the columns alone, which constraints and indexes leave as they are.
    """
    for opaque in evidence.opaque:
        if columns and not opaque.columns:
            continue
        touched = opaque.may_touch or ()
        if name in touched or any(one.endswith(f".{name}") for one in touched):
            return opaque.reason
    return None


def bind_table(query: Query, evidence: Evidence) -> TableBinding:
    """Hold the table that `query` names against everything that is known to exist."""
    name = query_table_name(query, evidence)
    if name is None:
        what = "name" if query.name is None else "schema"
        return TableBinding("undecidable", None, reason=query.reason or f"the {what} is only known at run time")
    table = lookup_table(name, evidence)
    if table is not None:
        return TableBinding("bound", name, table)
    if system_relation(name) is not None:
        return TableBinding("undecidable", None, reason="it is PostgreSQL's own")
    reason = may_be_created(name.name, evidence)
    if reason is None and name.schema != "public" and name.schema in evidence.platform.schemas:
        reason = f"the platform makes the tables of {name.schema} itself, and its versions differ"
    if reason is not None:
        return TableBinding("undecidable", name, reason=reason)
    return TableBinding("unknown", name)
