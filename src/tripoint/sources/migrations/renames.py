"""ALTER … RENAME and ALTER … SET SCHEMA of everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from tripoint.model.catalog import Table
from tripoint.model.name import Name
from tripoint.sources.migrations.functions import find_function, wanted_function
from tripoint.sources.migrations.moves import move_function, move_relation, move_sequence, move_type
from tripoint.sources.migrations.rewrite import Renamed, rewrite, rewrite_all
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import note_mentions
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["RENAMES", "rename", "set_schema"]

Rename = Callable[[State, Context, Node], None]


def rename(state: State, context: Context, node: Node) -> None:
    """ALTER … RENAME."""
    apply = RENAMES.get(node["renameType"])
    if apply is not None:
        apply(state, context, node)


def _names(node: Node) -> tuple[str, ...]:
    """Return the name in a statement's `object`."""
    item = node.get("object", {})
    if "List" in item:
        return strings(item["List"].get("items"))
    if "TypeName" in item:
        return strings(item["TypeName"].get("names"))
    return strings([item])


def _table(state: State, context: Context, node: Node) -> Table | None:
    written = state.written(node["relation"])
    table = state.find_table(written)
    if table is None:
        if not node.get("missing_ok"):
            state.missing(context, written, "alter")
        return None
    return state.change(table, context.place)


def _relation(state: State, context: Context, node: Node) -> None:
    written = state.written(node["relation"])
    if state.find_table(written) is None:
        if any(name in state.index_owner for name in state.candidates(written)):
            _index(state, context, node)
            return
        if any(state.sequence(name) is not None for name in state.candidates(written)):
            _sequence(state, context, node)
            return
    table = _table(state, context, node)
    if table is None:
        new_name = str(state.full_name((*written[:-1], node["newname"])))
        state.cannot_tell(context, "it renames what no statement that is read creates", frozenset({new_name}))
        return
    new = Name(table.name.schema, node["newname"])
    if state.relation_taken(new):
        state.refuse(context, f'relation "{new.name}" already exists')
        return
    move_relation(state, context, table, new)


def _index(state: State, context: Context, node: Node) -> None:
    written = state.written(node["relation"])
    name = next((n for n in state.candidates(written) if n in state.index_owner), None)
    table = state.table(state.index_owner[name]) if name is not None else None
    if name is None or table is None:
        if not node.get("missing_ok"):
            state.refuse(context, f'relation "{".".join(written)}" does not exist')
        return
    _rename_index(state, state.change(table, context.place), name.name, node["newname"])


def _rename_index(state: State, table: Table, old: str, new: str) -> None:
    """Rename an index, and the constraint that it stands behind."""
    index = table.indexes.get(old)
    constraint = None
    if index is not None:
        constraint = table.constraints.get(index.constraint) if index.constraint is not None else None
        state.remove_index(table, old)
        index.name = new
    elif old in table.constraints:
        constraint = table.constraints[old]
    if constraint is not None:
        state.rename_constraint(table, constraint, new)
        if index is not None:
            index.constraint = new
    if index is not None:
        state.add_index(table, index)


def _constraint(state: State, context: Context, node: Node) -> None:
    table = _table(state, context, node)
    if table is None:
        return
    old, new = node["subname"], node["newname"]
    constraint = table.constraints.get(old)
    if constraint is None:
        if not any(old == f"{table.name.name}_{column}_not_null" for column in table.columns):
            state.refuse(context, f'constraint "{old}" for table "{table.name.name}" does not exist')
        return
    if constraint.kind in ("primary", "unique", "exclude"):
        _rename_index(state, table, old, new)
        return
    state.rename_constraint(table, constraint, new)
    for child in state.descendants(table.name):
        inherited = child.constraints.get(old)
        if inherited is not None and inherited.inherited:
            state.rename_constraint(state.change(child, context.place), child.constraints[old], new)


def _sequence(state: State, context: Context, node: Node) -> None:
    written = state.written(node["relation"])
    name = next((n for n in state.candidates(written) if state.sequence(n) is not None), None)
    if name is None:
        if not node.get("missing_ok"):
            state.refuse(context, f'relation "{".".join(written)}" does not exist')
        return
    move_sequence(state, name, Name(name.schema, node["newname"]))


