"""Alembic's operations as the statements that they send to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.sources.alembic.columns import (
    UNKNOWN,
    ColumnParts,
    NotTold,
    column_key,
    column_of,
    condition_of,
    constraint_of,
    default_of,
    exclude,
    identity_of,
    index_columns,
    is_a,
    makes_serial,
    name_of,
    named,
    names_of,
    spec,
    tail_of,
)
from tripoint.sources.alembic.entities import create_entity, drop_entity, replace_entity, sync_enum_values
from tripoint.sources.alembic.names import shortened
from tripoint.sources.alembic.types import EnumType, enum_of, sql_type
from tripoint.sources.alembic.values import Batch, Made, qualified, texts_in
from tripoint.sources.programs.steps import ANYTHING, TYPE, Choice, Raw, Run, Step, Unclear
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql
from tripoint.sql.system_views import HOLE

__all__ = ["create_enum", "drop_enum", "operation"]

_CONSTRAINTS: Final = (
    "PrimaryKeyConstraint",
    "UniqueConstraint",
    "ForeignKeyConstraint",
    "CheckConstraint",
    "ExcludeConstraint",
)

Given = dict[str, Any]


def operation(name: str, call: Made, batch: Batch | None) -> list[Step]:
    """Return the steps of an operation by its name; what can't be told of it is one of them."""
    found = _OPERATIONS.get(name)
    if found is None:
        if name in _NOTHING:
            return []
        reason = f"what the operation {name} does is not known"
        return [Unclear(reason, call.span, _names_in(call, None) or None)]
    parameters, in_batch, handler = found
    given = _bind(call, in_batch if batch is not None else parameters)
    if batch is not None:
        given.setdefault("table_name", batch.table)
        given.setdefault("schema", batch.schema)
    steps: list[Step] = []
    try:
        steps += handler(given, call)
    except NotTold as error:
        table = given.get("table_name")
        steps.append(Unclear(f"{name}: {error}", call.span, _names_in(call, table), name.replace("_", " ")))
    return steps


def _bind(call: Made, parameters: str) -> Given:
    """Return the arguments by the names of the parameters; older names count as the newer ones."""
    names = parameters.split()
    given: Given = {}
    for position, value in enumerate(call.arguments):
        if position < len(names):
            given[names[position]] = value
        else:
            given.setdefault("*", []).append(value)
    given |= {_OLDER.get(key, key): value for key, value in call.named.items()}
    if "name" in given:
        given.setdefault(names[0], given["name"])
    return given


_OLDER: Final = {"tablename": "table_name", "type": "type_", "source": "table_name", "source_table": "table_name",
                 "referent": "referent_table", "source_schema": "schema", "name": "name",
                 "old_name": "old_table_name"}  # fmt: skip


def _names_in(call: Made, table: object) -> frozenset[str] | None:
    """Return the names that an operation may touch: its table's, else any that it is given; None for want of any."""
    if is_known_text(table):
        return frozenset({table})
    names = frozenset(text for text in texts_in(call) if is_known_text(text) and text.isidentifier())
    return names or None


def _table(given: Given) -> str:
    return qualified(name_of(given.get("table_name"), "the name of the table"), _schema(given))


def _schema(given: Given) -> str | None:
    schema = given.get("schema")
    if schema is None or is_known_text(schema):
        return schema
    raise NotTold("the schema can't be told")


def _alter(given: Given, call: Made, *parts: str | Sql) -> Run:
    return _run(call, f"ALTER TABLE {_table(given)} ", *parts)


def _run(call: Made, *parts: str | Sql) -> Run:
    return Run(Sql.of(*parts, at=call.span), call.span)


# ---- tables


