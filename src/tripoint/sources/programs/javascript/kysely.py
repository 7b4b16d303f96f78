"""Kysely: sql`…`.execute(db), and its schema builder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Function, Handle, Link, SqlText, Value, truth
from tripoint.sources.programs.javascript.written_by import NotTold, label, labels, send, sql_value, unread
from tripoint.sources.programs.tables import Column, Key
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.system_views import HOLE

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret"]

_PART = "kysely part"
_SAYS_NOTHING = frozenset(
    ["check", "unsigned", "stored", "autoIncrement", "modifyEnd", "modifyFront", "nullsNotDistinct"]
)
_TYPES = {"datetime": "timestamp", "blob": "bytea", "boolean": "boolean"}


def interpret(run: Run, handle: Handle) -> Value:
    """Do what a chain of Kysely does when it is executed."""
    if handle.kind == _PART:
        return handle
    links = handle.links
    schema: str | None = None
    for at, link in enumerate(links):
        if link.name in ("transaction", "connection"):
            done = next((one for one in links[at + 1 :] if one.name == "execute"), None)
            if done is not None and isinstance(done.argument(0), Function):
                return run.flush(run.invoke(done.argument(0), [Handle(handle.kind)]))
            return HOLE
        if link.name == "withSchema":
            if not is_known_text(link.argument(0)):
                unread(run, links[-1], "the schema can't be told")
                return HOLE
            schema = link.argument(0)
        elif link.name == "executeQuery" and link.arguments:
            if isinstance(link.argument(0), SqlText):
                run.raw(link.argument(0), link.span)
            return HOLE
        elif link.name == "schema":
            return _executed(run, links[at + 1 :], schema)
        elif link.arguments is not None:
            return HOLE  # rows
    return HOLE


_NAMING = frozenset(
    ["createTable", "alterTable", "createIndex", "createView", "createType", "createSchema", "dropTable", "dropIndex",
     "dropView", "dropType", "dropSchema", "on", "column", "columns", "dropColumn", "renameColumn", "renameTo",
     "setSchema", "references", "dropConstraint", "addPrimaryKeyConstraint", "addUniqueConstraint",
     "addForeignKeyConstraint", "withSchema"]
)  # fmt: skip
"""Methods all of whose arguments are names; of the next ones, the first alone is."""
_NAMING_FIRST = frozenset(["addColumn", "alterColumn", "modifyColumn", "addCheckConstraint"])


def _named(run: Run, link: Link) -> Link:
    """Return a link with its names as they are written: a plugin may do so in snake case."""
    if not run.snake or not link.arguments or link.name not in _NAMING | _NAMING_FIRST:
        return link
    names = link.arguments if link.name in _NAMING else link.arguments[:1]
    return replace(link, arguments=(*(_in_snake(one) for one in names), *link.arguments[len(names) :]))


def _in_snake(value: Value) -> Value:
    if isinstance(value, list):
        return [_in_snake(one) for one in value]
    if not is_known_text(value):
        return value
    from tripoint.sources.code.built import snake

    written = snake(value)
    if written == value:
        return value
    return Text(written, value.span) if isinstance(value, Text) else written


def _executed(run: Run, links: tuple[Link, ...], schema: str | None) -> Value:
    links = tuple(_named(run, link) for link in links)
    for at, link in enumerate(links):
        if link.name == "withSchema" and is_known_text(link.argument(0)):
            schema = link.argument(0)
            continue
        rest = links[at + 1 :]
        end = next((number for number, one in enumerate(rest) if one.name == "execute"), None)
        if end is None:
            return HOLE
        send(run, link, partial(_written_out, run, link, rest[:end], schema))
        for after in rest[end + 1 :]:
            if after.name in ("then", "finally"):
                run.flush(run.invoke(after.argument(0), [HOLE]))
        break
    return HOLE


def _written_out(run: Run, link: Link, rest: tuple[Link, ...], schema: str | None) -> list[Sql]:
    return _written(run, link, _with_parts(run, rest), schema)


def _with_parts(run: Run, links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Return links with what functions add to the chain that it is handed to: `$call(withTimestamps)`."""
    found: list[Link] = []
    for link in links:
        if link.name == "$call":
            found += _with_parts(run, _chain(run, link.argument(0)))
        elif link.name == "$if":
            said = truth(link.argument(0))
            if not isinstance(said, bool):
                raise NotTold("a condition decides over a part of it")
            found += _with_parts(run, _chain(run, link.argument(1))) if said else ()
        else:
            found.append(link)
    return tuple(found)


