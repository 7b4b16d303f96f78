"""Constraints and the indexes behind them, with the names that PostgreSQL gives them."""

from __future__ import annotations

from typing import Final

from tripoint.model.catalog import Constraint, Index, IndexColumn, ReferentialAction, Table
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sources.migrations.columns import ConstraintNode
from tripoint.sources.migrations.early import lacks_column, needs_target
from tripoint.sources.migrations.naming import column_part, index_column_names
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Node
from tripoint.sql.grammar import parse_expression
from tripoint.sql.key_types import KEY_TYPES, are_comparable, key_type_base
from tripoint.sql.types import strings

__all__ = ["add_constraints", "columns_in", "index_keys", "inherit_check", "keys_differ"]

ACTIONS: Final[dict[str, ReferentialAction]] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_KEYS: Final = {"CONSTR_PRIMARY": "primary", "CONSTR_UNIQUE": "unique", "CONSTR_EXCLUSION": "exclude"}
_LABELS: Final = {"primary": "pkey", "unique": "key", "exclude": "excl"}


def columns_in(node: object, table: Table) -> list[str]:
    """Return the columns of a table that an expression over it names, in the order in which they first appear."""
    found: list[str] = []
    pending: list[object] = [node]
    while pending:
        item = pending.pop(0)
        if isinstance(item, dict):
            reference = item.get("ColumnRef")
            if reference is not None:
                fields = strings(reference.get("fields"))
                name = next((field for field in fields if field in table.columns), None)
                if name is not None and name not in found:
                    found.append(name)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return found


def add_constraints(
    state: State, context: Context, table: Table, constraints: list[ConstraintNode], new_table: bool
) -> None:
    """Add constraints in PostgreSQL's order: checks, the primary key, unique and exclusion, foreign keys.

    With `new_table` nothing is left unvalidated: there are no rows yet.
    """
    for constraint in constraints:
        if constraint.node["contype"] == "CONSTR_CHECK":
            _add_check(state, context, table, constraint, new_table)
        elif constraint.node["contype"] == "CONSTR_NOTNULL":
            for name in strings(constraint.node.get("keys")):
                if name in table.columns:
                    table.columns[name].nullable = False
    keys = [constraint for constraint in constraints if constraint.node["contype"] in _KEYS]
    keys.sort(key=lambda constraint: constraint.node["contype"] != "CONSTR_PRIMARY")
    for constraint in _distinct(keys) if new_table else keys:
        _add_key(state, context, table, constraint)
    for constraint in constraints:
        if constraint.node["contype"] == "CONSTR_FOREIGN":
            _add_foreign_key(state, context, table, constraint, new_table)


def _distinct(keys: list[ConstraintNode]) -> list[ConstraintNode]:
    """Leave out a key that says the same as an earlier one, as PostgreSQL does for UNIQUE PRIMARY KEY."""
    kept: dict[object, ConstraintNode] = {}
    for constraint in keys:
        node = constraint.node
        if node["contype"] == "CONSTR_EXCLUSION":
            kept[id(node)] = constraint
            continue
        same = (
            _key_columns(constraint),
            strings(node.get("including")),
            node.get("nulls_not_distinct", False),
            constraint.flag("deferrable"),
            constraint.flag("initdeferred"),
        )
        earlier = kept.setdefault(same, constraint)
        if earlier is not constraint and "conname" not in earlier.node and "conname" in node:
            earlier.node = {**earlier.node, "conname": node["conname"]}
    return list(kept.values())


def _key_columns(constraint: ConstraintNode) -> tuple[str, ...]:
    written = strings(constraint.node.get("keys"))
    return written or ((constraint.column,) if constraint.column is not None else ())


def _place(context: Context, constraint: ConstraintNode) -> Place:
    return context.item(constraint.node.get("location", 0), constraint.stop)


def _named(state: State, context: Context, table: Table, name: str | None) -> bool:
    """Tell whether a written name is still free on the table."""
    if name is not None and name in table.constraints:
        state.refuse(context, f'constraint "{name}" for relation "{table.name.name}" already exists')
        return False
    return True


