"""Enums, domains, composite types, ranges and base types."""

from __future__ import annotations

from tripoint.model.catalog import Column, Composite, Domain, Enum
from tripoint.model.name import Name
from tripoint.sources.migrations.columns import default_at, flagged
from tripoint.sources.migrations.early import needs_type, note_early
from tripoint.sources.migrations.naming import choose_name
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.transactions import note_new_value
from tripoint.sql.extent import first_location
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = [
    "alter_domain",
    "alter_enum",
    "create_composite",
    "create_domain",
    "create_enum",
    "create_range",
    "create_type",
]


def _new_name(state: State, context: Context, names: tuple[str, ...]) -> Name | None:
    name = Name(names[-2] if len(names) > 1 else state.creation_schema(), names[-1])
    if state.type_exists(name):
        state.refuse(context, f'type "{name.name}" already exists')
        return None
    state.note_made(str(name), context.place)
    return name


def create_enum(state: State, context: Context, node: Node) -> None:
    """CREATE TYPE … AS ENUM."""
    name = _new_name(state, context, strings(node.get("typeName")))
    if name is not None:
        state.catalog.enums[name] = Enum(name, list(strings(node.get("vals"))), place=context.place)


def alter_enum(state: State, context: Context, node: Node) -> None:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    names = strings(node.get("typeName"))
    name = next((n for n in state.candidates(names) if n in state.catalog.enums or n in state.base.enums), None)
    if name is None:
        state.refuse(context, f'type "{".".join(names)}" does not exist')
        note_early(state, context, "type", names)
        return
    if name not in state.catalog.enums:
        former = state.base.enums[name]
        state.catalog.enums[name] = Enum(name, list(former.values), former.comment)
    values = state.catalog.enums[name].values
    if state.labels[0] is not values:
        state.labels = values, set(values)
    known = state.labels[1]
    new, old, neighbor = node.get("newVal", ""), node.get("oldVal"), node.get("newValNeighbor")
    if old is not None:
        if old not in known or new in known:
            state.refuse(context, f'"{old}" can\'t be renamed to "{new}"')
        else:
            values[values.index(old)] = new
            known.discard(old)
            known.add(new)
            state.renames.append((f"{name}='{old}'", f"{name}='{new}'", context.place))
            _rename_in_defaults(state, name, old, new)
    elif new in known:
        if not node.get("skipIfNewValExists"):
            state.refuse(context, f'enum label "{new}" already exists')
    elif neighbor is not None and neighbor not in known:
        state.refuse(context, f'"{neighbor}" is not an existing enum label')
    else:
        after = (
            values.index(neighbor) + (1 if node.get("newValIsAfter") else 0) if neighbor is not None else len(values)
        )
        values.insert(after, new)
        known.add(new)
        note_new_value(state, context, name, new)


def _rename_in_defaults(state: State, enum: Name, old: str, new: str) -> None:
    """Give the defaults of an enum's columns the new label: PostgreSQL holds the value, not its text."""
    text = state.type_display(enum)
    before, after = ("'" + label.replace("'", "''") + "'" for label in (old, new))
    for holder in state.mentioning(enum.name):
        table = state.catalog.tables.get(holder)
        for column in table.columns.values() if table is not None else ():
            if column.type == text and column.default is not None and column.default.startswith(before):
                column.default = after + column.default[len(before) :]


def create_domain(state: State, context: Context, node: Node) -> None:
    """CREATE DOMAIN."""
    name = _new_name(state, context, strings(node.get("domainname")))
    if name is None:
        return
    needs_type(state, context, node["typeName"])
    domain = Domain(name, state.type_text(node["typeName"]), place=context.place)
    state.catalog.domains[name] = domain
    for constraint in flagged(node):
        kind = constraint.node["contype"]
        if kind == "CONSTR_NOTNULL":
            domain.nullable = False
        elif kind == "CONSTR_DEFAULT":
            domain.default = default_at(context, constraint)
        elif kind == "CONSTR_CHECK":
            _add_check(context, domain, constraint.node)
    for text in (domain.type, domain.default, *domain.checks.values()):
        state.mention(text, name, "domain")


def _add_check(context: Context, domain: Domain, node: Node) -> None:
    name = node.get("conname") or choose_name(domain.name.name, None, "check", domain.checks.__contains__)
    domain.checks[name] = context.extents.parenthesized(context.extents.after(node, "check")) or ""


def alter_domain(state: State, context: Context, node: Node) -> None:
    """ALTER DOMAIN."""
    names = strings(node.get("typeName"))
    domain = next((state.catalog.domains[n] for n in state.candidates(names) if n in state.catalog.domains), None)
    if domain is None:
        state.refuse(context, f'type "{".".join(names)}" does not exist')
        note_early(state, context, "type", names)
        return
    kind = node.get("subtype")
    if kind == "T":
        extents = context.extents
        start = (
            extents.find_back("set default", extents.index(first_location(node.get("def")))) if "def" in node else -1
        )
        domain.default = extents.term(start) if start >= 0 else None
    elif kind in ("N", "O"):
        domain.nullable = kind == "N"
    elif kind == "C":
        constraint = node["def"]["Constraint"]
        if constraint["contype"] == "CONSTR_NOTNULL":
            domain.nullable = False
        elif constraint["contype"] == "CONSTR_CHECK":
            _add_check(context, domain, constraint)
    elif kind == "X":
        known = domain.checks.pop(node.get("name", ""), None) is not None
        if not known and not node.get("missing_ok"):
            state.refuse(context, f'constraint "{node.get("name")}" of domain "{domain.name.name}" does not exist')
    for text in (domain.default, *domain.checks.values()):
        state.mention(text, domain.name, "domain")


def create_composite(state: State, context: Context, node: Node) -> None:
    """CREATE TYPE … AS (…)."""
    relation = node["typevar"]
    name = _new_name(state, context, state.written(relation))
    if name is None:
        return
    composite = Composite(name, place=context.place)
    for item in node.get("coldeflist", ()):
        definition = item["ColumnDef"]
        place = context.item(definition.get("location", 0))
        needs_type(state, context, definition["typeName"])
        column = Column(definition["colname"], state.type_text(definition["typeName"]), place=place)
        composite.columns[column.name] = column
        state.mention(column.type, name, "composite")
    state.catalog.composites[name] = composite


def create_range(state: State, context: Context, node: Node) -> None:
    """CREATE TYPE … AS RANGE, and the multirange that comes with it."""
    name = _new_name(state, context, strings(node.get("typeName")))
    if name is None:
        return
    state.catalog.composites[name] = Composite(name, "range", place=context.place)
    options = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in node.get("params", ())}
    subtype = options.get("subtype", {}).get("TypeName")
    if subtype is not None:
        state.mention(state.type_text(subtype), name, "composite")
    written = options.get("multirange_type_name", {}).get("TypeName", {}).get("names")
    if written:
        multirange = strings(written)[-1]
    elif "range" in name.name:
        multirange = name.name.replace("range", "multirange", 1)
    else:
        multirange = name.name + "_multirange"
    state.extension_types[Name(name.schema, multirange)] = str(name)


def create_type(state: State, context: Context, node: Node) -> None:
    """CREATE TYPE of a base type, or the shell of one; other objects of CREATE … (definition) hold no data."""
    names = strings(node.get("defnames"))
    name = Name(names[-2] if len(names) > 1 else state.creation_schema(), names[-1])
    if name not in state.catalog.composites:
        state.catalog.composites[name] = Composite(name, "base", place=context.place)
