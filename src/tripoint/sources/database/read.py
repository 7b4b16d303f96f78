"""`pg_catalog` → Catalog, for a replayed and for a live database alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tripoint.model.catalog import (
    REPLICA_IDENTITIES,
    Argument,
    Bucket,
    Catalog,
    Column,
    Composite,
    Constraint,
    DefaultGrant,
    Domain,
    Enum,
    Extension,
    Function,
    Grant,
    Index,
    IndexColumn,
    Policy,
    Publication,
    ReferentialAction,
    Schema,
    Sequence,
    Table,
    TableKind,
    Trigger,
)
from tripoint.model.name import Name, quote_identifier
from tripoint.sources.database.queries import queries
from tripoint.sources.database.rows import (
    CatalogUnreadable,
    ColumnRow,
    ConstraintRow,
    FunctionRow,
    IndexRow,
    PolicyRow,
    RelationRow,
    Rows,
    SequenceRow,
    TriggerRow,
    TypeRow,
    checked,
)

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["OLDEST", "catalog_of", "read_catalog", "read_some", "read_within", "snapshot"]

OLDEST = 13
"""The oldest major version of PostgreSQL that can be read."""

T = TypeVar("T")

_KINDS: dict[str, TableKind] = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized-view",
    "f": "foreign-table",
}
_ACTIONS: dict[str, ReferentialAction] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_CONSTRAINTS = {"p": "primary", "u": "unique", "f": "foreign", "c": "check", "x": "exclude"}
_COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}
_MODES = {"i": "in", "o": "out", "b": "inout", "v": "variadic", "t": "table"}
_FUNCTIONS = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window"}
_VOLATILITIES = {"i": "immutable", "s": "stable", "v": "volatile"}
_DEFAULTS = {"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas"}
_EVENTS = ((4, "insert"), (8, "delete"), (16, "update"), (32, "truncate"))


@contextmanager
def snapshot(connection: Connection[Any], timeout: float = 30) -> Iterator[None]:
    """Hold one read-only, repeatable snapshot for the block, with a time limit (seconds) for each statement.

    The search path is empty within. Raises `RuntimeError` where the server does not confirm that it is read-only, and
    whatever psycopg raises. The connection must be in no transaction.
    """
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        settings = connection.execute(
            "select pg_catalog.set_config('search_path', '', true),"
            f" pg_catalog.set_config('statement_timeout', '{int(timeout * 1000)}', true),"
            " pg_catalog.set_config('lock_timeout', '5000', true),"
            " pg_catalog.current_setting('transaction_read_only'), pg_catalog.current_setting('transaction_isolation')"
        ).fetchone()
        if settings is None or settings[3:] != ("on", "repeatable read"):
            raise RuntimeError("The database did not confirm a read-only, repeatable transaction.")
        yield
    finally:
        # Nothing was written; where the connection broke meanwhile there is nothing to end.
        if not connection.closed and not connection.broken:
            connection.execute("ROLLBACK")


def read_catalog(connection: Connection[Any], timeout: float = 30, members: Iterable[str] = ()) -> Catalog:
    """Return all that the connected database holds, but for members of extensions and the system's own schemas.

    Of the extensions named in `members` the members are read too. Reads in one read-only, repeatable snapshot. Raises
    psycopg's errors, also where a statement takes longer than `timeout` seconds, and CatalogUnreadable.
    """
    with snapshot(connection, timeout):
        return read_within(connection, members)


def read_within(connection: Connection[Any], members: Iterable[str] = ()) -> Catalog:
    """Do what `read_catalog` does within the transaction that the connection is in: it sees what was not committed."""
    from psycopg.rows import dict_row

    connection.execute("set local search_path = ''")
    with connection.cursor(row_factory=dict_row) as cursor:
        catalog = catalog_of(_answers(cursor, _asked(connection), {"members": list(members)}))
        catalog.buckets = _read_buckets(cursor)
        path = cursor.execute("select reset_val from pg_catalog.pg_settings where name = 'search_path'").fetchone()
    catalog.search_path = _path(path["reset_val"] if path else "")
    return catalog


def read_some(
    connection: Connection[Any], relations: Iterable[Name], schemas: Iterable[str], members: Iterable[str] = ()
) -> Catalog:
    """Return the named relations with their parts, the functions of some schemas, and the types, without privileges.

    As `read_within` otherwise: where a few of many are asked for it takes a fraction of the time.
    """
    from psycopg.rows import dict_row

    connection.execute("set local search_path = ''")
    names = [f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}" for name in relations]
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "select array(select pg_catalog.to_regclass(name)::oid::bigint from pg_catalog.unnest(%s::text[]) name)"
            " as relations",
            [names],
        ).fetchone()
        asked = {name: query if name in _OF_OBJECTS else None for name, query in _asked(connection).items()}
        wanted = {"members": list(members), "relations": found["relations"] if found else [], "schemas": list(schemas)}
        return catalog_of(_answers(cursor, asked, wanted))


_OF_OBJECTS = frozenset(
    {"relations", "columns", "constraints", "indexes", "policies", "triggers", "functions", "types"}
)


def _asked(connection: Connection[Any]) -> dict[str, str]:
    return queries(connection.info.server_version // 10000)


def _answers(cursor: Any, asked: Mapping[str, str | None], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows of each question; none of one that is not asked."""
    parameters = {"relations": None, "schemas": None, **wanted}
    return {
        name: cursor.execute(query.encode(), parameters).fetchall() if query is not None else []
        for name, query in asked.items()
    }


