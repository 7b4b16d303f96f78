"""What several rules ask of the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from tripoint.bind.tables import bind_table
from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Constraint, Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import POSSIBLE, Mark
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Filter, Query, Written
from tripoint.model.regex import regex
from tripoint.sources.layouts.kinds import RUNNER_TABLES

__all__ = [
    "BESIDE",
    "MAPPED",
    "Gone",
    "assumed_grants",
    "bindings",
    "code_mark",
    "compared",
    "foreign_keys",
    "is_exposed",
    "may_be_meant",
    "not_created",
    "of_one_cause",
    "own_functions",
    "own_tables",
    "owners_of_words",
    "place_marks",
    "relationship",
    "runner_tables",
    "sql_texts",
    "table_marks",
    "table_queries",
    "unknown_tables",
    "went",
    "written",
]

_WORD = regex(r"[^\W\d]\w*")
_API_ROLES = frozenset({"anon", "authenticated", "public"})

BESIDE = "the document is not taken for the domain model"
MAPPED = "mapped here"
"""What is said of the place of an ORM's model."""
_FEW_VALUES = 2
runner_tables = RUNNER_TABLES | {"spatial_ref_sys"}
"""Tables of migration runners and of PostGIS: kept by a tool, never a finding."""


def may_be_meant(evidence: Evidence) -> frozenset[str]:
    """Return what an unknown name may mean: nothing names it, and yet it is not unused."""
    first = (suggestion for ranked in evidence.meanings.values() for suggestion in ranked[:1])
    return frozenset(one.target for one in first if one.kind == "rename" and one.confidence >= POSSIBLE)


def own_tables(evidence: Evidence, *kinds: str) -> Iterator[Table]:
    """Yield the project's own relations of the given kinds (all where none is given), by name.

    Partitions are left out: they are spoken of through the table that they belong to. So are the platform's tables, the
    migration runner's own, and those of schemas that the platform manages.
    """
    for table in evidence.answer("own tables", lambda: [*_own_tables(evidence)]):
        if not kinds or table.kind in kinds:
            yield table


def _own_tables(evidence: Evidence) -> Iterator[Table]:
    for name, table in sorted(evidence.defined.tables.items()):
        if table.partition_of is not None or name in evidence.platform.tables or name.name in runner_tables:
            continue
        if name.schema in evidence.platform.schemas and name.schema != "public":
            continue
        if name.schema.startswith("_timescaledb_"):
            continue  # a dump holds what the extension keeps of each hypertable
        yield table


def own_functions(evidence: Evidence) -> Iterator[Function]:
    """Yield the project's own functions, by name and arguments; the platform's and their replacements are left out."""
    for name, overloads in sorted(evidence.defined.functions.items()):
        if name in evidence.platform.functions or (
            name.schema in evidence.platform.schemas and name.schema != "public"
        ):
            continue
        yield from sorted(overloads, key=lambda function: function.identity)


def table_queries(evidence: Evidence) -> Iterator[Query]:
    """Yield what the product's own code (not its tests) asks tables for: calls of a client, subscriptions, models."""
    return (q for q in evidence.queries if q.kind in ("table", "channel", "model") and not q.test)


def unknown_tables(evidence: Evidence) -> dict[Name, list[Query]]:
    """Return the tables that the code asks for and nothing creates, each with its queries in order."""
    found: dict[Name, list[Query]] = evidence.answer("unknown tables", lambda: _unknown_tables(evidence))
    return dict(found)


def _unknown_tables(evidence: Evidence) -> dict[Name, list[Query]]:
    unknown: dict[Name, list[Query]] = defaultdict(list)
    for query in table_queries(evidence):
        binding = bind_table(query, evidence)
        if binding.outcome == "unknown" and binding.name is not None and query.certain:
            unknown[binding.name].append(query)
    return dict(sorted(unknown.items()))


