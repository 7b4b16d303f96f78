"""Views, materialized views, and tables made from a query."""

from __future__ import annotations

from tripoint.model.catalog import Column, Table
from tripoint.model.name import quote_identifier
from tripoint.sources.migrations.early import needs_relations
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import existing, note_mentions, options_of
from tripoint.sql.facts import Node
from tripoint.sql.infer import infer_columns
from tripoint.sql.types import strings

__all__ = ["create_table_as", "create_view"]


def create_view(state: State, context: Context, node: Node) -> None:
    """CREATE [OR REPLACE] VIEW."""
    relation = node["view"]
    name = state.target(relation)
    former = state.table(name)
    comments: dict[str, str | None] = {}
    if former is not None and former.kind == "view" and node.get("replace"):
        view = Table(name, kind="view", place=former.place, touched=[*former.touched, context.place])
        view.extent = context.place
        view.grants, view.owner, view.comment, view.triggers = (
            former.grants,
            former.owner,
            former.comment,
            former.triggers,
        )
        comments = {column.name: column.comment for column in former.columns.values()}
    elif existing(state, context, name, False):
        return
    else:
        view = Table(name, kind="view", place=context.head(relation.get("location", 0)), extent=context.place)
    needs_relations(state, context, node["query"], state.written(relation))
    view.query = _query(context, "with check option", "with cascaded check option", "with local check option")
    aliases = strings(node.get("aliases"))
    if context.extents.find("recursive view", depth=0) >= 0:
        columns = ", ".join(map(quote_identifier, aliases))
        itself = quote_identifier(name.name)
        view.query = f"WITH RECURSIVE {itself} ({columns}) AS ({view.query}) SELECT {columns} FROM {itself}"
    view.options = options_of(node.get("options"))
    if node.get("withCheckOption") in ("LOCAL_CHECK_OPTION", "CASCADED_CHECK_OPTION"):
        view.options["check_option"] = node["withCheckOption"].split("_")[0].lower()
    _infer(state, context, view, node["query"], aliases)
    for column in view.columns.values():
        column.comment = comments.get(column.name)
    if former is None:
        state.add_table(view, context.place)
    elif former.complete and view.complete and list(view.columns)[: len(former.columns)] != list(former.columns):
        state.refuse(context, f'the columns of view "{name.name}" can\'t be renamed, reordered or dropped')
        return
    else:
        state.catalog.tables[name] = view
    note_mentions(state, view)


def create_table_as(state: State, context: Context, node: Node) -> None:
    """CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW."""
    into = node["into"]
    name = state.target(into["rel"])
    if existing(state, context, name, bool(node.get("if_not_exists"))):
        return
    needs_relations(state, context, node["query"])
    materialized = node.get("objtype") == "OBJECT_MATVIEW"
    table = Table(name, kind="materialized-view" if materialized else "table", extent=context.place)
    table.place = context.head(into["rel"].get("location", 0))
    table.unlogged = into["rel"].get("relpersistence") == "u"
    table.options = options_of(into.get("options"))
    if materialized:
        table.query = _query(context, "with data", "with no data")
    _infer(state, context, table, node.get("query", {}), strings(into.get("colNames")))
    state.add_table(table, context.place)
    note_mentions(state, table)


def _query(context: Context, *endings: str) -> str:
    """Return the query's text: what follows the statement's own AS, without the clause that may end it."""
    extents = context.extents
    start = extents.find("as", depth=0)
    stop = len(extents.tokens)
    for ending in endings:
        after = extents.find(ending, max(start, stop - len(ending.split())), depth=0)
        if after == len(extents.tokens):
            stop = after - len(ending.split())
    return extents.between(start, stop) if start >= 0 else ""


def _infer(state: State, context: Context, table: Table, query: Node, aliases: tuple[str, ...]) -> None:
    """Set the columns that a query yields, under the names given for the first of them."""
    inferred = infer_columns(query, state.lookup(), tuple(state.path_schemas()))
    table.columns = {}
    table.complete = inferred is not None
    if inferred is None:
        for alias in aliases:
            table.columns[alias] = Column(alias, "", place=context.place)
        return
    for position, column in enumerate(inferred):
        name = aliases[position] if position < len(aliases) else column.name
        if name in table.columns:
            state.refuse(context, f'column "{name}" specified more than once')
            continue
        type_ = "text" if column.type == "unknown" else column.type or ""
        table.columns[name] = Column(name, type_, place=context.place)