def _written(run: Run, link: Link, rest: tuple[Link, ...], schema: str | None) -> list[Sql]:
    name, first = link.name, link.argument(0)
    said = {one.name for one in rest}
    if name == "createTable":
        return [_create(run, first, rest, schema)]
    if name == "alterTable":
        return _alter(run, first, rest, schema)
    if name == "createIndex":
        return [_index(first, rest, schema)]
    if name in ("dropTable", "dropView", "dropType", "dropSchema"):
        exists = "IF EXISTS " if "ifExists" in said else ""
        cascade = " CASCADE" if "cascade" in said else ""
        kind = "MATERIALIZED VIEW" if "materialized" in said else name[4:].upper()
        return [Sql.of(f"DROP {kind} {exists}", _table(first, schema), cascade)]
    if name == "createView" and not run.snake:
        return [_view(first, rest, schema)]
    if name == "createSchema":
        return [Sql.of("CREATE SCHEMA IF NOT EXISTS ", tables.name(label(first)))]
    if name == "createType":
        values = next((one.argument(0) for one in rest if one.name == "asEnum"), None)
        listed = ", ".join(quote_literal(one) for one in labels(values))
        return [Sql.of("CREATE TYPE ", _table(first, schema), f" AS ENUM ({listed})")]
    if name == "dropIndex":
        return [Sql.of("DROP INDEX IF EXISTS ", _table(first, schema))]
    raise NotTold(f"{name} is not read")


def _view(first: Value, rest: tuple[Link, ...], schema: str | None) -> Sql:
    """Return a view by SQL, or by a query of one table's columns, which are named."""
    said = {one.name: one for one in rest}
    if not said.keys() <= {"as", "orReplace", "materialized", "ifNotExists", "temporary"} or "temporary" in said:
        raise NotTold("what the view has can't be told")
    given = said["as"].argument(0) if "as" in said else None
    if isinstance(given, SqlText) and is_known_text(given.text):
        body: Sql | str = given.text
    elif isinstance(given, Handle) and [one.name for one in given.links] == ["selectFrom", "selectAll"]:
        body = Sql.of("SELECT * FROM ", _table(given.links[0].argument(0), schema))
    elif isinstance(given, Handle) and [one.name for one in given.links] == ["selectFrom", "select"]:
        columns = labels(given.links[1].argument(0))
        if not all(map(str.isidentifier, columns)):
            raise NotTold("what the view shows can't be told")
        shown = Sql.join(", ", [tables.name(one) for one in columns])
        body = Sql.of("SELECT ", shown, " FROM ", _table(given.links[0].argument(0), schema))
    else:
        raise NotTold("what the view shows can't be told")
    kind = "MATERIALIZED VIEW " if "materialized" in said else "VIEW "
    head = ("CREATE ", "OR REPLACE " if "orReplace" in said else "", kind)
    exists = "IF NOT EXISTS " if "ifNotExists" in said and "materialized" in said else ""
    return Sql.of(*head, exists, _table(first, schema), " AS ", body)


def _table(value: Value, schema: str | None) -> Sql:
    text = label(value)
    if "." in text:
        return Sql(".".join(quote_identifier(part) for part in text.split(".")))
    return tables.qualified(text, schema)