def _add_check(state: State, context: Context, table: Table, constraint: ConstraintNode, new_table: bool) -> None:
    node = constraint.node
    name = node.get("conname")
    if name in table.constraints and table.constraints[name].inherited:
        table.constraints[name].inherited = False
        return
    if not _named(state, context, table, name):
        return
    expression = context.extents.parenthesized(context.extents.after(node, "check")) or ""
    columns = columns_in(node.get("raw_expr"), table)
    if name is None:
        name = state.choose_constraint(table.name, columns[0] if len(columns) == 1 else None, "check")
    validated = new_table or not constraint.flag("skip_validation")
    built = Constraint(
        name, "check", _in_order(table, columns), expression, validated=validated, place=_place(context, constraint)
    )
    state.add_constraint(table, built)
    if not node.get("is_no_inherit"):
        for child in state.descendants(table.name):
            inherit_check(state, state.change(child, context.place), built)


def _in_order(table: Table, columns: list[str]) -> tuple[str, ...]:
    """Return columns in the table's order, which is what pg_constraint holds for a check."""
    return tuple(name for name in table.columns if name in columns)


def inherit_check(state: State, child: Table, check: Constraint) -> None:
    """Give a child a check of its parent."""
    if check.name in child.constraints:
        return
    state.add_constraint(
        child,
        Constraint(
            check.name,
            "check",
            check.columns,
            check.expression,
            validated=check.validated,
            place=check.place,
            inherited=True,
        ),
    )


def index_keys(extents: Extents, elements: list[Node], start: int) -> tuple[IndexColumn, ...]:
    """Return the keys of an index. `start` is the first token within the parentheses that list them."""
    spans = list(extents.items(start, len(extents.tokens)))
    keys: list[IndexColumn] = []
    for element, span in zip(elements, spans, strict=False):
        node = element["IndexElem"]
        descending = node.get("ordering") == "SORTBY_DESC"
        nulls = node.get("nulls_ordering", "SORTBY_NULLS_DEFAULT")
        first = descending if nulls == "SORTBY_NULLS_DEFAULT" else nulls == "SORTBY_NULLS_FIRST"
        opclass = strings(node.get("opclass"))
        keys.append(
            IndexColumn(
                node.get("name"),
                None if "name" in node else _element_expression(extents, *span),
                descending,
                first,
                opclass[-1] if opclass else None,
            )
        )
    return tuple(keys)


def _element_expression(extents: Extents, start: int, stop: int) -> str:
    """Return the expression of an index element: what stands in its parentheses, or a function call."""
    found = extents.group(start)
    if found is None:
        return extents.between(start, stop)
    return extents.between(*found) if found[0] == start + 1 else extents.between(start, found[1] + 1)


def _add_key(state: State, context: Context, table: Table, constraint: ConstraintNode) -> None:
    node = constraint.node
    kind = _KEYS[node["contype"]]
    if kind == "primary" and table.primary_key is not None:
        state.refuse(context, f'multiple primary keys for table "{table.name.name}" are not allowed')
        return
    name = node.get("conname")
    if not _named(state, context, table, name):
        return
    if node.get("indexname"):
        _adopt_index(state, context, table, constraint, kind)
        return
    include = strings(node.get("including"))
    predicate = expression = None
    if kind == "exclude":
        elements = [item["List"]["items"][0] for item in node.get("exclusions", ())]
        start = context.extents.group(context.extents.after(node, "exclude"))
        keys = index_keys(context.extents, elements, start[0]) if start else ()
        expression = context.extents.between(*start) if start else None
        if node.get("where_clause") and start:
            predicate = context.extents.parenthesized(context.extents.find("where", start[1]))
        parts = index_column_names(
            [(element["IndexElem"].get("name"), element["IndexElem"].get("expr")) for element in elements]
        )
        columns = tuple(key.name for key in keys if key.name is not None)
    else:
        columns = _key_columns(constraint)
        missing = next((column for column in (*columns, *include) if column not in table.columns), None)
        if missing is not None and table.complete:
            lacks_column(state, context, table, missing, f'column "{missing}" named in key does not exist')
            return
        keys = tuple(IndexColumn(column) for column in columns)
        parts = [*columns, *include]
    if name is None:
        middle = None if kind == "primary" else column_part(parts)
        name = state.choose(table.name, middle, _LABELS[kind], constraint=True)
    elif state.relation_taken(Name(table.name.schema, name)):
        state.refuse(context, f'relation "{name}" already exists')
        return
    distinct = bool(node.get("nulls_not_distinct"))
    place = _place(context, constraint)
    built = Constraint(
        name,
        "primary" if kind == "primary" else "unique" if kind == "unique" else "exclude",
        columns,
        expression,
        deferrable=constraint.flag("deferrable"),
        initially_deferred=constraint.flag("initdeferred"),
        nulls_not_distinct=distinct,
        include=include,
        place=place,
    )
    state.add_constraint(table, built)
    method = (node.get("access_method") or "gist") if kind == "exclude" else "btree"
    index = Index(
        name,
        keys,
        kind != "exclude",
        method,
        predicate,
        include,
        constraint=name,
        nulls_not_distinct=distinct,
        place=place,
    )
    state.add_index(table, index)
    if kind == "primary":
        _not_null(state, table, columns)
    if table.partitioned is not None and not context.only:
        clone_index_to_partitions(state, context, table, index, built)