def _column(state: State, context: Context, node: Node) -> None:
    table = _table(state, context, node)
    if table is None:
        return
    old, new = node["subname"], node["newname"]
    if old not in table.columns:
        if table.complete:
            state.refuse(context, f'column "{old}" does not exist')
        return
    if new in table.columns:
        state.refuse(context, f'column "{new}" of relation "{table.name.name}" already exists')
        return
    if table.columns[old].inherited:
        state.refuse(context, f'cannot rename inherited column "{old}"')
        return
    for each in [table, *state.descendants(table.name)]:
        if old in each.columns:
            rename_column(state, state.change(each, context.place), old, new)
    state.renames.append((f"{table.name}.{old}", f"{table.name}.{new}", context.place))


def rename_column(state: State, table: Table, old: str, new: str) -> None:
    """Rename a column of one table wherever it is spoken of."""

    def fresh(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    table.columns = {new if name == old else name: column for name, column in table.columns.items()}
    table.columns[new].name = new
    for constraint in table.constraints.values():
        constraint.columns, constraint.include = fresh(constraint.columns), fresh(constraint.include)
        constraint.on_delete_columns = fresh(constraint.on_delete_columns)
    for index in table.indexes.values():
        index.include = fresh(index.include)
        index.columns = tuple(replace(key, name=new) if key.name == old else key for key in index.columns)
    for trigger in table.triggers.values():
        trigger.update_columns = fresh(trigger.update_columns)
    table.grants = {replace(grant, column=new) if grant.column == old else grant for grant in table.grants}
    for sequence in state.owned_sequences(table.name, old):
        state.own(sequence, table.name, new)
    for holder in state.mentioning(table.name.name):
        other = state.catalog.tables.get(holder)
        for key in other.constraint("foreign") if other is not None else ():
            if key.references == table.name:
                key.referenced_columns = fresh(key.referenced_columns)
    change = Renamed("column", table.name, table.name, old, new)
    if table.partitioned is not None:
        strategy, _, columns = table.partitioned.partition("(")
        table.partitioned = f"{strategy}({rewrite(state, columns.removesuffix(')'), change, table)})"
    rewrite_all(state, change, old)
    note_mentions(state, table)


def _attribute(state: State, context: Context, node: Node) -> None:
    written = state.written(node["relation"])
    name = next((n for n in state.candidates(written) if n in state.catalog.composites), None)
    columns = state.catalog.composites[name].columns if name is not None else {}
    old, new = node["subname"], node["newname"]
    if name is None or old not in columns:
        state.refuse(context, f'column "{old}" of relation "{".".join(written)}" does not exist')
        return
    columns[old].name = new
    state.catalog.composites[name].columns = {c.name: c for c in columns.values()}
    for table_name, type_name in state.typed.items():
        table = state.catalog.tables.get(table_name)
        if type_name == name and table is not None:
            rename_column(state, table, old, new)


def _domain_constraint(state: State, context: Context, node: Node) -> None:
    name = next((n for n in state.candidates(_names(node)) if n in state.catalog.domains), None)
    domain = state.catalog.domains[name] if name is not None else None
    if domain is not None and node["subname"] in domain.checks:
        domain.checks = {node["newname"] if n == node["subname"] else n: text for n, text in domain.checks.items()}


def _policy(state: State, context: Context, node: Node) -> None:
    table = _table(state, context, node)
    policy = table.policies.get(node["subname"]) if table is not None else None
    if table is None or policy is None:
        if table is not None:
            state.refuse(context, f'policy "{node["subname"]}" for table "{table.name.name}" does not exist')
        return
    if node["newname"] in table.policies:
        state.refuse(context, f'policy "{node["newname"]}" for table "{table.name.name}" already exists')
        return
    del table.policies[policy.name]
    policy.name = node["newname"]
    table.policies[policy.name] = policy


def _trigger(state: State, context: Context, node: Node) -> None:
    table = _table(state, context, node)
    if table is None:
        return
    old, new = node["subname"], node["newname"]
    if old not in table.triggers:
        state.refuse(context, f'trigger "{old}" for table "{table.name.name}" does not exist')
        return
    children = [child for child in state.descendants(table.name) if old in child.triggers]
    for each in [table, *(state.change(child, context.place) for child in children)]:
        trigger = each.triggers.pop(old)
        trigger.name = new
        each.triggers[new] = trigger


def _function(state: State, context: Context, node: Node) -> None:
    function = wanted_function(state, context, node["object"]["ObjectWithArgs"])
    if function is None:
        return
    new = Name(function.name.schema, node["newname"])
    state.renames.append((str(function.name), str(new), context.place))
    move_function(state, function, new)


def _type(state: State, context: Context, node: Node) -> None:
    name = state.resolve_type(_names(node))
    if name is None:
        state.refuse(context, f'type "{".".join(_names(node))}" does not exist')
        return
    new = Name(name.schema, node["newname"])
    if state.type_exists(new):
        state.refuse(context, f'type "{new.name}" already exists')
        return
    state.renames.append((str(name), str(new), context.place))
    move_type(state, name, new)


def _schema(state: State, context: Context, node: Node) -> None:
    old, new = node["subname"], node["newname"]
    if not state.schema_exists(old) or state.schema_exists(new):
        state.refuse(context, f'schema "{old}" can\'t be renamed to "{new}"')
        return
    schema = state.change_schema(old)
    del state.catalog.schemas[old]
    state.base.schemas.pop(old, None)
    schema.name = new
    state.catalog.schemas[new] = schema
    for table in [table for table in state.catalog.tables.values() if table.name.schema == old]:
        move_relation(state, context, table, Name(new, table.name.name))
    for name in [name for name in state.catalog.sequences if name.schema == old]:
        move_sequence(state, name, Name(new, name.name))
    for kind in (state.catalog.enums, state.catalog.domains, state.catalog.composites, state.extension_types):
        for name in [name for name in kind if name.schema == old]:
            move_type(state, name, Name(new, name.name))
    for overloads in [list(found) for name, found in state.catalog.functions.items() if name.schema == old]:
        for function in overloads:
            move_function(state, function, Name(new, function.name.name))


def _role(state: State, context: Context, node: Node) -> None:
    old, new = node["subname"], node["newname"]
    if old not in state.catalog.roles:
        return
    state.catalog.roles.discard(old)
    state.catalog.roles.add(new)
    for table in state.catalog.tables.values():
        table.owner = new if table.owner == old else table.owner
        table.grants = {replace(grant, role=new) if grant.role == old else grant for grant in table.grants}
        for policy in table.policies.values():
            policy.roles = tuple(sorted(new if role == old else role for role in policy.roles))


def _publication(state: State, context: Context, node: Node) -> None:
    publication = state.catalog.publications.pop(_names(node)[-1], None)
    if publication is not None:
        publication.name = node["newname"]
        state.catalog.publications[publication.name] = publication


RENAMES: Final[dict[str, Rename]] = {
    "OBJECT_AGGREGATE": _function,
    "OBJECT_ATTRIBUTE": _attribute,
    "OBJECT_COLUMN": _column,
    "OBJECT_DOMAIN": _type,
    "OBJECT_DOMCONSTRAINT": _domain_constraint,
    "OBJECT_FOREIGN_TABLE": _relation,
    "OBJECT_FUNCTION": _function,
    "OBJECT_INDEX": _index,
    "OBJECT_MATVIEW": _relation,
    "OBJECT_POLICY": _policy,
    "OBJECT_PROCEDURE": _function,
    "OBJECT_PUBLICATION": _publication,
    "OBJECT_ROLE": _role,
    "OBJECT_ROUTINE": _function,
    "OBJECT_SCHEMA": _schema,
    "OBJECT_SEQUENCE": _sequence,
    "OBJECT_TABCONSTRAINT": _constraint,
    "OBJECT_TABLE": _relation,
    "OBJECT_TRIGGER": _trigger,
    "OBJECT_TYPE": _type,
    "OBJECT_VIEW": _relation,
}


def set_schema(state: State, context: Context, node: Node) -> None:
    """ALTER … SET SCHEMA."""
    kind, schema = node.get("objectType", ""), node["newschema"]
    if "relation" in node:
        written = state.written(node["relation"])
        sequence = next((n for n in state.candidates(written) if state.sequence(n) is not None), None)
        if sequence is not None:
            move_sequence(state, sequence, Name(schema, sequence.name))
            return
        table = _table(state, context, node)
        if table is not None:
            move_relation(state, context, table, Name(schema, table.name.name))
    elif "ObjectWithArgs" in node.get("object", {}):
        function = find_function(state, node["object"]["ObjectWithArgs"])
        if function is not None:
            move_function(state, function, Name(schema, function.name.name))
    elif kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        name = state.resolve_type(_names(node))
        if name is not None:
            move_type(state, name, Name(schema, name.name))
    elif kind == "OBJECT_EXTENSION":
        extension = state.catalog.extensions.get(_names(node)[-1])
        if extension is not None:
            extension.schema = schema
            for name in [name for name, owner in state.extension_types.items() if owner == extension.name]:
                move_type(state, name, Name(schema, name.name))