def _create_table(given: Given, call: Made) -> Iterator[Step]:
    name = name_of(given.get("table_name"), "the name of the table")
    table = qualified(name, _schema(given))
    columns: list[ColumnParts] = []
    clauses: list[Sql] = []
    indexes: list[Made] = []
    primary: list[str] = []
    open_: list[str] = ["some of its columns"] if call.spread else []
    for one in given.get("*", ()):
        try:
            if is_a(one, "Column"):
                columns.append(column_of(one))
            elif is_a(one, *_CONSTRAINTS):
                clause = constraint_of(one)
                clauses += [clause] if clause is not None else []
                primary += names_of(list(one.arguments), "") if one.name == "PrimaryKeyConstraint" and clause else []
            elif is_a(one, "Index"):
                indexes.append(one)
            elif one is not None:
                open_.append("some of its columns")
        except NotTold as error:
            open_.append(str(error))
    own = [parts.name for parts in columns if parts.primary]
    if own and not primary:
        clauses.insert(0, Sql(f"PRIMARY KEY ({', '.join(map(quote_identifier, own))})"))
    primary = primary or own
    made: set[str] = set()
    for parts in columns:
        clauses += _column_clauses(parts, open_)
        if parts.enum is not None and parts.enum.with_table and parts.enum.name not in made:
            made.add(parts.enum.name)
            # Alembic keeps in mind what it made: a type that several tables bring along is made once.
            yield from create_enum(parts.enum, call, if_absent=True)
    definitions = [spec(_told(parts, primary), serial=makes_serial(parts, primary)) for parts in columns]
    exists = "IF NOT EXISTS " if given.get("if_not_exists") is True else ""
    prefixes = given.get("prefixes")
    words = prefixes if isinstance(prefixes, list) else ()
    kind = "".join(f"{one} " for one in words if is_known_text(one) and one.isalpha())
    head = Sql.of(f"CREATE {kind}TABLE {exists}{table}", at=call.head)
    partition = given.get("postgresql_partition_by")
    tail = f" PARTITION BY {partition}" if is_known_text(partition) else ""
    yield _run(call, head, " (", Sql.join(", ", [*definitions, *clauses]), ")", tail)
    for parts in columns:
        yield from _index_of(parts, name, given)
        yield from _comment(f"COLUMN {table}.{quote_identifier(parts.name)}", parts.comment, call)
        yield from _unclear(parts, name)
    for index in indexes:
        yield from _index(index, {"table_name": name, "schema": given.get("schema"), **_bind(index, "index_name")})
    yield from _comment(f"TABLE {table}", given.get("comment"), call)
    if open_:
        yield Unclear(
            f"of the table {name} this can't be told: {', '.join(dict.fromkeys(open_))}", call.span, frozenset({name})
        )


def _told(parts: ColumnParts, primary: list[str]) -> ColumnParts:
    """Return a column whose type is the one that it points to where it has none: unknown here, and no matter."""
    if parts.name in primary and parts.identity is None:
        parts.nullable = False
    return parts


def _column_clauses(parts: ColumnParts, open_: list[str]) -> Iterator[Sql]:
    """Yield the constraints that are written at a column, as those of the table."""
    if parts.unique and not parts.index:
        yield Sql.of(f"UNIQUE ({quote_identifier(parts.name)})", at=parts.span)
    for one in (*parts.keys, *parts.checks):
        if one.named.get("use_alter") is True:
            continue
        try:
            clause = column_key(parts, one) if one.name == "ForeignKey" else constraint_of(one)
            if clause is not None:
                yield clause
        except NotTold as error:
            open_.append(str(error))


def _unclear(parts: ColumnParts, table: str) -> Iterator[Step]:
    """Say what of a column can't be told. A type that is unknown leaves nothing else open."""
    if parts.unclear == [TYPE]:
        yield Unclear(TYPE, parts.span, frozenset(), f"{table}.{parts.name}")
    elif parts.unclear:
        what = " and ".join(dict.fromkeys(parts.unclear))
        yield Unclear(f"of the column {table}.{parts.name} this can't be told: {what}", parts.span, frozenset())


def _index_of(parts: ColumnParts, table: str, given: Given) -> Iterator[Step]:
    """`index=True` at a column, under the name that SQLAlchemy gives it."""
    if not parts.index:
        return
    schema = _schema(given)
    label = "_".join([*([schema.replace(".", "_")] if schema else []), table, parts.name])
    unique = "UNIQUE " if parts.unique else ""
    column = quote_identifier(parts.name)
    name = quote_identifier(shortened(f"ix_{label}"))
    sql = f"CREATE {unique}INDEX {name} ON {qualified(table, schema)} ({column})"
    yield Run(Sql.of(sql, at=parts.span), parts.span)


def _comment(what: str, comment: object, call: Made) -> Iterator[Step]:
    if is_known_text(comment):
        yield _run(call, f"COMMENT ON {what} IS {quote_literal(comment)}")


def _drop_table(given: Given, call: Made) -> Iterator[Step]:
    exists = "IF EXISTS " if given.get("if_exists") is True else ""
    yield _run(call, f"DROP TABLE {exists}{_table(given)}")


def _rename_table(given: Given, call: Made) -> Iterator[Step]:
    given["table_name"] = given.get("old_table_name")
    new = quote_identifier(name_of(given.get("new_table_name"), "the new name of the table"))
    yield _alter(given, call, f"RENAME TO {new}")