def bindings(evidence: Evidence, *kinds: str) -> tuple[QueryBinding, ...]:
    """Return what became of the queries of the product's own code (not of its tests) that are of the given kinds."""
    found: tuple[QueryBinding, ...] = evidence.answer(
        f"bindings of {kinds}",
        lambda: tuple(b for b in evidence.bindings if not b.query.test and b.query.certain and b.query.kind in kinds),
    )
    return found


ANOTHER_API = "models or SQL reach this database, which knows nothing that the API is asked for: it may be another's"


def asks_another_api(evidence: Evidence) -> bool:
    """Whether models or SQL of the code reach known tables, and of what it asks an API for, no table is known."""
    return bool(evidence.answer("asks another API", lambda: _asks_another_api(evidence)))


def _asks_another_api(evidence: Evidence) -> bool:
    asked, mapped = bindings(evidence, "table"), bindings(evidence, "model")
    if any(b.table is not None and b.table.outcome == "bound" for b in asked):
        return False
    if any(b.table is not None and b.table.outcome == "bound" for b in mapped):
        return True
    written = (r for b in evidence.bindings if not b.query.test for r in b.references)
    return any(r.kind == "relation" and r.outcome == "bound" for r in written)


def compared(binding: QueryBinding) -> Iterator[tuple[Table, Filter]]:
    """Yield each condition and order term of a query on a column, with the table that has it: an embedded one's too."""
    own = binding.table.table if binding.table is not None else None
    met: dict[tuple[Place, str], Table] = {}
    if any(condition.path for condition in binding.query.filters):
        met = {(one.place, one.column): one.table for one in binding.columns if one.use in ("filter", "order")}
    for condition in binding.query.filters:
        table = met.get((condition.place, condition.column)) if condition.path else own
        if table is not None and condition.json_path is None and condition.column in table.columns:
            yield table, condition


def written(binding: QueryBinding) -> Iterator[tuple[Table, Written]]:
    """Yield each key that a query writes to a column which its table has."""
    own = binding.table.table if binding.table is not None else None
    for key in binding.query.written:
        if own is not None and key.column in own.columns:
            yield own, key


def code_mark(query: Query, note: str | None = None) -> Mark:
    """Return the primary mark of a query at the name that it asks for."""
    return Mark(query.place, "code", "primary", note, query.symbol)


def not_created(evidence: Evidence) -> str:
    """Return how a sentence begins that says of an object that it is not there: `No migration creates`."""
    match evidence.database.definition:
        case "orm" if evidence.database.by_types:
            return "The generated types do not hold"
        case "orm":
            return "No model of an ORM maps to"
        case "declarative":
            return "The schema does not create"
        case "database" | "dump":
            return "The database does not hold"
    return "No migration creates"


def place_marks(place: Place | None, note: str) -> tuple[Mark, ...]:
    """Return the primary mark of what a migration made; none where a database alone holds it."""
    return (Mark(place, "migrations", "primary", note),) if place is not None else ()


def table_marks(table: Table, note: str = "created here", role: str = "related") -> tuple[Mark, ...]:
    """Return the mark of the statement that creates `table`, where that is known."""
    if table.place is None:
        return ()
    return (Mark(table.place, "migrations", "primary" if role == "primary" else "related", note),)


class Gone(NamedTuple):
    """What the history did with a table or a column that it had."""

    deed: Literal["dropped", "renamed"]
    to: str
    """What it is called since, where it was renamed, after " to "; else empty."""
    file: str
    mark: Mark


def went(subject: str, evidence: Evidence) -> Gone | None:
    """Return how a table or a column that is missing went away at last; None where the history never had it."""
    ways = [
        Gone("dropped", "", file_name(place.path), Mark(place, "migrations", "related", "dropped here"))
        for gone, place in evidence.drops
        if gone == subject
    ]
    for old, new, place in evidence.renames:
        if old == subject:
            table, _, column = new.rpartition(".")
            name = column if subject.startswith(f"{table}.") and subject.count(".") > 1 else new
            mark = Mark(place, "migrations", "related", "renamed here")
            ways.append(Gone("renamed", f" to {name}", file_name(place.path), mark))
    if len(ways) < 2:
        return ways[0] if ways else None
    order = {file.path: index for index, file in enumerate(evidence.database.migrations)}
    # It may have been made anew since, and gone again.
    return max(ways, key=lambda way: (order.get(way.mark.place.path, -1), way.mark.place.start))


