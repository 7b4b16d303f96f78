"""Each name of a client's query, held against the catalog as PostgREST resolves it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.bind.relationships import Relationships, ViewSources
from tripoint.bind.tables import bind_table, default_schema, may_be_changed, may_be_created
from tripoint.model.binding import ColumnBinding, EmbedBinding, QueryBinding
from tripoint.model.catalog import Catalog, Column, Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.internal import lost_reason
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import ANY_SCHEMA, Filter, Query, Select
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.infer import infer_columns

__all__ = ["bind_queries"]

_VIEWS_DEEP = 20
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


def bind_queries(evidence: Evidence) -> tuple[QueryBinding, ...]:
    """Return what became of the names of each of `evidence.queries`, in the same order."""
    known = (evidence.beyond, evidence.defined, evidence.held, evidence.declared, evidence.platform)
    catalogs = [catalog for catalog in known if catalog is not None]
    binder = _Binder(evidence, Relationships(catalogs, _view_sources(_with_platform(evidence))))
    return tuple(_contained(binder, query) for query in evidence.queries)


def _contained(binder: _Binder, query: Query) -> QueryBinding:
    try:
        return binder.bind(query)
    except Exception as error:
        return QueryBinding(query, undecided=lost_reason(error))


def _with_platform(evidence: Evidence) -> Catalog:
    """Return the project's catalog with the platform's tables: a view may stand on `auth.users`."""
    defined, platform = evidence.defined, evidence.platform
    return defined if platform is None else replace(defined, tables={**platform.tables, **defined.tables})


def _view_sources(catalog: Catalog) -> ViewSources:
    """Return what gives the columns of tables that a view shows unchanged, through other views too."""

    def direct(view: Table) -> dict[str, tuple[Name, str]] | None:
        parsed = parse_statement(view.query or "")
        if parsed is None or isinstance(parsed, Refusal) or parsed[0] != "SelectStmt":
            return None
        columns = infer_columns(parsed[1], catalog, catalog.search_path)
        if columns is None or len(columns) < len(view.columns):
            return None
        pairs = zip(view.columns, columns, strict=False)
        return {name: column.source for name, column in pairs if column.source is not None}

    known: dict[Name, dict[str, tuple[Name, str]] | None] = {}

    def sources(view: Table, depth: int = 0) -> dict[str, tuple[Name, str]] | None:
        # Once for each view: where views stand on views, what one shows is asked for along every path to it.
        if view.name not in known:
            known[view.name] = None
            known[view.name] = traced(view, depth)
        return known[view.name]

    def traced(view: Table, depth: int) -> dict[str, tuple[Name, str]] | None:
        found = direct(view)
        if found is None or depth > _VIEWS_DEEP:
            return None
        shown: dict[str, tuple[Name, str]] = {}
        for column, (name, source) in found.items():
            table = catalog.tables.get(name)
            if table is None or table.kind == "table":
                shown[column] = name, source
                continue
            inner = sources(table, depth + 1)
            if inner is None:
                return None
            if source in inner:
                shown[column] = inner[source]
        return shown

    return sources


class _Binder:
    def __init__(self, evidence: Evidence, relationships: Relationships) -> None:
        self.evidence = evidence
        self.relationships = relationships
        self._computed: dict[Name, frozenset[str]] = {}

    def bind(self, query: Query) -> QueryBinding:
        if query.kind == "function":
            return self._bind_function(query)
        if query.kind not in ("table", "channel", "model"):
            return QueryBinding(query)
        binding = bind_table(query, self.evidence)
        if binding.table is None:
            return QueryBinding(query, binding)
        columns: list[ColumnBinding] = []
        embeds: list[EmbedBinding] = []
        tables: dict[str, Table] = {}
        if query.select is not None:
            self._bind_select(query.select, binding.table, columns, embeds, tables)
        columns += self._bind_filters(query, binding.table, embeds, tables)
        columns += self._bind_writes(query, binding.table)
        columns += self._bind_decoded(query, binding.table)
        return QueryBinding(query, binding, tuple(columns), tuple(embeds), _unembedded(query))

    def _bind_function(self, query: Query) -> QueryBinding:
        if query.name is None or query.schema == ANY_SCHEMA:
            return QueryBinding(query)
        name = Name(query.schema or default_schema(self.evidence), query.name)
        functions: list[Function] = []
        for catalog in (self.evidence.defined, self.evidence.held, self.evidence.declared, self.evidence.platform):
            if catalog is not None and not functions:
                functions = catalog.functions.get(name, [])
        columns: list[ColumnBinding] = []
        embeds: list[EmbedBinding] = []
        result = self._result_table(functions)
        if result is not None:
            tables: dict[str, Table] = {}
            if query.select is not None:
                self._bind_select(query.select, result, columns, embeds, tables)
            columns += self._bind_filters(query, result, embeds, tables)
        return QueryBinding(query, None, tuple(columns), tuple(embeds), functions=tuple(functions), function_name=name)

    def _result_table(self, functions: list[Function]) -> Table | None:
        """Return the table whose rows a function returns, or one of its own columns; None where its overloads return
        not all the same."""
        returns = {function.returns for function in functions}
        if len(returns) != 1:
            return None
        told = returns.pop() or ""
        if told.startswith("TABLE("):
            return _rows_of(functions[0])
        schema, _, name = told.removeprefix("SETOF ").partition(".")
        return self.evidence.defined.tables.get(Name(schema, name))

    # --- parts

    def _bind_select(
        self,
        select: Select,
        table: Table,
        columns: list[ColumnBinding],
        embeds: list[EmbedBinding],
        tables: dict[str, Table],
    ) -> None:
        for field in select.fields:
            if field.name != "*" and not (field.name == "count" and field.json_path is None):
                columns.append(self._column("select", table, field.name, field.place))
        for embed in select.embeds:
            bound = self.relationships.embed(table, embed)
            if bound.outcome == "unknown" and may_be_created(embed.target, self.evidence) is not None:
                bound = EmbedBinding(table, embed, "undecidable", reason=may_be_created(embed.target, self.evidence))
            embeds.append(bound)
            if bound.outcome == "bound" and bound.target is not None:
                tables[embed.alias or embed.target] = tables[embed.target] = bound.target
                self._bind_select(embed.select, bound.target, columns, embeds, tables)

    def _bind_filters(
        self, query: Query, table: Table, embeds: list[EmbedBinding], tables: dict[str, Table]
    ) -> Iterator[ColumnBinding]:
        embedded = {embed.embed.alias or embed.embed.target for embed in embeds} | {e.embed.target for e in embeds}
        for condition in query.filters:
            target = tables.get(condition.path[-1]) if condition.path else table
            if target is not None and condition.column in embedded and condition.column not in target.columns:
                continue  # a condition on an embedded relation as a whole: `is.null`
            if target is not None:
                use = "order" if condition.operator == "order" else "filter"
                bound = self._column(use, target, condition.column, condition.place)
                if bound.outcome == "unknown" and condition.operator == "is" and self._may_embed(query, bound):
                    reason = "what is selected is not known, and may embed a relation of that name"
                    bound = replace(bound, outcome="undecidable", reason=reason)
                yield bound

    def _may_embed(self, query: Query, bound: ColumnBinding) -> bool:
        """Whether what is not told of a select list may embed a relation that is called as a column is."""
        select, origin = query.select, bound.table.name
        if select is None or select.complete:
            return False
        nothing_told = not select.fields and not select.embeds
        return nothing_told or bool(self.relationships.between(origin, Name(origin.schema, bound.column)))

    def _bind_writes(self, query: Query, table: Table) -> Iterator[ColumnBinding]:
        for written in query.written:
            yield self._column("write", table, written.column, written.place)
        for column in query.conflict or ():
            yield self._column("conflict", table, column, query.conflict_place or query.place)

    def _bind_decoded(self, query: Query, table: Table) -> Iterator[ColumnBinding]:
        """Bind the keys that the rows must have and that no alias and no embedded relation gives them."""
        select = query.select
        if select is None or not select.complete or query.alternatives:
            return
        given = {name for one in select.embeds for name in (one.alias, one.target)}
        given |= {field.alias for field in select.fields} | {"count"}
        spread = any(embed.spread for embed in select.embeds)
        for key in query.decoded if not spread else ():
            if key.column not in given:
                yield self._column("decode", table, key.column, key.place)

    def _column(self, use: str, table: Table, column: str, place: Place) -> ColumnBinding:
        reason: str | None = None
        known = column in table.columns or column in _SYSTEM_COLUMNS
        if known or (use not in ("write", "conflict") and column in self._computed_columns(table)):
            outcome = "bound"
        elif not table.complete:
            outcome, reason = "undecidable", f"the columns of {table.name} are not all known"
        elif table.name.schema != "public" and table is self.evidence.platform.tables.get(table.name):
            outcome = "undecidable"
            reason = f"the platform makes the tables of {table.name.schema} itself, and its versions differ"
        elif (
            why := may_be_created(column, self.evidence) or may_be_changed(table.name.name, self.evidence, columns=True)
        ) is not None:
            outcome, reason = "undecidable", why
        else:
            outcome = "unknown"
        return ColumnBinding(use, table, column, place, outcome, reason)  # type: ignore[arg-type]

    def _computed_columns(self, table: Table) -> frozenset[str]:
        known = self._computed.get(table.name)
        if known is None:
            known = self._computed[table.name] = self.relationships.computed_columns(table.name)
        return known


def _rows_of(function: Function) -> Table | None:
    """Return a table of the columns that a function returns; of one alone, PostgREST answers with its values."""
    listed = [one for one in function.arguments if one.mode == "table" and one.name is not None]
    if len(listed) < 2:
        return None
    columns = {one.name: Column(one.name, one.type) for one in listed if one.name is not None}
    return Table(function.name, "view", columns, place=function.place)


def _unembedded(query: Query) -> tuple[Filter, ...]:
    """Return the filters and orders of a read that lead to no relation which its select embeds.

    What a chain says elsewhere than where it begins may be said of another select.
    """
    whole = query.select
    if query.kind != "table" or query.operation != "select" or query.alternatives or whole is None or not query.certain:
        return ()
    return tuple(one for one in query.filters if query.encloses(one.place) and not _leads(whole, one.path))


def _leads(select: Select, path: tuple[str, ...]) -> bool:
    """Whether a path leads to an embedded relation, by its alias or its name, or may do."""
    if not path or not select.complete:
        return True
    return any(_leads(one.select, path[1:]) for one in select.embeds if path[0] in (one.alias, one.target))
