"""DROP of everything, RESTRICT and CASCADE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tripoint.model.catalog import Table
from tripoint.model.name import Name, key_subject
from tripoint.sources.migrations.dependents import Object, closure, shown
from tripoint.sources.migrations.functions import find_function, wanted_function
from tripoint.sources.migrations.state import Context, ReferenceKind, State
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["FINDERS", "drop", "drop_objects", "drop_owned"]

_RELATION_KINDS: Final = {
    "OBJECT_TABLE": "table",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "materialized-view",
    "OBJECT_FOREIGN_TABLE": "foreign-table",
}
_FUNCTION_KINDS: Final = {
    "OBJECT_FUNCTION": ("function", "window", "aggregate"),
    "OBJECT_PROCEDURE": ("procedure",),
    "OBJECT_ROUTINE": ("function", "window", "aggregate", "procedure"),
    "OBJECT_AGGREGATE": ("aggregate",),
}

Find = Callable[[State, Context, Node, str, bool], list[Object] | None]
"""Returns the objects that one item of a DROP means; None where it does not exist."""


def drop(state: State, context: Context, node: Node) -> None:
    """DROP …: all of its objects together, or none."""
    kind = node["removeType"]
    find = FINDERS.get(kind)
    if find is None:
        return
    tolerant = bool(node.get("missing_ok"))
    roots: list[Object] = []
    for item in node.get("objects", ()):
        found = find(state, context, item, kind, tolerant)
        roots.extend(found or ())
    if roots:
        drop_objects(state, context, roots, node.get("behavior") == "DROP_CASCADE")


def drop_objects(state: State, context: Context, roots: list[Object], cascade: bool) -> bool:
    """Drop objects with what depends on them; tell whether PostgreSQL would."""
    going, blocker = closure(state, roots, cascade)
    if blocker is not None:
        state.refuse(context, f"{shown(state, blocker)} depends on {shown(state, roots[0])}")
        state.kept.extend((f"{root.name}.{root.part}", context.place) for root in roots if root.kind == "column")
        return False
    for item in going:
        if item.kind not in ("table", "type", "sequence", "function", "schema", "extension"):
            owner = state.table(item.name)
            if item.kind == "attribute":
                state.catalog.composites[item.name].columns.pop(str(item.part), None)
            elif owner is not None:
                _drop_part(state, context, state.change(owner, context.place), item)
    for item in going:
        _drop_whole(state, context, item)
    return True


def _drop_part(state: State, context: Context, table: Table, item: Object) -> None:
    part = str(item.part)
    if item.kind == "column" and part in table.columns:
        del table.columns[part]
        table.grants = {grant for grant in table.grants if grant.column != part}
        state.drops.append((f"{table.name}.{part}", context.place))
    elif item.kind == "default" and part in table.columns:
        table.columns[part].default = None
    elif item.kind in ("constraint", "index"):
        state.drops.extend((subject, context.place) for subject in _keys(table, item.kind, part))
        if item.kind == "constraint":
            state.remove_constraint(table, part)
        else:
            state.remove_index(table, part)
    elif item.kind == "policy":
        if table.policies.pop(part, None) is not None:
            state.drops.append((f"{table.name}/{part}", context.place))
    elif item.kind == "trigger":
        table.triggers.pop(part, None)
        for child in state.descendants(table.name):
            if part in child.triggers and child.triggers[part].inherited:
                del state.change(child, context.place).triggers[part]


def _keys(table: Table, kind: str, part: str) -> list[str]:
    """Return the subject of the unique key that goes with a constraint or an index, if one does."""
    constraint, index = table.constraints.get(part), table.indexes.get(part)
    if kind == "constraint" and constraint is not None and constraint.kind in ("primary", "unique"):
        return [key_subject(table.name, constraint.columns)]
    if kind == "index" and index is not None and index.unique and index.predicate is None:
        names = [column.name for column in index.columns if column.name is not None]
        return [key_subject(table.name, names)] if len(names) == len(index.columns) else []
    return []


def _drop_whole(state: State, context: Context, item: Object) -> None:
    name = item.name
    if item.kind == "table":
        table = state.table(name)
        if table is not None:
            state.remove_table(table)
            state.drops.append((str(name), context.place))
            for publication in state.catalog.publications.values():
                publication.tables.discard(name)
    elif item.kind == "sequence":
        state.remove_sequence(name)
    elif item.kind == "type":
        state.forget_type(name)
        state.drops.append((str(name), context.place))
    elif item.kind == "function":
        state.forget_function(name, tuple(item.part))
        state.drops.append((str(name), context.place))
    elif item.kind == "extension":
        state.catalog.extensions.pop(name.name, None)
        state.base.extensions.pop(name.name, None)
    elif item.kind == "schema":
        state.catalog.schemas.pop(name.name, None)
        state.base.schemas.pop(name.name, None)


def _relation(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    names = strings(item["List"]["items"])
    table = state.find_table(names)
    if table is None:
        if not tolerant:
            state.missing(context, names, "drop")
        return None
    if table.kind != _RELATION_KINDS[kind]:
        state.refuse(context, f'"{table.name.name}" is not a {_RELATION_KINDS[kind]}')
        return None
    return [Object("table", table.name)]


def _index(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    names = strings(item["List"]["items"])
    name = next((n for n in state.candidates(names) if n in state.index_owner), None)
    if name is None:
        if not tolerant:
            state.refuse(context, f'index "{".".join(names)}" does not exist', unless_older=True)
        return None
    owner = state.index_owner[name]
    table = state.table(owner)
    index = table.indexes.get(name.name) if table is not None else None
    if index is not None and index.constraint is not None:
        state.refuse(context, f'constraint "{index.constraint}" requires index "{name.name}"')
        return None
    found = [Object("index", owner, name.name)]
    if index is not None:
        for child in state.descendants(owner):
            copies = (c for c in child.indexes.values() if c.inherited and c.columns == index.columns)
            found.extend(Object("index", child.name, copy.name) for copy in copies)
    return found


def _sequence(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    names = strings(item["List"]["items"])
    name = next((n for n in state.candidates(names) if state.sequence(n) is not None), None)
    if name is None:
        if not tolerant:
            state.refuse(context, f'sequence "{".".join(names)}" does not exist')
        return None
    return [Object("sequence", name)]


def _type(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    names = strings(item["TypeName"].get("names"))
    name = state.resolve_type(names)
    if name is None or state.table(name) is not None:
        if not tolerant:
            state.refuse(context, f'type "{".".join(names)}" does not exist')
        return None
    return [Object("type", name)]


def _function(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    wanted = item["ObjectWithArgs"]
    function = find_function(state, wanted) if tolerant else wanted_function(state, context, wanted, dropped=True)
    if function is None:
        return None
    if function.kind not in _FUNCTION_KINDS[kind]:
        if not tolerant:
            state.refuse(context, f'function "{".".join(strings(wanted.get("objname")))}" does not exist')
        return None
    return [Object("function", function.name, function.identity)]


def _schema(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    name = item["String"].get("sval", "")
    if not state.schema_exists(name):
        if not tolerant:
            state.refuse(context, f'schema "{name}" does not exist')
        return None
    return [Object("schema", Name("", name))]


def _of_table(part: str, statement: ReferenceKind) -> Find:
    def find(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
        *names, name = strings(item["List"]["items"])
        table = state.find_table(names)
        if table is None:
            if not tolerant:
                state.missing(context, names, statement)
            return None
        if name not in (table.policies if part == "policy" else table.triggers):
            if not tolerant:
                state.refuse(context, f'{part} "{name}" for table "{table.name.name}" does not exist')
            return None
        return [Object(part, table.name, name)]

    return find


def _extension(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    name = item["String"].get("sval", "")
    if name not in state.catalog.extensions and name not in state.base.extensions:
        if not tolerant:
            state.refuse(context, f'extension "{name}" does not exist')
        return None
    return [Object("extension", Name("", name))]


def _publication(state: State, context: Context, item: Node, kind: str, tolerant: bool) -> list[Object] | None:
    for catalog in (state.catalog, state.base):
        catalog.publications.pop(item["String"].get("sval", ""), None)
    return None


FINDERS: Final[dict[str, Find]] = {
    "OBJECT_AGGREGATE": _function,
    "OBJECT_DOMAIN": _type,
    "OBJECT_EXTENSION": _extension,
    "OBJECT_FOREIGN_TABLE": _relation,
    "OBJECT_FUNCTION": _function,
    "OBJECT_INDEX": _index,
    "OBJECT_MATVIEW": _relation,
    "OBJECT_POLICY": _of_table("policy", "policy"),
    "OBJECT_PROCEDURE": _function,
    "OBJECT_PUBLICATION": _publication,
    "OBJECT_ROUTINE": _function,
    "OBJECT_SCHEMA": _schema,
    "OBJECT_SEQUENCE": _sequence,
    "OBJECT_TABLE": _relation,
    "OBJECT_TRIGGER": _of_table("trigger", "trigger"),
    "OBJECT_TYPE": _type,
    "OBJECT_VIEW": _relation,
}


def drop_owned(state: State, context: Context, node: Node) -> None:
    """DROP OWNED BY: everything that belongs to a role, which the text does not tell."""
    state.cannot_tell(context, "what belongs to the role can't be told from the text")