def foreign_keys(evidence: Evidence) -> Iterator[tuple[Table, Constraint]]:
    """Yield the foreign keys of the project's own tables, by table and name; inherited copies are left out."""
    for table in own_tables(evidence, "table", "foreign-table"):
        for constraint in table.constraint("foreign"):
            if constraint.references is not None and not constraint.inherited:
                yield table, constraint


def relationship(table: Name, references: Name) -> str:
    """Return the subject of a finding about the relationship of two tables."""
    return f"{table} -> {references}"


def is_exposed(table: Table, evidence: Evidence) -> bool:
    """Whether the platform's API serves the schema of `table`."""
    return evidence.database.platform == "supabase" and table.name.schema in evidence.database.settings.exposed_schemas


def assumed_grants(table: Table, evidence: Evidence) -> tuple[frozenset[str], str | None]:
    """Return the API roles that hold any privilege on `table`, and the assumption that was made to tell.

    Where `[api].auto_expose_new_tables` is not set, the platform's former default grants are assumed, and that is said:
    production databases older than the change of 2026 (changelog 45329) hold them, fresh environments do not.
    """
    roles = frozenset(g.role for g in table.grants) & _API_ROLES
    widest = "anon" if "anon" in roles else "authenticated"
    if not any(grant.role == widest for grant in table.default_granted):
        return roles, None
    setting = evidence.database.settings.auto_expose_new_tables
    by_default = any(d.kind == "tables" and d.grant.role in _API_ROLES for d in evidence.platform.default_grants)
    if setting is None and by_default and roles:
        return roles, "assuming the platform's former default grants, since [api].auto_expose_new_tables is not set"
    return roles, None


def sql_texts(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield (owner, text) of every piece of SQL in the catalog that can name other objects."""
    for name, functions in evidence.defined.functions.items():
        for function in functions:
            yield str(name), function.body or ""
            yield str(name), " ".join(f"{a.type} {a.default or ''}" for a in function.arguments)
    for name, table in evidence.defined.tables.items():
        yield str(name), table.query or ""
        for column in table.columns.values():
            yield str(name), column.default or ""
        for constraint in table.constraints.values():
            yield str(name), constraint.expression or ""
        for index in table.indexes.values():
            yield str(name), " ".join(c.expression or "" for c in index.columns) + " " + (index.predicate or "")
        for trigger in table.triggers.values():
            yield str(name), trigger.when or ""
        for policy in table.policies.values():
            yield str(name), f"{policy.using or ''} {policy.check or ''}"
    for domain in evidence.defined.domains.values():
        yield str(domain.name), " ".join(domain.checks.values())


def owners_of_words(evidence: Evidence, words: Collection[str]) -> dict[str, set[str]]:
    """Return, for each of `words` (in lower case) that SQL in the catalog holds, what that SQL belongs to."""
    found: dict[str, set[str]] = {}
    for owner, text in sql_texts(evidence):
        for word in _WORD.findall(text.lower()):
            if word in words:
                found.setdefault(word, set()).add(owner)
    return found


def file_name(path: str) -> str:
    """Return a migration's file name, with its folder where a runner calls every file alike (`up.sql`)."""
    folder, _, name = path.rpartition("/")
    return f"{folder.rpartition('/')[2]}/{name}" if folder and name in ("up.sql", "migration.sql") else name


def of_one_cause(lacking: Sequence[str], listed_values: Sequence[str]) -> bool:
    """Whether the values that an ORM's schema lists and the type lacks are one finding: where they are many, or where
    the type has none of several, since the models write them otherwise.
    """
    return len(lacking) > _FEW_VALUES or 1 < len(lacking) == len(listed_values)