def _create(run: Run, first: Value, rest: tuple[Link, ...], schema: str | None) -> Sql:
    columns: list[Column] = []
    inside: list[Sql] = []
    exists = False
    for link in rest:
        if link.name == "ifNotExists":
            exists = True
        elif link.name == "addColumn":
            columns.append(_column(run, link, schema))
        elif link.name.endswith("Constraint"):
            inside.append(_constraint(run, link, schema))
        elif link.name not in ("modifyEnd", "modifyFront"):
            raise NotTold(f"{link.name} is not read")
    return tables.create_table(_table(first, schema), columns, inside, exists)


def _alter(run: Run, first: Value, rest: tuple[Link, ...], schema: str | None) -> list[Sql]:
    table = _table(first, schema)
    alter = Sql.of("ALTER TABLE ", table, " ")
    found: list[Sql] = []
    for link in rest:
        name, one = link.name, link.argument(0)
        if name == "addColumn":
            exists = any(one.name == "ifNotExists" for one in _chain(run, link.argument(2)))
            found.append(tables.add_column(table, _column(run, link, schema), exists))
        elif name == "dropColumn":
            found.append(Sql.of(alter, "DROP COLUMN ", tables.name(label(one))))
        elif name == "renameColumn":
            found.append(
                Sql.of(alter, "RENAME COLUMN ", tables.name(label(one)), " TO ", tables.name(label(link.argument(1))))
            )
        elif name == "renameTo":
            found.append(Sql.of(alter, "RENAME TO ", tables.name(label(one))))
        elif name == "setSchema":
            found.append(Sql.of(alter, "SET SCHEMA ", tables.name(label(one))))
        elif name == "dropConstraint":
            found.append(Sql.of(alter, "DROP CONSTRAINT IF EXISTS ", tables.name(label(one))))
        elif name == "alterColumn":
            head = Sql.of(alter, "ALTER COLUMN ", tables.name(label(one)), " ")
            found += [Sql.of(head, done) for done in _altered(run, link.argument(1))]
        elif name.startswith("add") and name.endswith("Constraint"):
            found.append(Sql.of(alter, "ADD ", _constraint(run, link, schema)))
        elif name in ("onDelete", "onUpdate") and found and one in _ACTIONS:  # of the foreign key before it
            found[-1] = Sql.of(found[-1], f" ON {name[2:].upper()} {one}")
        elif name in ("cascade", "restrict") and found:  # of the drop before it
            found[-1] = Sql.of(found[-1], f" {name.upper()}")
        elif name not in _OF_A_KEY:
            raise NotTold(f"{name} is not read")
    return found


_ACTIONS = ("cascade", "set null", "restrict", "no action", "set default")
_OF_A_KEY = ("ifExists", "deferrable", "notDeferrable", "initiallyDeferred", "initiallyImmediate", "nullsNotDistinct")


def _chain(run: Run, callback: Value) -> tuple[Link, ...]:
    """Return what a callback asks of the part that it is given."""
    if callback is None:
        return ()
    if not isinstance(callback, Function):
        raise NotTold("a function is not in this file")
    given = run.invoke(callback, [Handle(_PART)])
    if not isinstance(given, Handle) or given.kind != _PART:
        raise NotTold("what a function gives can't be told")
    return tuple(_named(run, link) for link in given.links)


def _altered(run: Run, callback: Value) -> list[str]:
    found: list[str] = []
    for link in _chain(run, callback):
        if link.name == "setDataType":
            found.append(f"TYPE {_type(link.argument(0))} USING NULL")
        elif link.name == "setDefault":
            found.append(f"SET DEFAULT {sql_value(link.argument(0)) or 'null'}")
        elif link.name in ("dropDefault", "setNotNull", "dropNotNull"):
            found.append({"dropDefault": "DROP DEFAULT", "setNotNull": "SET NOT NULL"}.get(link.name, "DROP NOT NULL"))
        else:
            raise NotTold(f"{link.name} is not read")
    return found


def _type(value: Value) -> str:
    if isinstance(value, SqlText):
        return value.text if is_known_text(value.text) else tables.UNKNOWN
    return _TYPES.get(value, value) if is_known_text(value) else tables.UNKNOWN