def _read_buckets(cursor: Any) -> dict[str, Bucket]:
    """Return the storage buckets, where there is such a table and it may be read."""
    found = cursor.execute(
        "select count(*) = 2 as there from pg_catalog.pg_attribute a"
        " where a.attrelid = pg_catalog.to_regclass('storage.buckets') and a.attname in ('id', 'public')"
        " and pg_catalog.has_table_privilege(a.attrelid, 'select')"
        " and pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('storage'), 'usage')"
    ).fetchone()
    if not found["there"]:
        return {}
    rows = cursor.execute("select id::text as id, public from storage.buckets").fetchall()
    return {row["id"]: Bucket(row["id"], bool(row["public"])) for row in rows if row["id"] is not None}


def _path(setting: str) -> tuple[str, ...]:
    parts = [part.strip() for part in setting.split(",")]
    return tuple(
        part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts if part and part != '"$user"'
    )


def catalog_of(answers: Mapping[str, Any]) -> Catalog:
    """Return the catalog that a server's answers describe, each a list of rows as dictionaries.

    Raises CatalogUnreadable where they are not what PostgreSQL answers.
    """
    rows = checked(answers)
    try:
        return _build(rows)
    except (LookupError, ValueError) as error:
        what = f"{error} is not there" if isinstance(error, KeyError) else error
        raise CatalogUnreadable(f"its answers about its catalog contradict each other: {what}") from error


def _build(rows: Rows) -> Catalog:
    catalog = Catalog()
    catalog.schemas = {
        row["name"]: Schema(row["name"], row["owner"], comment=row["comment"]) for row in rows["schemas"]
    }
    catalog.roles = {row["name"] for row in rows["roles"]}
    catalog.extensions = {row["name"]: Extension(row["name"], row["schema"]) for row in rows["extensions"]}
    columns: defaultdict[int, dict[str, Column]] = defaultdict(dict)
    for column in rows["columns"]:
        columns[column["relation"]][column["name"]] = _column(column)
    tables: dict[int, Table] = {}
    for relation in rows["relations"]:
        if relation["kind"] != "c":
            tables[relation["oid"]] = _table(relation, columns[relation["oid"]])
    catalog.tables = {table.name: table for table in sorted(tables.values(), key=lambda table: table.name)}
    _add_types(catalog, rows["types"], columns)
    _add_table_parts(tables, rows)
    functions = _add_functions(catalog, rows["functions"])
    catalog.sequences = {sequence.name: sequence for sequence in map(_sequence, rows["sequences"])}
    _add_grants(catalog, rows, functions)
    for row in rows["publications"]:
        catalog.publications[row["name"]] = Publication(
            row["name"],
            row["all_tables"],
            frozenset(row["publish"]),
            {Name(*pair) for pair in row["tables"]},
            set(row["schemas"]),
        )
    return catalog


def _said(value: T | None, what: str) -> T:
    """Return what is never null where it is asked for; raise LookupError."""
    if value is None:
        raise LookupError(f"{what} is null")
    return value


def _sequence(row: SequenceRow) -> Sequence:
    owner = None
    if row["column"] is not None:
        table = Name(_said(row["table_schema"], "a sequence's schema"), _said(row["table_name"], "a sequence's table"))
        owner = (table, row["column"])
    name = Name(row["schema"], row["name"])
    return Sequence(name, row["type"], owner, bool(row["internal"]), comment=row["comment"])


def _column(row: ColumnRow) -> Column:
    return Column(
        row["name"],
        row["type"],
        nullable=not row["required"],
        default=row["default"],
        identity={"a": "always", "d": "by default"}.get(row["identity"], ""),  # type: ignore[arg-type]
        generated={"s": "stored", "v": "virtual"}.get(row["generated"], ""),  # type: ignore[arg-type]
        comment=row["comment"],
        inherited=row["inherited"],
    )


