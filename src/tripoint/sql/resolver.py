"""What the names of an expression mean: types, columns, fields of rows, and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name, quote_identifier
from tripoint.model.query import PLACEHOLDER
from tripoint.sql.builtins import SYSTEM_DOMAINS, Signature, builtins
from tripoint.sql.facts import Node
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.overload import Types, signature_of
from tripoint.sql.space import SYSTEM_COLUMNS, Cell, Item, Rows, Scope, SqlName
from tripoint.sql.types import SYSTEM_TYPES, format_type, strings

__all__ = ["Resolver"]

_CELL: Final = Cell("")


class Resolver(Struct):
    """Says what names mean in a catalog, and notes each; `expressions.Expressions` asks it of those in expressions."""

    catalog: Catalog
    search_path: tuple[str, ...]
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    """Variables and parameters in reach: name → type; None or `record` where its fields can't be told.

    What a record holds is said by `r.title` → type; `r.*` says that it holds nothing else.
    """
    temporary: frozenset[str] = frozenset()
    """Relations that only exist at run time."""
    names: list[SqlName] = field(default_factory=list)
    variables: frozenset[str] = frozenset()
    """Those of the parameters that PL/pgSQL refuses to tell from a column of that name."""
    _types: Types | None = None
    aggregates: int = 0
    """How many calls of what may be an aggregate or a window function were met."""
    _met: set[int] = field(default_factory=set)
    _alternatives: set[int] = field(default_factory=set)
    """Where literals stand that were noted already."""

    @property
    def types(self) -> Types:
        """What the catalog says of types."""
        if self._types is None:
            self._types = Types(self.catalog)
        return self._types

    def refuses(self, code: str, said: str, location: int) -> None:
        """Note that PostgreSQL refuses the statement, whatever the tables hold: its SQLSTATE, and its own words."""
        self.names.append(SqlName("refused", (code,), location, "bound", reason=said))

    # -- types ---------------------------------------------------------------------------------------------------

    def type_name(self, node: Node) -> str | None:
        """Return the type that a TypeName means, or None where the catalog knows none of that name."""
        names = strings(node.get("names"))
        if node.get("pct_type"):
            return None
        missing: list[tuple[str, ...]] = []

        def resolve(written: tuple[str, ...]) -> Name | None:
            found = self.find_type(written)
            if found is None:
                missing.append(written)
            return found

        text = format_type({k: v for k, v in node.items() if k != "setof"}, resolve)
        location = node.get("location", -1)
        own = len(names) == 1 and names[0] not in SYSTEM_TYPES
        if missing:
            extension = bool(set(self.catalog.extensions) - {"plpgsql"})
            outcome: Any = (
                "undecidable" if extension or missing[0][0] in ("pg_catalog", "information_schema") else "unknown"
            )
            self.names.append(SqlName("type", names, location, outcome, reason="no type of that name is known"))
            return None
        if own or (len(names) > 1 and names[0] != "pg_catalog"):
            self.names.append(SqlName("type", names, location, "bound", parse_type_name(text.removesuffix("[]"))))
        return text

    def find_type(self, written: tuple[str, ...]) -> Name | None:
        """Return the enum, domain, composite type or table that a type's name means."""
        schemas = written[:1] if len(written) > 1 else self.search_path
        catalog = self.catalog
        for schema in schemas:
            name = Name(schema, written[-1])
            if any(name in held for held in (catalog.enums, catalog.domains, catalog.composites, catalog.tables)):
                return name
            if name in SYSTEM_DOMAINS:
                return name
        return None

    def fields(self, text: str) -> Rows:
        """Return the fields of a composite type."""
        name = self.types.user(self.types.flat(text))
        if name is not None and name in self.catalog.tables:
            return self.table_rows(name)
        composite = self.catalog.composites.get(name) if name is not None else None
        if composite is None or composite.kind != "composite":
            return Rows(complete=False)
        return Rows(tuple(Cell(c.name, c.type) for c in composite.columns.values()))

    def table_rows(self, name: Name) -> Rows:
        """Return the columns of a table or view."""
        table = self.catalog.tables[name]
        cells = (Cell(c.name, c.type or None, (name, c.name)) for c in table.columns.values())
        return Rows(tuple(cells), table.complete)

    # -- columns -------------------------------------------------------------------------------------------------

    def column(self, body: Node, scope: Scope) -> Cell:
        """Return what a ColumnRef without a star means."""
        fields = body["fields"]
        if "A_Star" in fields[-1]:
            self.star(body, scope)
            return _CELL
        written = strings(fields)
        location = body.get("location", -1)
        if len(written) == 1:
            return self._bare(written, scope, location)
        qualifier, name = written[:-1], written[-1]
        item = scope.item(qualifier[-1], qualifier[-2] if len(qualifier) > 1 else None)
        if item is not None:
            return self.member(item, written, location)
        if len(qualifier) == 1 or len(written) == 3:
            outer = scope.item(written[0]) if len(written) == 3 else None
            if outer is not None:  # relation.column.field
                return self._field(self.member(outer, written[:2], location), name)
        if qualifier[0] in self.parameters:
            return self._variable_field(written, self.parameters[qualifier[0]], location)
        if len(qualifier) == 1 and f"{qualifier[0]}.{name}" in self.parameters:
            return Cell(name, self.parameters[f"{qualifier[0]}.{name}"])
        where = "the FROM clause" if scope.has_items() else "reach"
        return self._record(written, location, None, "unknown", f"no relation {qualifier[-1]} in {where}")

    def _bare(self, written: tuple[str, ...], scope: Scope, location: int) -> Cell:
        (name,) = written
        if name == PLACEHOLDER:
            return _CELL
        found = scope.column(name)
        if found.outcome == "bound" and found.cell is not None:
            holders = found.level.holders(name) if found.level is not None else []
            if found.level is not None and (len(holders) > 1 or name in self.variables):
                self.unclear(written, location, holders, found.level.called(name))
            return self._record(written, location, found.item, "bound", cell=found.cell)
        if name in self.parameters:
            return Cell(name, self.parameters[name])
        item = scope.item(name)
        if item is not None:  # a whole row
            return Cell(name, item.row_type)
        cell = self._record(written, location, found.item, found.outcome, found.reason)
        if len(found.reach) > 1:
            self.names[-1] = replace(self.names[-1], reach=found.reach)
        return cell

    def unclear(
        self,
        written: tuple[str, ...],
        location: int,
        holders: Sequence[tuple[Item, Cell]],
        called: Sequence[str] = (),
        expression: bool = True,
    ) -> None:
        """Note a name without a qualifier that PostgreSQL refuses, since it may mean several columns, or a variable.

        `called` is what its FROM clause calls the columns that are not a table's, or of one table by several names.
        """
        said = [_described(item, cell) for item, cell in holders]
        if len(set(said)) < len(said) and len(called) > 1:
            said = list(called)
        if expression and holders and written[-1] in self.variables:
            said.insert(0, f"the variable {written[-1]}")
        if len(said) > 1:
            self.names.append(SqlName("ambiguous", written, location, "bound", reason=" or ".join(dict.fromkeys(said))))

    def member(self, item: Item, written: tuple[str, ...], location: int, write: bool = False) -> Cell:
        """Return a column of one relation."""
        name = written[-1]
        cell = item.cell(name)
        if cell is None and item.system_columns and name in SYSTEM_COLUMNS:
            cell = Cell(name, SYSTEM_COLUMNS[name])
        if cell is not None:
            return self._record(written, location, item, "bound", cell=cell, write=write)
        if not item.rows.complete:
            return self._record(written, location, item, "undecidable", "its relation's columns are not all known")
        computed = None if write else self._computed(item, name)
        if computed is not None:
            self.names.append(SqlName("function", written, location, "bound", computed[0]))
            return Cell(name, computed[1])
        return self._record(written, location, item, "unknown", "the relation has no such column", write=write)

    def _computed(self, item: Item, name: str) -> tuple[Name, str] | None:
        """Return the function that `row.name` calls: one that takes the row's type."""
        for schema in self.search_path:
            for function in self.catalog.functions.get(Name(schema, name), ()):
                if len(function.identity) == 1 and function.identity[0] in (item.row_type, "record"):
                    return Name(schema, name), signature_of(function.arguments, function.returns, function.kind).returns
        return None

    def _variable_field(self, written: tuple[str, ...], text: str | None, location: int) -> Cell:
        """Return a field of a record variable."""
        held = ".".join(written)
        if held in self.parameters:
            return Cell(written[-1], self.parameters[held])
        if f"{written[0]}.*" in self.parameters and len(written) == 2:
            self.refuses("42703", f'record "{written[0]}" has no field "{written[1]}"', location)
            return Cell(written[-1])
        rows = self.fields(text) if text is not None else Rows(complete=False)
        owner = self.types.user(text) if text is not None else None
        found = next((c for c in rows.cells if c.name == written[1]), None)
        if found is not None:
            self.names.append(SqlName("column", written, location, "bound", owner, found.name))
            return found
        outcome: Any = "unknown" if rows.complete else "undecidable"
        reason = "its type has no such field" if rows.complete else "what the variable holds is only known at run time"
        self.names.append(SqlName("column", written, location, outcome, owner, written[1], reason=reason))
        return Cell(written[-1])

    def _field(self, cell: Cell, name: str) -> Cell:
        found = next((c for c in self.fields(cell.type).cells if c.name == name), None) if cell.type else None
        return Cell(name, found.type if found is not None else None)

    def _record(
        self,
        written: tuple[str, ...],
        location: int,
        item: Item | None,
        outcome: Any,
        reason: str | None = None,
        cell: Cell | None = None,
        write: bool = False,
    ) -> Cell:
        source = cell.source if cell is not None else None
        target = source[0] if source is not None else item.relation if item is not None else None
        if target is None and item is not None and outcome == "unknown":
            target = self._shown(item)
        column = source[1] if source is not None else written[-1]
        self.names.append(SqlName("column", written, location, outcome, target, column, write, reason))
        return replace(cell, name=written[-1]) if cell is not None else Cell(written[-1])

    def _shown(self, item: Item) -> Name | None:
        """Return the table of which a subquery, a WITH query or a function gives columns and nothing else."""
        sources = {cell.source[0] if cell.source is not None else None for cell in item.rows.cells}
        own = self.types.user(item.row_type) if item.row_type is not None else None
        shown = sources.pop() if len(sources) == 1 else None
        return shown if shown is not None else own if own in self.catalog.tables else None

    def star(self, body: Node, scope: Scope) -> Rows:
        """Return the columns of `*`, `t.*` or `schema.t.*`."""
        written = strings(body["fields"])
        if not written:
            visible = [item for item in scope.items if item.columns_visible]
            return Rows(tuple(c for i in visible for c in i.rows.cells), all(i.rows.complete for i in visible))
        item = scope.item(written[-1], written[-2] if len(written) > 1 else None)
        if item is not None:
            return item.rows
        found = scope.column(written[0]) if len(written) == 1 else None
        if found is not None and found.cell is not None and found.cell.type is not None:
            return self.fields(found.cell.type)
        parameter = self.parameters.get(written[0])
        return self.fields(parameter) if parameter is not None else Rows(complete=False)

    # -- functions -----------------------------------------------------------------------------------------------

    def _called_field(self, written: tuple[str, ...], text: str | None, location: int) -> Cell | None:
        """Return the field that `name(row)` reads, which PostgreSQL takes as `row.name` where no function fits."""
        if text is not None and text != "record":
            found = next((c for c in self.fields(text).cells if c.name == written[0]), None)
            if found is not None:
                self.names.append(SqlName("column", written, location, "bound", self.types.user(text), found.name))
            return found
        catalog = self.catalog
        if not any(written[0] in row.columns for row in catalog.composites.values()) and not any(
            written[0] in table.columns for table in catalog.tables.values()
        ):
            return None
        reason = "it may read a field of a row whose type can't be told"
        self.names.append(SqlName("column", written, location, "undecidable", reason=reason))
        return Cell(written[0])

    def _absent(self, written: tuple[str, ...]) -> tuple[Any, None, None, bool, str]:
        if written[-1].startswith(("pg_", "_pg_")) or written[0] in ("pg_catalog", "information_schema"):
            return "undecidable", None, None, False, "a function of the system that is not listed"
        if len(written) == 1 and set(self.catalog.extensions) - {"plpgsql"}:
            return (
                "undecidable",
                None,
                None,
                False,
                "no function of that name is known; an extension may bring it along",
            )
        return "unknown", None, None, False, "no function of that name is known"

    def find_functions(self, written: tuple[str, ...]) -> tuple[Name | None, list[Signature]]:
        """Return the functions of a name in reach, and the first one's name where it is the catalog's."""
        name = written[-1]
        schemas = written[-2:-1] if len(written) > 1 else ("pg_catalog", *self.search_path)
        found: list[Signature] = []
        target = None
        seen: set[tuple[str, ...]] = set()
        for schema in schemas:
            if schema == "pg_catalog":
                own: list[Signature] = list(builtins().functions.get(name, ()))
            else:
                own = [
                    signature_of(f.arguments, f.returns, f.kind)
                    for f in self.catalog.functions.get(Name(schema, name), ())
                ]
                if own and target is None:
                    target = Name(schema, name)
            for signature in own:
                if signature.arguments not in seen:
                    seen.add(signature.arguments)
                    found.append(signature)
        return target, found

    def relation_type(self, name: Name) -> str:
        """Return the text of a table's row type."""
        return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"


def _described(item: Item, cell: Cell) -> str:
    """Return a column as a reader knows it: the table's where it is one's, else what the FROM clause calls it."""
    if cell.source is not None:
        return f"{cell.source[0]}.{cell.source[1]}"
    return f"{item.alias}.{cell.name}" if item.alias is not None else cell.name