def _table_comment(given: Given, call: Made) -> Iterator[Step]:
    yield from _comment(f"TABLE {_table(given)}", given.get("comment"), call)


def _drop_table_comment(given: Given, call: Made) -> Iterator[Step]:
    yield _run(call, f"COMMENT ON TABLE {_table(given)} IS NULL")


# ---- columns


def _add_column(given: Given, call: Made) -> Iterator[Step]:
    table = _table(given)
    name = str(given["table_name"])
    parts = column_of(given.get("column"))
    exists = "IF NOT EXISTS " if given.get("if_not_exists") is True else ""
    primary = [parts.name] if parts.primary else []
    yield _alter(given, call, f"ADD COLUMN {exists}", spec(parts, serial=makes_serial(parts, primary)))
    if primary:
        yield _alter(given, call, f"ADD PRIMARY KEY ({quote_identifier(parts.name)})")
    open_: list[str] = []
    for clause in _column_clauses(parts, open_):
        yield _alter(given, call, "ADD ", clause)
    yield from _index_of(parts, name, given)
    yield from _comment(f"COLUMN {table}.{quote_identifier(parts.name)}", parts.comment, call)
    parts.unclear += open_
    yield from _unclear(parts, name)


def _drop_column(given: Given, call: Made) -> Iterator[Step]:
    exists = "IF EXISTS " if given.get("if_exists") is True else ""
    column = quote_identifier(name_of(given.get("column_name"), "the name of the column"))
    yield _alter(given, call, f"DROP COLUMN {exists}{column}")


def _alter_column(given: Given, call: Made) -> Iterator[Step]:
    table, name = _table(given), name_of(given.get("column_name"), "the name of the column")
    column = quote_identifier(name)
    head = f"ALTER COLUMN {column} "
    if given.get("type_") is not None:
        kind = sql_type(given["type_"])
        using = given.get("postgresql_using")
        cast = f" USING {using}" if is_known_text(using) else ""
        if kind is None:
            reason = f"the new type of {given['table_name']}.{name} can't be told"
            yield Unclear(reason, call.span, frozenset())
        # A type that is unknown is cast to by way of a text, which any is.
        yield _alter(given, call, head, f"TYPE {kind or UNKNOWN}{cast}")
    nullable = given.get("nullable")
    if isinstance(nullable, bool):
        yield _alter(given, call, head, "DROP NOT NULL" if nullable else "SET NOT NULL")
    elif nullable is not None:
        yield Unclear(f"whether {given['table_name']}.{name} may be null can't be told", call.span, frozenset())
        yield _alter(given, call, head, "DROP NOT NULL")
    yield from _new_default(given, call, head, f"{given['table_name']}.{name}")
    if "comment" in given and given["comment"] is not False:
        comment = given["comment"]
        shown = quote_literal(comment) if is_known_text(comment) else "NULL"
        yield _run(call, f"COMMENT ON COLUMN {table}.{column} IS {shown}")
    if given.get("new_column_name") is not None:
        new = quote_identifier(name_of(given["new_column_name"], "the new name of the column"))
        if new != column:
            yield _alter(given, call, f"RENAME COLUMN {column} TO {new}")


def _new_default(given: Given, call: Made, head: str, name: str) -> Iterator[Step]:
    value = given.get("server_default", False)
    if value is False:
        return
    if value is None:
        yield _alter(given, call, head, "DROP DEFAULT")
    elif isinstance(value, Made) and is_a(value, "Identity"):
        yield _alter(given, call, head, f"ADD {identity_of(value)}")
    elif (default := default_of(value)) is not None:
        yield _alter(given, call, head, "SET DEFAULT ", default)
    else:
        yield Unclear(f"the new default of {name} can't be told", call.span, frozenset())
        yield _alter(given, call, head, "DROP NOT NULL")  # so that nothing is said of a value that is left out


# ---- constraints


def _constraint(kind: str) -> Callable[[Given, Made], Iterator[Step]]:
    def made(given: Given, call: Made) -> Iterator[Step]:
        columns = ", ".join(map(quote_identifier, names_of(given.get("columns"), "its columns")))
        nulls = " NULLS NOT DISTINCT" if given.get("postgresql_nulls_not_distinct") is True else ""
        yield _alter(given, call, f"ADD {named(given.get('constraint_name'))}{kind}{nulls} ({columns}){tail_of(call)}")

    return made