def _table(row: RelationRow, columns: dict[str, Column]) -> Table:
    parents = tuple(Name(*pair) for pair in row["parents"] or ())
    return Table(
        Name(row["schema"], row["name"]),
        _KINDS[row["kind"]],
        columns,
        row_security=row["row_security"],
        force_row_security=row["forced"],
        replica_identity=REPLICA_IDENTITIES[row["replica_identity"]],
        partitioned=row["partitioned"],
        partition_of=parents[0] if row["partition"] and parents else None,
        inherits=() if row["partition"] else parents,
        unlogged=row["persistence"] == "u",
        query=row["query"],
        options=dict(option.split("=", 1) for option in row["options"] or ()),
        owner=row["owner"],
        comment=row["comment"],
    )


def _add_types(catalog: Catalog, rows: list[TypeRow], columns: Mapping[int, dict[str, Column]]) -> None:
    for row in rows:
        name, comment = Name(row["schema"], row["name"]), row["comment"]
        if row["kind"] == "e":
            catalog.enums[name] = Enum(name, _said(row["labels"], f"the values of {name}"), comment)
        elif row["kind"] == "d":
            base, checks = (
                _said(row["base"], f"the type of {name}"),
                dict(_said(row["checks"], f"the checks of {name}")),
            )
            catalog.domains[name] = Domain(name, base, not row["required"], row["default"], checks, comment)
        elif row["kind"] == "c":
            catalog.composites[name] = Composite(name, "composite", columns[row["relation"]], comment)
        else:
            catalog.composites[name] = Composite(name, "range" if row["kind"] == "r" else "base", comment=comment)


def _add_table_parts(tables: Mapping[int, Table], rows: Rows) -> None:
    """Give the tables their indexes, constraints, policies and triggers, each in the order of names."""
    numbers = _attribute_numbers(rows)
    behind: dict[int, IndexRow] = {}
    for index in sorted(rows["indexes"], key=_by_name):
        behind[index["index"]] = index
        table = tables.get(index["relation"])
        if table is not None:
            table.indexes[index["name"]] = _index(index)
    for constraint in sorted(rows["constraints"], key=_by_name):
        table = tables.get(constraint["relation"])
        if table is not None:
            found = _constraint(constraint, numbers, behind.get(constraint["index"]))
            table.constraints[constraint["name"]] = found
    for policy in sorted(rows["policies"], key=_by_name):
        tables[policy["relation"]].policies[policy["name"]] = Policy(
            policy["name"],
            _COMMANDS[policy["command"]],  # type: ignore[arg-type]
            policy["permissive"],
            tuple(sorted(policy["roles"])),
            policy["using"],
            policy["check"],
        )
    for trigger in sorted(rows["triggers"], key=_by_name):
        tables[trigger["relation"]].triggers[trigger["name"]] = _trigger(trigger)


def _by_name(row: IndexRow | ConstraintRow | PolicyRow | TriggerRow) -> str:
    return row["name"]


def _attribute_numbers(rows: Rows) -> dict[tuple[int, int], str]:
    return {(row["relation"], row["number"]): row["name"] for row in rows["columns"]}


def _index(row: IndexRow) -> Index:
    count = row["keys"]
    keys = tuple(
        IndexColumn(
            row["names"][i],
            row["expressions"][i],
            descending=bool(row["options"][i] & 1),
            nulls_first=bool(row["options"][i] & 2),
            opclass=row["classes"][i],
        )
        for i in range(count)
    )
    return Index(
        row["name"],
        keys,
        row["unique"],
        row["method"],
        row["predicate"],
        include=_included(row),
        constraint=row["constraint"],
        nulls_not_distinct=row["nulls_not_distinct"],
        valid=row["valid"],
        inherited=row["inherited"],
    )


def _included(row: IndexRow) -> tuple[str, ...]:
    return tuple(_said(name, "a column that an index includes") for name in row["names"][row["keys"] :])


def _constraint(row: ConstraintRow, numbers: Mapping[tuple[int, int], str], index: IndexRow | None) -> Constraint:
    kind = _CONSTRAINTS[row["kind"]]
    expression = row["expression"]
    if kind == "exclude" and index is not None:
        keys = [
            quote_identifier(name) if name is not None else text
            for name, text in zip(index["names"], index["expressions"], strict=True)
        ]
        expression = ", ".join(
            f"{key} WITH {operator}"
            for key, operator in zip(keys, _said(index["exclusion"], "an operator"), strict=False)
        )
    owns_index = kind in ("primary", "unique", "exclude") and index is not None
    return Constraint(
        row["name"],
        kind,  # type: ignore[arg-type]
        tuple(numbers[row["relation"], number] for number in _key_numbers(row)),
        expression,
        references=_target(row) if kind == "foreign" else None,
        referenced_columns=tuple(row["referenced"] or ()),
        on_delete=_ACTIONS.get(row["on_delete"], "no action"),
        on_delete_columns=tuple(numbers[row["relation"], number] for number in row["on_delete_columns"]),
        on_update=_ACTIONS.get(row["on_update"], "no action"),
        deferrable=row["deferrable"],
        initially_deferred=row["deferred"],
        validated=row["validated"],
        nulls_not_distinct=bool(owns_index and index and index["nulls_not_distinct"]),
        include=_included(index) if owns_index and index else (),
        inherited=row["inherited"],
    )


