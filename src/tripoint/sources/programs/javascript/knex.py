"""Knex: `knex.raw(…)`, and the schema builder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.knex_tables import Builder, create, value_of
from tripoint.sources.programs.javascript.values import Function, Handle, Link, Value
from tripoint.sources.programs.javascript.written_by import NotTold, label, send, unread
from tripoint.sources.programs.steps import Choice
from tripoint.sources.programs.steps import Run as Sent
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret"]

_TABLE = "knex table"


def interpret(run: Run, handle: Handle) -> Value:
    """Do what a chain of Knex does when it is waited for."""
    if handle.kind == _TABLE:
        handle.data.add(handle.links, run.under)
        return HOLE
    answer: Value = HOLE
    links = list(handle.links)
    if links and links[0].name in ("client", "userParams", "context", "fn", "ref", "name"):
        return HOLE
    if links and links[0].name == "schema":
        schema: str | None = None
        for link in links[1:]:
            if link.name in ("withSchema",):
                schema = label(link.argument(0)) if is_known_text(link.argument(0)) else HOLE_CHARACTER
            elif link.name in ("then", "finally"):
                answer = _then(run, link, answer)
            elif link.name in ("catch", "transacting", "debug", "queryContext", "toString", "toSQL", "connection"):
                pass
            elif link.arguments is not None:
                answer = _schema(run, handle, link, schema)
        return answer
    for link in links:
        if link.name == "raw" and link is links[0]:
            raw(run, link)
        elif link.name in ("then", "finally"):
            answer = _then(run, link, answer)
        elif link.name in ("transaction", "transacting") and isinstance(link.argument(0), Function):
            answer = run.flush(run.invoke(link.argument(0), [Handle(handle.kind)]))
    return answer


def _then(run: Run, link: Link, answer: Value) -> Value:
    return run.flush(run.invoke(link.argument(0), [answer]))


def raw(run: Run, link: Link) -> None:
    """Send SQL with its bindings: `??` is an identifier, `?` a value."""
    run.raw(bound(link), link.span)


def bound(link: Link) -> Value:
    """Return SQL with what is put in for its question marks."""
    text, bindings = link.argument(0), link.argument(1)
    if not isinstance(text, str) or bindings is None:
        escaped = isinstance(text, str) and "\\?" in text
        return Text(text.replace("\\?", "?"), link.span) if escaped else text
    if not isinstance(bindings, list):
        bindings = [bindings] if not isinstance(bindings, dict) else bindings
    if isinstance(bindings, dict):
        found = text
        for key, value in bindings.items():
            found = found.replace(f":{key}:", _identifier(value)).replace(f":{key}", value_of(value) or HOLE_CHARACTER)
        return Text(found, link.span)
    parts, left = "", list(bindings)
    at = 0
    while at < len(text):
        if text.startswith("\\?", at):
            parts, at = parts + "?", at + 2
        elif text.startswith("??", at):
            parts, at = parts + _identifier(left.pop(0) if left else HOLE), at + 2
        elif text[at] == "?":
            given = left.pop(0) if left else HOLE
            parts, at = parts + (value_of(given) or HOLE_CHARACTER), at + 1
        else:
            parts, at = parts + text[at], at + 1
    return Text(parts, link.span)


def _identifier(value: Value) -> str:
    if not is_known_text(value):
        return HOLE_CHARACTER
    return ".".join('"' + part.replace('"', '""') + '"' for part in value.split("."))


def _schema(run: Run, handle: Handle, link: Link, schema: str | None) -> Value:
    """Do what a method of the schema builder does."""
    name, first, second = link.name, link.argument(0), link.argument(1)
    if name == "raw":
        raw(run, link)
        return HOLE
    if schema == HOLE_CHARACTER:
        unread(run, link, "the schema can't be told")
        return HOLE
    if name == "hasTable" and is_known_text(first):
        return tables.has_table(tables.qualified(first, schema))
    if name == "hasColumn" and is_known_text(first) and is_known_text(second):
        return tables.has_column(tables.qualified(first, schema), second)
    if name in ("createTable", "createTableIfNotExists", "alterTable", "table") and isinstance(second, Function):
        _with_builder(run, handle, link, schema, second)
        return HOLE
    send(run, link, partial(_plain, name, first, second, schema))
    return HOLE


def _with_builder(run: Run, handle: Handle, link: Link, schema: str | None, callback: Function) -> None:
    builder = Builder(len(run.under))
    outer, run.steps = run.steps, []
    run.flush(run.invoke(callback, [Handle(_TABLE, (), builder)]))
    steps, run.steps = run.steps, outer
    run.add(*steps)
    if steps:
        builder.problems.append("a condition or a function decides over a part of it")
    name = link.argument(0)
    try:
        for sql in create(builder, label(name), schema, link.name):
            run.add(Sent(sql, link.head))
        for condition, chains in builder.conditional.items():
            part = Builder(0, chains)
            made = create(part, label(name), schema, "alterTable")
            builder.problems += part.problems
            builder.names |= part.names
            if made:
                run.add(Choice(condition, [Sent(sql, link.head) for sql in made], []))
    except NotTold as error:
        builder.problems.append(str(error))
    if builder.problems:
        named = is_known_text(name)
        run.unclear(
            f"a part of {link.name} is not understood: {builder.problems[0]}",
            link.head,
            frozenset([name, *builder.names]) if named else run.touched_by(name),
        )


def _plain(name: str, first: Value, second: Value, schema: str | None) -> list[Sql]:
    """Return the statements of what is no table's builder."""
    if name in ("dropTable", "dropTableIfExists", "dropView", "dropViewIfExists"):
        kind = "VIEW" if "View" in name else "TABLE"
        exists = "IF EXISTS " if name.endswith("IfExists") else ""
        return [Sql.of(f"DROP {kind} {exists}", tables.qualified(label(first), schema))]
    if name in ("renameTable", "renameView"):
        kind = "VIEW" if "View" in name else "TABLE"
        return [
            Sql.of(f"ALTER {kind} ", tables.qualified(label(first), schema), " RENAME TO ", tables.name(label(second)))
        ]
    if name in ("createSchema", "createSchemaIfNotExists"):
        return [
            Sql.of("CREATE SCHEMA ", "IF NOT EXISTS " if name.endswith("Exists") else "", tables.name(label(first)))
        ]
    if name in ("dropSchema", "dropSchemaIfExists"):
        exists = "IF EXISTS " if name.endswith("Exists") else ""
        return [Sql.of("DROP SCHEMA ", exists, tables.name(label(first)), " CASCADE" if second is True else "")]
    raise NotTold(f"{name} is not read")