def _foreign_key(given: Given, call: Made) -> Iterator[Step]:
    own = ", ".join(map(quote_identifier, names_of(given.get("local_cols"), "its columns")))
    schema = given.get("referent_schema")
    referent = qualified(name_of(given.get("referent_table"), "what it points to"), schema)
    remote = ", ".join(map(quote_identifier, names_of(given.get("remote_cols"), "what it points to")))
    points = f"FOREIGN KEY ({own}) REFERENCES {referent} ({remote}){tail_of(call)}"
    valid = " NOT VALID" if given.get("postgresql_not_valid") is True else ""
    yield _alter(given, call, f"ADD {named(given.get('constraint_name'))}{points}{valid}")


def _check(given: Given, call: Made) -> Iterator[Step]:
    inner = condition_of(given.get("condition"))
    if inner is None:
        raise NotTold("the condition of a check can't be told")
    valid = " NOT VALID" if given.get("postgresql_not_valid") is True else ""
    yield _alter(given, call, f"ADD {named(given.get('constraint_name'))}CHECK (", inner, f"){valid}")


def _exclude(given: Given, call: Made) -> Iterator[Step]:
    yield _alter(given, call, "ADD ", exclude(call, tuple(given.get("*", ())), given.get("constraint_name")))


def _drop_constraint(given: Given, call: Made) -> Iterator[Step]:
    exists = "IF EXISTS " if given.get("if_exists") is True else ""
    if given.get("type_") == "primary" and not is_known_text(given.get("constraint_name")):
        # Whatever it is called, which only the database tells, a table has one.
        table = qualified(name_of(given.get("table_name"), "the name of the table"), _schema(given))
        found = (
            "SELECT constraint_name FROM information_schema.table_constraints WHERE constraint_type = 'PRIMARY KEY'"
            f" AND table_name = {quote_literal(given['table_name'])}"
        )
        yield _run(call, f"DO $do$ BEGIN EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', ({found})); END $do$")
        return
    name = quote_identifier(name_of(given.get("constraint_name"), "the name of the constraint"))
    yield _alter(given, call, f"DROP CONSTRAINT {exists}{name}")


# ---- indexes


def _create_index(given: Given, call: Made) -> Iterator[Step]:
    yield from _index(call, given)


def _index(call: Made, given: Given) -> Iterator[Step]:
    """An index of an operation, or of a `sa.Index(…)` in a table."""
    name = given.get("index_name")
    shown = quote_identifier(name_of(name, "the name of the index")) if name is not None else ""
    unique = "UNIQUE " if given.get("unique") is True else ""
    exists = "IF NOT EXISTS " if given.get("if_not_exists") is True and shown else ""
    using = given.get("postgresql_using")
    method = f" USING {using}" if is_known_text(using) else ""
    columns = Sql.join(", ", index_columns(call, given.get("columns", given.get("*"))))
    include = given.get("postgresql_include")
    tail: list[str | Sql] = []
    if isinstance(include, list) and include:
        tail.append(f" INCLUDE ({', '.join(map(quote_identifier, names_of(include, 'what it includes')))})")
    if given.get("postgresql_nulls_not_distinct") is True:
        tail.append(" NULLS NOT DISTINCT")
    if given.get("postgresql_where") is not None:
        where = condition_of(given["postgresql_where"])
        if where is None:
            raise NotTold("which rows it holds can't be told")
        tail += [" WHERE ", where]
    head = Sql.of(f"CREATE {unique}INDEX {exists}{shown}", at=call.head)
    yield _run(call, head, f" ON {_table(given)}{method} (", columns, ")", *tail)


def _drop_index(given: Given, call: Made) -> Iterator[Step]:
    exists = "IF EXISTS " if given.get("if_exists") is True else ""
    name = qualified(name_of(given.get("index_name"), "the name of the index"), _schema(given))
    yield _run(call, f"DROP INDEX {exists}{name}")


# ---- types


def create_enum(enum: EnumType, call: Made, if_absent: bool = False) -> Iterator[Step]:
    """Yield what makes an enumerated type."""
    labels = ", ".join(map(quote_literal, enum.values))
    run = Run(Sql.of(f"CREATE TYPE {enum.name} AS ENUM ({labels})", at=call.span), call.span)
    yield Choice(f"to_regtype({quote_literal(enum.name)}) IS NULL", [run], []) if if_absent else run


def drop_enum(name: str, call: Made, if_there: bool) -> Run:
    """Return what drops an enumerated type."""
    return Run(Sql.of(f"DROP TYPE {'IF EXISTS ' if if_there else ''}{name}", at=call.span), call.span)