def _column(run: Run, link: Link, schema: str | None) -> Column:
    made = Column(label(link.argument(0)), _type(link.argument(1)))
    for one in _chain(run, link.argument(2)):
        name, given = one.name, one.argument(0)
        if name == "notNull":
            made.nullable = False
        elif name == "primaryKey":
            made.primary, made.nullable = True, False
        elif name == "unique":
            made.unique = True
        elif name == "defaultTo":
            made.default = sql_value(given) or "null"
        elif name == "references":
            table, _, column = label(given).rpartition(".")
            made.key = Key(_table(table, schema).text, [column])
        elif name in ("onDelete", "onUpdate") and made.key is not None and is_known_text(given):
            if name == "onDelete":
                made.key.on_delete = given
            else:
                made.key.on_update = given
        elif name == "generatedAlwaysAs":
            made.generated = sql_value(given) or "null"
        elif name in ("generatedByDefaultAsIdentity", "generatedAlwaysAsIdentity", "identity"):
            made.identity = "BY DEFAULT" if "Default" in name or name == "identity" else "ALWAYS"
        elif name not in (
            "check",
            "ifNotExists",
            "unsigned",
            "stored",
            "autoIncrement",
            "modifyEnd",
            "modifyFront",
            "nullsNotDistinct",
        ):
            raise NotTold(f"{name} of a column is not read")
    return made


def _constraint(run: Run, link: Link, schema: str | None) -> Sql:
    own, columns = link.argument(0), link.argument(1)
    named = Sql.of("CONSTRAINT ", tables.name(label(own)), " ")
    kind = link.name
    if kind in ("addPrimaryKeyConstraint", "addUniqueConstraint"):
        return Sql.of(named, "PRIMARY KEY " if "Primary" in kind else "UNIQUE ", tables.names(labels(columns)))
    if kind == "addCheckConstraint":
        return Sql.of(named, f"CHECK ({_type(columns)})" if _type(columns) != tables.UNKNOWN else "CHECK (true)")
    if kind == "addForeignKeyConstraint":
        key = Key(_table(link.argument(2), schema).text, labels(link.argument(3)))
        for one in _chain(run, link.argument(4)):
            if one.name == "onDelete" and is_known_text(one.argument(0)):
                key.on_delete = one.argument(0)
            elif one.name == "onUpdate" and is_known_text(one.argument(0)):
                key.on_update = one.argument(0)
        return Sql.of(named, "FOREIGN KEY ", tables.names(labels(columns)), tables.references(key))
    raise NotTold(f"{kind} is not read")


def _index(first: Value, rest: tuple[Link, ...], schema: str | None) -> Sql:
    table: Sql | None = None
    columns: list[str | Sql] = []
    unique, exists, method, where = "", "", "", ""
    for link in rest:
        given = link.argument(0)
        if link.name == "on":
            table = _table(given, schema)
        elif link.name in ("column", "columns"):
            columns += [tables.name(one.partition(" ")[0]) for one in labels(given)]
        elif link.name == "expression":
            columns.append(_type(given) if _type(given) != tables.UNKNOWN else "(1)")  # sent as it stands
        elif link.name == "unique":
            unique = "UNIQUE "
        elif link.name == "ifNotExists":
            exists = "IF NOT EXISTS "
        elif link.name == "using" and (is_known_text(given) or isinstance(given, SqlText)):
            method = f" USING {_type(given)}"
        elif link.name == "where":
            where = " WHERE true"
        elif link.name != "nullsNotDistinct":
            raise NotTold(f"{link.name} of an index is not read")
    if table is None or not (columns or method.endswith(")")):
        raise NotTold("what an index is on can't be told")
    head = f"CREATE {unique}INDEX {exists}"
    # using("gin (body gin_trgm_ops)") has them.
    what = Sql.of(" (", Sql.join(", ", columns), ")") if columns else ""
    return Sql.of(head, tables.name(label(first)), " ON ", table, method, what, where)
