"""CREATE INDEX."""

from __future__ import annotations

from tripoint.model.catalog import Index, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.analysis import check_immutable
from tripoint.sources.migrations.constraints import clone_index_to_partitions, index_keys
from tripoint.sources.migrations.early import lacks_column
from tripoint.sources.migrations.naming import column_part, index_column_names
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import existing
from tripoint.sql.facts import Node

__all__ = ["create_index"]


def create_index(state: State, context: Context, node: Node) -> None:
    """CREATE INDEX, on a partitioned table also its partitions' indexes."""
    written = state.written(node["relation"])
    table = state.find_table(written)
    if table is None:
        state.missing(context, written, "index")
        return
    name = node.get("idxname")
    if name is not None and existing(state, context, Name(table.name.schema, name), bool(node.get("if_not_exists"))):
        return
    elements = node.get("indexParams", [])
    included = tuple(item["IndexElem"]["name"] for item in node.get("indexIncludingParams", ()))
    for element in elements:
        column = element["IndexElem"].get("name")
        if column is not None and column not in table.columns and table.complete:
            lacks_column(state, context, table, column, f'column "{column}" does not exist')
            return
    for element in elements:
        reason = "functions in index expression must be marked IMMUTABLE"
        check_immutable(state, context, table, element["IndexElem"].get("expr"), reason)
    reason = "functions in index predicate must be marked IMMUTABLE"
    check_immutable(state, context, table, node.get("whereClause"), reason)
    extents = context.extents
    start = extents.find("on", depth=0)
    group = extents.group(start)
    keys = index_keys(extents, elements, group[0]) if group is not None else ()
    where = extents.find("where", group[1] if group is not None else start, depth=0) if "whereClause" in node else -1
    if name is None:
        parts = [(item["IndexElem"].get("name"), item["IndexElem"].get("expr")) for item in elements]
        every = index_column_names([*parts, *((column, None) for column in included)])
        name = state.choose(table.name, column_part(every), "idx")
    table = state.change(table, context.place)
    index = Index(
        name,
        keys,
        bool(node.get("unique")),
        node.get("accessMethod", "btree"),
        extents.between(where, len(extents.tokens)) if where >= 0 else None,
        included,
        nulls_not_distinct=bool(node.get("nulls_not_distinct")),
        valid=bool(node["relation"].get("inh")) or not _has_partitions(state, table),
        place=context.place,
    )
    state.add_index(table, index)
    state.mention(index.predicate, table.name)
    for key in keys:
        state.mention(key.expression, table.name)
    if table.partitioned is not None and node["relation"].get("inh"):
        clone_index_to_partitions(state, context, table, index)


def _has_partitions(state: State, table: Table) -> bool:
    parts = (state.table(name) for name in state.children.get(table.name, ()) if table.partitioned is not None)
    return any(part is not None and part.partition_of == table.name for part in parts)