def enum_method(call: Made) -> list[Step]:
    """`status.create(op.get_bind(), checkfirst=True)` and `status.drop(…)`."""
    usual = "postgresql" in call.receiver.path
    check = call.named.get("checkfirst", call.arguments[1] if len(call.arguments) > 1 else usual)
    if call.name == "create" and (enum := enum_of(call.receiver)) is not None:
        return list(create_enum(enum, call, if_absent=check is not False))
    if call.name == "drop" and (name := sql_type(call.receiver)) is not None:
        return [drop_enum(name, call, check is not False)]
    name = call.receiver.named.get("name")
    touched = frozenset({name}) if is_known_text(name) else None
    return [Unclear("the values of an enumerated type can't be told", call.span, touched)]


# ---- SQL


def _execute(given: Given, call: Made) -> Iterator[Step]:
    yield from execute(given.get("sqltext"), call)


def execute(value: Any, call: Made) -> Iterator[Step]:
    """Yield what the execution of a string, or of a `sa.text(…)`, does. Queries that SQLAlchemy builds change rows."""
    while isinstance(value, Made) and value.receiver is not None and value.name in _OPTIONS:
        value = value.receiver
    bound = isinstance(value, Made) or call.path.startswith("alembic")
    if isinstance(value, Made) and value.name in ("text", "DDL", "TextClause"):
        value = value.arguments[0] if value.arguments else HOLE
    if isinstance(value, str):
        escaped = bound and "\\:" in value
        yield Raw(str(value).replace("\\:", ":") if escaped else value, call.span)
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        yield from (Raw(one, call.span) for one in value)
    elif not _builds_rows(value):
        yield Unclear("the SQL that it runs is not written here", call.span, _outside(value))


_OPTIONS: Final = frozenset(["bindparams", "execution_options", "columns"])


def _builds_rows(value: Any) -> bool:
    """Whether a value is a query that SQLAlchemy builds: of tables' rows."""
    while isinstance(value, Made) and value.receiver is not None:
        if value.name in ("insert", "update", "delete", "select", "values", "where", "from_select"):
            return True
        value = value.receiver
    return isinstance(value, Made) and value.path.startswith(("sqlalchemy", "sqlmodel"))


def _outside(value: Any) -> frozenset[str] | None:
    """Return what SQL may touch that is read from elsewhere: anything."""
    return ANYTHING if isinstance(value, Made) else None


_OPERATIONS: Final[dict[str, tuple[str, str, Callable[[Given, Made], Iterator[Step]]]]] = {
    "create_table": ("table_name", "", _create_table),
    "drop_table": ("table_name", "", _drop_table),
    "rename_table": ("old_table_name new_table_name", "", _rename_table),
    "add_column": ("table_name column", "column", _add_column),
    "drop_column": ("table_name column_name", "column_name", _drop_column),
    "alter_column": ("table_name column_name", "column_name", _alter_column),
    "create_index": ("index_name table_name columns", "index_name columns", _create_index),
    "drop_index": ("index_name table_name", "index_name", _drop_index),
    "create_foreign_key": (
        "constraint_name table_name referent_table local_cols remote_cols",
        "constraint_name referent_table local_cols remote_cols",
        _foreign_key,
    ),
    "create_unique_constraint": (
        "constraint_name table_name columns",
        "constraint_name columns",
        _constraint("UNIQUE"),
    ),
    "create_primary_key": (
        "constraint_name table_name columns",
        "constraint_name columns",
        _constraint("PRIMARY KEY"),
    ),
    "create_check_constraint": ("constraint_name table_name condition", "constraint_name condition", _check),
    "create_exclude_constraint": ("constraint_name table_name", "constraint_name", _exclude),
    "drop_constraint": ("constraint_name table_name type_", "constraint_name type_", _drop_constraint),
    "create_table_comment": ("table_name comment", "comment", _table_comment),
    "drop_table_comment": ("table_name", "", _drop_table_comment),
    "execute": ("sqltext", "sqltext", _execute),
    "create_entity": ("entity", "entity", create_entity),
    "drop_entity": ("entity", "entity", drop_entity),
    "replace_entity": ("entity", "entity", replace_entity),
    "sync_enum_values": ("enum_schema enum_name new_values affected_columns", "", sync_enum_values),
}
"""Operation → its parameters, those within a batch, and what makes its statements."""

_NOTHING: Final = frozenset(
    ["bulk_insert", "get_bind", "get_context", "f", "inline_literal", "register_operation", "batch_alter_table"]
)
"""Operations that change no schema."""
