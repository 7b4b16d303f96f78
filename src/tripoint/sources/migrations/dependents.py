"""What depends on an object: what goes along with CASCADE, and stands in the way without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tripoint.model.catalog import Function, Index, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.speech import Speech, speech_of
from tripoint.sources.migrations.state import State
from tripoint.sql.grammar import Refusal, parse_expression, parse_statement
from tripoint.sql.infer import infer_columns
from tripoint.sql.scope import resolve_expression_names, resolve_names

__all__ = ["Object", "closure", "dependents", "shown"]


class Object(NamedTuple):
    """An object that can be dropped. `part` is what of it is meant: a column, a constraint, a signature."""

    kind: str
    """table, column, default, constraint, index, policy, trigger, function, type, attribute, sequence, schema or
    extension. The name of the last two is the second part of `name`."""
    name: Name
    part: str | tuple[str, ...] = ""

    def __str__(self) -> str:
        part = f" {self.part}" if isinstance(self.part, str) and self.part else ""
        return f"{self.kind}{part} {'of ' if part else ''}{self.name}"


def shown(state: State, item: Object) -> str:
    """Return what a message calls an object: a view is none of the tables, though it is dropped as one."""
    table = state.table(item.name) if item.kind == "table" else None
    return str(item) if table is None else f"{table.kind.replace('-', ' ')} {item.name}"


Found = Iterator[tuple[Object, bool]]
"""An object that depends on another, and whether it goes without CASCADE, too."""


def closure(state: State, roots: list[Object], cascade: bool) -> tuple[list[Object], Object | None]:
    """Return everything that goes when `roots` go, in order, and the first object that stands in the way."""
    going = dict.fromkeys(roots)
    blocker: Object | None = None
    waiting: list[Object] = []
    pending = list(roots)
    while pending or (waiting and cascade):
        if not pending:
            pending, waiting = waiting, []
            pending = [item for item in pending if item not in going]
            going.update(dict.fromkeys(pending))
            continue
        for item, automatic in dependents(state, pending.pop(0)):
            if item in going:
                continue
            if automatic:
                going[item] = None
                pending.append(item)
            else:
                waiting.append(item)
    blocker = next((item for item in waiting if item not in going and not _covered(item, going)), None)
    return list(going), blocker


def _covered(item: Object, going: dict[Object, None]) -> bool:
    """Tell whether an object is part of one that goes anyway."""
    if item.kind == "default" and Object("column", item.name, item.part) in going:
        return True
    return item.kind not in ("table", "function", "type", "sequence") and Object("table", item.name) in going


def dependents(state: State, root: Object) -> Found:
    """Yield what depends directly on one object."""
    if root.kind == "table":
        yield from _of_table(state, root.name)
    elif root.kind == "column":
        yield from _of_column(state, root.name, str(root.part))
    elif root.kind == "constraint":
        yield from _of_constraint(state, root.name, str(root.part))
    elif root.kind == "index":
        table = state.table(root.name)
        if table is not None:
            yield from _of_unique(state, table, table.indexes.get(str(root.part)))
    elif root.kind == "function":
        yield from _users(state, root.name, lambda speech: _means_any(state, speech.functions, root.name))
        yield from _triggers(state, root.name)
    elif root.kind == "type":
        yield from _of_type(state, root.name)
        yield from _users(state, root.name, lambda speech: _means_any(state, speech.types, root.name))
    elif root.kind == "schema":
        yield from ((item, False) for item in _in_schema(state, root.name.name))
    elif root.kind == "extension":
        for name, extension in state.extension_types.items():
            if extension == root.name.name:
                yield Object("type", name), True
    elif root.kind == "sequence":
        yield from _users(state, root.name, lambda speech: _means_any(state, speech.relations, root.name))


def _in_schema(state: State, schema: str) -> Iterator[Object]:
    for catalog in (state.catalog, state.base):
        yield from (Object("table", n) for n in catalog.tables if n.schema == schema and state.table(n) is not None)
        for kind in (catalog.enums, catalog.domains, catalog.composites):
            yield from (Object("type", n) for n in kind if n.schema == schema)
        yield from (Object("sequence", n) for n in catalog.sequences if n.schema == schema)
        for name, overloads in catalog.functions.items():
            if name.schema == schema:
                yield from (Object("function", name, function.identity) for function in overloads)


def _means_any(state: State, written: set[tuple[str, ...]], name: Name) -> bool:
    return any(state.means(names, name) for names in written)


def _of_table(state: State, name: Name) -> Found:
    for child in state.children.get(name, ()):
        table = state.table(child)
        yield Object("table", child), table is not None and table.partition_of == name
    for sequence in state.owned_sequences(name):
        yield Object("sequence", sequence.name), True
    for holder in state.mentioning(name.name):
        table = state.table(holder)
        if table is None or table.name == name:
            continue
        for key in table.constraint("foreign"):
            if key.references == name:
                yield Object("constraint", holder, key.name), False
    yield from _users(state, name, lambda speech: _means_any(state, speech.relations, name))
    yield from _of_type(state, name)


def _users(state: State, name: Name, uses: Callable[[Speech], bool]) -> Found:
    """Yield the objects with an expression or a query that speaks of something, as `uses` tells of its speech."""

    def speaks(text: str | None) -> bool:
        return text is not None and uses(speech_of(text))

    for holder in state.mentioning(name.name):
        table = state.table(holder)
        if table is None:
            continue
        if table.name != name and speaks(table.query):
            yield Object("table", holder), False
            continue
        for column in table.columns.values():
            if column.default and speaks(column.default):
                yield Object("column" if column.generated else "default", holder, column.name), False
        if table.name == name:
            continue
        yield from _expressions(table, speaks)
    for holder in state.mentioning(name.name, "function"):
        for function in state.functions(holder):
            if (function.body_place is None and speaks(function.body)) or any(
                speaks(a.default) for a in function.arguments
            ):
                yield Object("function", holder, function.identity), False


def _expressions(table: Table, speaks: Callable[[str | None], bool]) -> Found:
    for policy in table.policies.values():
        if speaks(policy.using) or speaks(policy.check):
            yield Object("policy", table.name, policy.name), False
    for constraint in table.constraint("check"):
        if speaks(constraint.expression):
            yield Object("constraint", table.name, constraint.name), False
    for index in table.indexes.values():
        if speaks(index.predicate) or any(speaks(key.expression) for key in index.columns):
            yield Object("index", table.name, index.name), False
    for trigger in table.triggers.values():
        if speaks(trigger.when):
            yield Object("trigger", table.name, trigger.name), False


def _triggers(state: State, name: Name) -> Found:
    for holder in state.mentioning(name.name):
        table = state.table(holder)
        for trigger in table.triggers.values() if table is not None else ():
            if trigger.function == name:
                yield Object("trigger", holder, trigger.name), False


def _of_type(state: State, name: Name) -> Found:
    text = state.type_display(name)
    for table_name, type_name in state.typed.items():
        if type_name == name:
            yield Object("table", table_name), False
    texts = {text, f"{text}[]", f"SETOF {text}", f"SETOF {text}[]"}

    def is_type(written: str | None) -> bool:
        return written is not None and (written in texts or written.startswith(f"{text}("))

    for holder in state.mentioning(name.name):
        table = state.table(holder)
        for column in table.columns.values() if table is not None and holder != name else ():
            if is_type(column.type):
                yield Object("column", holder, column.name), False
    for holder in state.mentioning(name.name, "function"):
        for function in state.functions(holder):
            if _signature_uses(function, text) or is_type(function.returns):
                yield Object("function", holder, function.identity), False
    for holder in state.mentioning(name.name, "domain"):
        domain = state.catalog.domains.get(holder)
        if domain is not None and is_type(domain.type):
            yield Object("type", holder), False
    for holder in state.mentioning(name.name, "composite"):
        composite = state.catalog.composites.get(holder)
        for column in composite.columns.values() if composite is not None else ():
            if is_type(column.type):
                yield Object("attribute", holder, column.name), False


def _signature_uses(function: Function, text: str) -> bool:
    return any(argument.type.removesuffix("[]") == text for argument in function.arguments)


def _of_constraint(state: State, holder: Name, name: str) -> Found:
    table = state.table(holder)
    constraint = table.constraints.get(name) if table is not None else None
    if table is None or constraint is None:
        return
    for child_name in state.children.get(holder, ()):
        child = state.table(child_name)
        for own in child.constraints.values() if child is not None else ():
            same = own.name == name if constraint.kind in ("check", "foreign") else own.columns == constraint.columns
            if own.inherited and own.kind == constraint.kind and same:
                yield Object("constraint", child_name, own.name), True
    if constraint.kind in ("primary", "unique"):
        yield from _of_unique(state, table, next((i for i in table.indexes.values() if i.constraint == name), None))


def _of_unique(state: State, table: Table, unique: Index | None) -> Found:
    """Yield the foreign keys that need a unique index: of several over the same columns they take the oldest."""
    if unique is None or not _serves_keys(unique):
        return
    columns = {key.name for key in unique.columns}
    alike = (i for i in table.indexes.values() if _serves_keys(i) and {key.name for key in i.columns} == columns)
    if next(alike) is not unique:
        return
    for other_name in state.mentioning(table.name.name):
        other = state.table(other_name)
        for key in other.constraint("foreign") if other is not None else ():
            if key.references == table.name and set(key.referenced_columns) == columns:
                yield Object("constraint", other_name, key.name), False


def _serves_keys(index: Index) -> bool:
    return index.unique and index.predicate is None and all(key.name is not None for key in index.columns)


def _of_column(state: State, holder: Name, column: str) -> Found:
    table = state.table(holder)
    if table is None:
        return

    def speaks(text: str | None) -> bool:
        return text is not None and column in speech_of(text).columns

    for child_name in state.children.get(holder, ()):
        child = state.table(child_name)
        if child is not None and column in child.columns and child.columns[column].inherited:
            yield Object("column", child_name, column), True
    for constraint in table.constraints.values():
        if column in constraint.columns:
            yield Object("constraint", holder, constraint.name), True
    for index in table.indexes.values():
        used = {key.name for key in index.columns} | set(index.include)
        if column in used or speaks(index.predicate) or any(speaks(key.expression) for key in index.columns):
            yield Object("index", holder, index.name), True
    for sequence in state.owned_sequences(holder, column):
        yield Object("sequence", sequence.name), True
    for other in table.columns.values():
        if other.generated and other.name != column and speaks(other.default):
            yield Object("column", holder, other.name), False
    for policy in table.policies.values():
        texts = (text for text in (policy.using, policy.check) if text is not None)
        if any(_uses_column(state, text, holder, holder, column) for text in texts):
            yield Object("policy", holder, policy.name), False
    for trigger in table.triggers.values():
        if column in trigger.update_columns or speaks(trigger.when):
            yield Object("trigger", holder, trigger.name), False
    yield from _far_users(state, table, column)


def _far_users(state: State, table: Table, column: str) -> Found:
    """Yield views and other tables' policies that use a column of a table."""
    for holder in state.mentioning(table.name.name):
        other = state.table(holder)
        if other is None or other.name == table.name:
            continue
        if other.query is not None and _uses_column(state, other.query, None, table.name, column):
            yield Object("table", holder), False
        for policy in other.policies.values():
            texts = (text for text in (policy.using, policy.check) if text is not None)
            if any(_uses_column(state, text, other.name, table.name, column) for text in texts):
                yield Object("policy", holder, policy.name), False


def _uses_column(state: State, text: str, of: Name | None, table: Name, column: str) -> bool:
    """Tell whether a view's query, or an expression over the table `of`, uses a column of a table."""
    speech = speech_of(text)
    if of == table and not speech.relations:
        return column in speech.columns
    if not speech.columns & {column, "*"} or (of != table and not _means_any(state, speech.relations, table)):
        return False
    path = tuple(state.path_schemas())
    if of is not None:
        tree = parse_expression(text)
        names = resolve_expression_names(tree, state.lookup(), path, of) if tree is not None else ()
    else:
        read = parse_statement(text)
        if read is None or isinstance(read, Refusal):
            return True
        query = {read[0]: read[1]}
        names = resolve_names(query, state.lookup(), path)
        passed = infer_columns(query, state.lookup(), path)
        if passed is None or any(cell.source == (table, column) for cell in passed):
            return True
    return any(
        name.kind == "column"
        and (name.column or name.written[-1]) == column
        and (name.target == table or name.outcome != "bound")
        for name in names
    )