def _not_null(state: State, table: Table, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column in table.columns:
            table.columns[column].nullable = False
    for child in state.descendants(table.name):
        for column in columns:
            if column in child.columns:
                child.columns[column].nullable = False


def _adopt_index(state: State, context: Context, table: Table, constraint: ConstraintNode, kind: str) -> None:
    """ADD CONSTRAINT … USING INDEX: the index takes the constraint's name."""
    node = constraint.node
    index = table.indexes.get(node["indexname"])
    if index is None:
        state.refuse(context, f'index "{node["indexname"]}" does not exist')
        return
    name = node.get("conname") or index.name
    state.remove_index(table, index.name)
    index.name, index.constraint = name, name
    columns = tuple(key.name for key in index.columns if key.name is not None)
    state.add_constraint(
        table,
        Constraint(
            name,
            "primary" if kind == "primary" else "unique",
            columns,
            deferrable=constraint.flag("deferrable"),
            initially_deferred=constraint.flag("initdeferred"),
            nulls_not_distinct=index.nulls_not_distinct,
            include=index.include,
            place=_place(context, constraint),
        ),
    )
    state.add_index(table, index)
    if kind == "primary":
        _not_null(state, table, columns)


def clone_index_to_partitions(
    state: State, context: Context, table: Table, index: Index, constraint: Constraint | None = None
) -> None:
    """Give every partition its own copy of an index of the partitioned table, under an automatic name."""
    for child_name in list(state.children.get(table.name, ())):
        child = state.table(child_name)
        if child is not None and child.partition_of == table.name:
            clone_index(state, context, state.change(child, context.place), index, constraint)


def clone_index(state: State, context: Context, child: Table, index: Index, constraint: Constraint | None) -> None:
    """Give one partition a copy of an index, or take one that it has and that fits."""
    for own in child.indexes.values():
        fits = own.columns == index.columns and own.unique == index.unique and own.predicate == index.predicate
        if (
            fits
            and own.method == index.method
            and not own.inherited
            and (constraint is None or own.constraint is not None)
        ):
            own.inherited = True
            if own.constraint is not None and constraint is not None:
                child.constraints[own.constraint].inherited = True
            return
    elements = [(key.name, parse_expression(key.expression) if key.expression else None) for key in index.columns]
    parts = column_part(index_column_names([*elements, *((name, None) for name in index.include)]))
    if constraint is None:
        name = state.choose(child.name, parts, "idx")
    else:
        middle = None if constraint.kind == "primary" else parts
        name = state.choose(child.name, middle, _LABELS[constraint.kind], constraint=True)
        copied = Constraint(
            name,
            constraint.kind,
            constraint.columns,
            constraint.expression,
            deferrable=constraint.deferrable,
            initially_deferred=constraint.initially_deferred,
            nulls_not_distinct=constraint.nulls_not_distinct,
            include=constraint.include,
            place=constraint.place,
            inherited=True,
        )
        state.add_constraint(child, copied)
    clone = Index(
        name,
        index.columns,
        index.unique,
        index.method,
        index.predicate,
        index.include,
        name if constraint is not None else None,
        index.nulls_not_distinct,
        place=index.place,
        inherited=True,
    )
    state.add_index(child, clone)
    if child.partitioned is not None:
        clone_index_to_partitions(state, context, child, clone, child.constraints.get(name) if constraint else None)


def _add_foreign_key(state: State, context: Context, table: Table, constraint: ConstraintNode, new_table: bool) -> None:
    node = constraint.node
    name = node.get("conname")
    if not _named(state, context, table, name):
        return
    relation = node["pktable"]
    columns = strings(node.get("fk_attrs")) or ((constraint.column,) if constraint.column is not None else ())
    place = _place(context, constraint)
    written = state.written(relation)
    target = state.find_table(written)
    if target is None:
        state.missing(context, written, "reference", place)
        needs_target(state, context, written)
        references = Name(relation.get("schemaname") or state.creation_schema(), relation["relname"])
    else:
        references = target.name
    referenced = strings(node.get("pk_attrs"))
    if not referenced and target is not None and target.primary_key is not None:
        referenced = target.primary_key.columns
    if target is not None:
        _check_target(state, context, target, columns, referenced)
    if name is None:
        name = state.choose_constraint(table.name, column_part(columns), "fkey")
    built = Constraint(
        name,
        "foreign",
        columns,
        references=references,
        referenced_columns=referenced,
        on_delete=ACTIONS.get(node.get("fk_del_action", "a"), "no action"),
        on_delete_columns=strings(node.get("fk_del_set_cols")),
        on_update=ACTIONS.get(node.get("fk_upd_action", "a"), "no action"),
        deferrable=constraint.flag("deferrable"),
        initially_deferred=constraint.flag("initdeferred"),
        validated=new_table or not constraint.flag("skip_validation"),
        place=place,
    )
    state.add_constraint(table, built)
    state.mention(references.name, table.name)
    if target is not None and not context.caught and keys_differ(table, target, built):
        state.unfit.append((context.place, table.name, built))
    if table.partitioned is not None:
        for child in state.descendants(table.name):
            inherit_foreign_key(state, state.change(child, context.place), built)


def keys_differ(table: Table, target: Table, key: Constraint) -> bool:
    """Whether PostgreSQL refuses a foreign key for the types of its columns and of those that it points to."""
    for own, other in zip(key.columns, key.referenced_columns, strict=False):
        if own in table.columns and other in target.columns:
            here, there = key_type_base(table.columns[own].type), key_type_base(target.columns[other].type)
            if here != there and {here, there} <= KEY_TYPES and not are_comparable(here, there):
                return True
    return False


def _check_target(
    state: State, context: Context, target: Table, columns: tuple[str, ...], referenced: tuple[str, ...]
) -> None:
    """Say where PostgreSQL would refuse a foreign key for the key that it points at."""
    keys = [
        {key.name for key in index.columns}
        for index in target.indexes.values()
        if index.unique and index.predicate is None and not any(key.expression for key in index.columns)
    ]
    if not target.complete:
        return
    if not referenced:
        state.refuse(context, f'there is no primary key for referenced table "{target.name.name}"')
    elif len(referenced) != len(columns):
        state.refuse(context, "number of referencing and referenced columns for foreign key disagree")
    elif set(referenced) not in keys:
        state.refuse(context, f'no unique constraint of "{target.name.name}" matches the given keys')


def inherit_foreign_key(state: State, child: Table, key: Constraint) -> None:
    """Give a partition a foreign key of its parent, under the same name where that is free."""
    for own in child.constraints.values():
        same = (own.columns, own.references, own.referenced_columns) == (
            key.columns,
            key.references,
            key.referenced_columns,
        )
        if own.kind == "foreign" and same and (own.on_delete, own.on_update) == (key.on_delete, key.on_update):
            own.inherited = True
            return
    name = key.name
    if name in child.constraints:
        name = state.choose_constraint(child.name, column_part(key.columns), "fkey")
    copied = Constraint(
        name,
        "foreign",
        key.columns,
        references=key.references,
        referenced_columns=key.referenced_columns,
        on_delete=key.on_delete,
        on_delete_columns=key.on_delete_columns,
        on_update=key.on_update,
        deferrable=key.deferrable,
        initially_deferred=key.initially_deferred,
        validated=key.validated,
        place=key.place,
        inherited=True,
    )
    state.add_constraint(child, copied)
    if key.references is not None:
        state.mention(key.references.name, child.name)
