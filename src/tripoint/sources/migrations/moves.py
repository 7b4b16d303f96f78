"""Giving an object a new name or schema, with everything that points at it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tripoint.model.catalog import Composite, Domain, Enum, Function, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.rewrite import Renamed, rewrite_all
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import note_mentions

__all__ = ["move_function", "move_relation", "move_sequence", "move_type"]


def move_relation(state: State, context: Context, table: Table, new: Name) -> None:
    """Rename a table or view, or move it to another schema with its indexes and sequences."""
    old = table.name
    owned = state.owned_sequences(old)
    state.move_table(table, new)
    state.renames.append((str(old), str(new), context.place))
    state.note_made(str(new), context.place)
    note_mentions(state, table)
    for sequence in owned:
        state.own(sequence, new, sequence.owned_by[1] if sequence.owned_by is not None else "")
        if old.schema != new.schema:
            move_sequence(state, sequence.name, Name(new.schema, sequence.name.name))
    for holder in state.mentioning(old.name):
        other = state.table(new if holder == old else holder)
        for key in other.constraint("foreign") if other is not None else ():
            if key.references == old:
                key.references = new
                state.mention(new.name, other.name if other is not None else new)
    for publication in state.catalog.publications.values():
        if old in publication.tables:
            publication.tables.discard(old)
            publication.tables.add(new)
    rewrite_all(state, Renamed("relation", old, new), old.name)
    _retype(state, old, new)


def move_sequence(state: State, old: Name, new: Name) -> None:
    """Rename a sequence or move it to another schema."""
    sequence = state.sequence(old)
    if sequence is None:
        return
    state.remove_sequence(old)
    sequence.name = new
    state.catalog.sequences[new] = sequence
    rewrite_all(state, Renamed("relation", old, new), old.name)


def move_function(state: State, function: Function, new: Name) -> None:
    """Rename a function or move it to another schema."""
    old = function.name
    function = state.change_function(function)
    state.forget_function(old, function.identity)
    function.name = new
    state.catalog.functions.setdefault(new, []).append(function)
    for argument in function.arguments:
        state.mention(argument.type, new, "function")
    state.mention(function.returns, new, "function")
    for holder in state.mentioning(old.name):
        table = state.catalog.tables.get(holder)
        for trigger in table.triggers.values() if table is not None else ():
            if trigger.function == old:
                trigger.function = new
                state.mention(new.name, holder)
    rewrite_all(state, Renamed("function", old, new), old.name)


def move_type(state: State, old: Name, new: Name) -> None:
    """Rename a type or move it to another schema."""
    kinds: tuple[dict[Name, Enum] | dict[Name, Domain] | dict[Name, Composite], ...] = (
        state.catalog.enums,
        state.catalog.domains,
        state.catalog.composites,
    )
    for kind in kinds:
        _move_key(kind, old, new)
    if old in state.extension_types:
        state.extension_types[new] = state.extension_types.pop(old)
    for former in (state.base.enums, state.base.domains, state.base.composites):
        former.pop(old, None)
    for table, type_ in state.typed.items():
        state.typed[table] = new if type_ == old else type_
    _retype(state, old, new)
    rewrite_all(state, Renamed("type", old, new), old.name)


def _move_key(kind: dict[Name, Enum] | dict[Name, Domain] | dict[Name, Composite], old: Name, new: Name) -> None:
    found = kind.pop(old, None)
    if found is not None:
        found.name = new
        kind[new] = found  # type: ignore[assignment]


def _retype(state: State, old: Name, new: Name) -> None:
    """Give what is of a type its new text."""
    before, after = state.type_display(old), state.type_display(new)

    def fresh(text: str) -> str:
        base = text.removeprefix("SETOF ")
        rest = base.removeprefix(before)
        if base.startswith(before) and (rest == "" or rest[0] in "[("):
            return text[: len(text) - len(base)] + after + rest
        return text

    for holder in state.mentioning(old.name):
        table = state.catalog.tables.get(holder)
        for column in table.columns.values() if table is not None else ():
            column.type = fresh(column.type)
        state.mention(new.name, holder)
    _retype_others(state, old, new, fresh)


def _retype_others(state: State, old: Name, new: Name, fresh: Callable[[str], str]) -> None:
    for holder in state.mentioning(old.name, "function"):
        for function in state.catalog.functions.get(holder, ()):
            function.arguments = tuple(replace(argument, type=fresh(argument.type)) for argument in function.arguments)
            function.returns = fresh(function.returns) if function.returns is not None else None
        state.mention(new.name, holder, "function")
    for holder in state.mentioning(old.name, "domain"):
        domain = state.catalog.domains.get(holder)
        if domain is not None:
            domain.type = fresh(domain.type)
        state.mention(new.name, holder, "domain")
    for holder in state.mentioning(old.name, "composite"):
        composite = state.catalog.composites.get(holder)
        for column in composite.columns.values() if composite is not None else ():
            column.type = fresh(column.type)
        state.mention(new.name, holder, "composite")