def _target(row: ConstraintRow) -> Name:
    what = f"the table that {row['name']} references"
    return Name(_said(row["target_schema"], what), _said(row["target_name"], what))


def _key_numbers(row: ConstraintRow) -> list[int]:
    """Return the columns of a constraint; those of a check, whose order says nothing, in the table's order."""
    numbers = [number for number in row["columns"] or () if number > 0]
    return sorted(numbers) if row["kind"] == "c" else numbers


def _trigger(row: TriggerRow) -> Trigger:
    kind = row["type"]
    return Trigger(
        row["name"],
        Name(row["function_schema"], row["function_name"]),
        "before" if kind & 2 else "instead of" if kind & 64 else "after",
        tuple(sorted(event for bit, event in _EVENTS if kind & bit)),
        tuple(row["columns"] or ()),
        bool(kind & 1),
        _trigger_condition(row) if row["conditional"] else None,
        # Each argument ends with a zero byte.
        tuple(part.decode("utf-8", "replace") for part in bytes(row["arguments"]).split(b"\0")[:-1]),
        row["constraint"],
        row["enabled"],
        inherited=row["inherited"],
    )


def _trigger_condition(row: TriggerRow) -> str:
    """Return the WHEN condition, which only the whole definition prints."""
    definition: str = row["definition"]
    level = "ROW" if row["type"] & 1 else "STATEMENT"
    # The name comes first and may hold any text.
    start = definition.index(
        f" FOR EACH {level} WHEN (", definition.index(quote_identifier(row["name"])) + len(row["name"])
    )
    end = definition.rindex(") EXECUTE FUNCTION ")
    return definition[definition.index("(", start) + 1 : end]


def _add_functions(catalog: Catalog, rows: list[FunctionRow]) -> dict[int, Function]:
    found: dict[int, Function] = {}
    # Sorted by PostgreSQL, the plan would be to read all of its own functions once for each schema.
    for row in sorted(rows, key=lambda row: (row["schema"], row["name"], row["oid"])):
        name = Name(row["schema"], row["name"])
        modes = row["modes"] or ["i"] * len(row["types"])
        names = row["names"] or [""] * len(row["types"])
        defaults = row["defaults"] or [None] * len(row["types"])
        arguments = tuple(
            Argument(label or None, type_, cast("Any", _MODES[mode]), default)
            for label, type_, mode, default in zip(names, row["types"], modes, defaults, strict=True)
        )
        found[row["oid"]] = Function(
            name,
            arguments,
            row["returns"],
            _FUNCTIONS[row["kind"]],  # type: ignore[arg-type]
            row["language"],
            _VOLATILITIES[row["volatility"]],  # type: ignore[arg-type]
            row["strict"],
            row["definer"],
            dict(setting.split("=", 1) for setting in row["settings"] or ()),
            row["body"],
            owner=row["owner"],
            comment=row["comment"],
        )
        catalog.functions.setdefault(name, []).append(found[row["oid"]])
    return found


def _add_grants(catalog: Catalog, rows: Rows, functions: Mapping[int, Function]) -> None:
    for row in rows["grants"]:
        grant = Grant(row["role"], row["privilege"], row["column"], row["grantable"])
        holder: Table | Sequence | Function | Schema | None
        if row["kind"] == "relation":
            name = Name(_said(row["schema"], f"the schema of {row['name']}"), row["name"])
            holder = catalog.tables.get(name) or catalog.sequences.get(name)
        elif row["kind"] == "function":
            holder = functions.get(_said(row["oid"], f"the function {row['name']}"))
        else:
            holder = catalog.schemas.get(row["name"])
        if holder is not None:
            holder.grants.add(grant)
    for default in rows["default_grants"]:
        if default["kind"] in _DEFAULTS:
            grant = Grant(default["role"], default["privilege"], None, default["grantable"])
            kind = cast("Any", _DEFAULTS[default["kind"]])
            catalog.default_grants.add(DefaultGrant(default["creator"], default["schema"], kind, grant))
