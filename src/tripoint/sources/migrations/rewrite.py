"""Stored expressions after a rename: PostgreSQL keeps trees and prints them with today's names; a fold keeps text."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Table
from tripoint.model.name import Name, quote_identifier
from tripoint.sources.migrations.state import State
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.lexer import Token, word
from tripoint.sql.types import strings

__all__ = ["Renamed", "rewrite", "rewrite_all"]

_PREFIX = "SELECT "


class Renamed(Struct, frozen=True):
    """What was renamed. `column` is set where a column of the relation was, else it is the object itself."""

    kind: str
    """relation, column, function, type."""
    old: Name
    new: Name
    column: str | None = None
    new_column: str | None = None


class _Source(Struct, frozen=True):
    """A relation that columns may come from, in one scope of a query."""

    label: str
    table: Name | None
    columns: frozenset[str] | None
    """None where they are not known."""
    labelled: bool
    """Whether its label is an alias of its own, and so no name of the relation."""


Edit = tuple[int, int, str]


def rewrite(state: State, text: str, change: Renamed, table: Table | None = None) -> str:
    """Return an expression or a query with the new name. Bare columns of an expression are those of `table`."""
    for prefix in ("", _PREFIX):
        read = parse_statement(prefix + text)
        if read is not None and not isinstance(read, Refusal):
            break
    else:
        return text
    extents = Extents(prefix + text)
    walker = _Walker(state, change, extents, is_query=not prefix)
    scope: list[_Source] = []
    if table is not None:
        # The text still calls the table what it was called. The last two are what a trigger's condition speaks of.
        own = change.old if change.kind == "relation" and table.name == change.new else table.name
        labels = ((own.name, False), ("new", True), ("old", True))
        scope = [walker.with_old(_source_of(state, label, table.name, labelled)) for label, labelled in labels]
    walker.walk({read[0]: read[1]}, [scope])
    data = extents.data
    for start, end, new in sorted(set(walker.edits), reverse=True):
        data = data[:start] + new.encode("utf-8") + data[end:]
    return data.decode("utf-8")[len(prefix) :]


def _source_of(state: State, label: str, name: Name | None, labelled: bool) -> _Source:
    table = state.table(name) if name is not None else None
    columns = frozenset(table.columns) if table is not None and table.complete else None
    return _Source(label, name, columns, labelled)


class _Walker:
    """Finds the tokens to replace. Scopes are lists of sources, the innermost last."""

    def __init__(self, state: State, change: Renamed, extents: Extents, is_query: bool) -> None:
        self.state = state
        self.change = change
        self.extents = extents
        self.is_query = is_query
        self.edits: list[Edit] = []

    def walk(self, tree: Node, scopes: list[list[_Source]]) -> None:
        """Visit a tree, opening a scope at each query."""
        pending: list[tuple[object, list[list[_Source]], bool]] = [(tree, scopes, self.is_query)]
        while pending:
            item, inside, top = pending.pop()
            if isinstance(item, list):
                pending.extend((part, inside, top) for part in item)
                continue
            if not isinstance(item, dict):
                continue
            for key, value in item.items():
                if key == "SelectStmt" and isinstance(value, dict):
                    within = [*inside, list(self._sources(value))]
                    pending.append((value, within, top))
                    continue
                if isinstance(value, dict):
                    self._visit(key, value, inside, top)
                # Only the target list of a view's own query gives names to its columns.
                pending.append((value, inside, top and key in ("targetList", "ResTarget", "larg", "SelectStmt")))

    def _sources(self, query: Node) -> Iterator[_Source]:
        """Yield what a query's FROM brings into scope."""
        pending: list[Node] = list(query.get("fromClause", ()))
        while pending:
            item = pending.pop(0)
            ((kind, body),) = item.items()
            if kind == "JoinExpr":
                pending.extend(body[side] for side in ("larg", "rarg") if side in body)
                continue
            alias = body.get("alias", {}).get("aliasname")
            if kind == "RangeVar":
                table = self.state.find_table(self.state.written(body)) or self.state.table(self.change.new)
                known = self._names_renamed(body)
                name = self.change.new if known else table.name if table is not None else None
                if not known and self.state.find_table(self.state.written(body)) is None:
                    name = None
                yield self.with_old(_source_of(self.state, alias or body["relname"], name, alias is not None))
            elif alias:
                yield _Source(alias, None, None, True)

    def with_old(self, source: _Source) -> _Source:
        """Return a source with the column's old name, which the text still uses."""
        change = self.change
        if change.kind == "column" and source.table == change.new and source.columns is not None and change.column:
            return _Source(source.label, source.table, source.columns | {change.column}, source.labelled)
        return source

    def _names_renamed(self, relation: Node) -> bool:
        return self.change.kind in ("relation", "column") and self.state.means(
            self.state.written(relation), self.change.old
        )

    def _visit(self, key: str, node: Node, scopes: list[list[_Source]], top: bool) -> None:
        change = self.change
        if key == "RangeVar" and change.kind == "relation" and self._names_renamed(node):
            self._replace_name(node.get("location", 0), change.old, change.new)
        elif key == "ColumnRef":
            self._reference(node, scopes)
        elif key == "FuncCall":
            names = strings(node["funcname"])
            if change.kind == "function" and self.state.means(names, change.old):
                self._replace_name(node.get("location", 0), change.old, change.new)
            elif change.kind == "relation" and names[-1] in ("nextval", "currval", "setval"):
                self._replace_literal((node.get("args") or [{}])[0])
        elif key in ("TypeName", "typeName") and change.kind in ("type", "relation"):
            if self.state.means(strings(node.get("names")), change.old):
                self._replace_name(node.get("location", 0), change.old, change.new)
        elif key == "ResTarget" and top and change.kind == "column" and "name" not in node:
            self._keep_output_name(node, scopes)

    def _name_tokens(self, location: int) -> list[Token]:
        """Return the tokens of a dotted name at a location, without the dots."""
        tokens = self.extents.tokens
        i = self.extents.index(location)
        found = tokens[i : i + 1]
        while i + 2 < len(tokens) and tokens[i + 1].text == b"." and tokens[i + 2].kind in ("word", "quoted"):
            i += 2
            found.append(tokens[i])
        return found

    def _replace_name(self, location: int, old: Name, new: Name) -> None:
        found = self._name_tokens(location)
        if not found or word(found[-1]) != old.name:
            return
        self.edits.append((found[-1].start, found[-1].end, quote_identifier(new.name)))
        if len(found) > 1 and word(found[-2]) == old.schema:
            self.edits.append((found[-2].start, found[-2].end, quote_identifier(new.schema)))
        elif old.schema != new.schema:
            self.edits.append((found[0].start, found[0].start, quote_identifier(new.schema) + "."))

    def _replace_literal(self, argument: Node) -> None:
        """Replace the relation that a string literal names: nextval('…')."""
        literal = argument.get("TypeCast", {}).get("arg", argument).get("A_Const", {})
        text = literal.get("sval", {}).get("sval")
        if text and self.state.means(tuple(part.strip('"') for part in text.split(".")), self.change.old):
            token = self.extents.tokens[self.extents.index(literal.get("location", 0))]
            new = ".".join(map(quote_identifier, self.change.new)).replace("'", "''")
            self.edits.append((token.start, token.end, f"'{new}'"))

    def _find(self, fields: tuple[str, ...], scopes: list[list[_Source]]) -> _Source | None:
        """Return the relation that a column reference's table or column belongs to."""
        for scope in reversed(scopes):
            for source in scope:
                if len(fields) > 1:
                    if source.label == fields[-2]:
                        return source
                elif source.columns is not None and fields[-1] in source.columns:
                    return source
            if len(fields) == 1 and any(source.columns is None for source in scope):
                return None
        return None

    def _reference(self, node: Node, scopes: list[list[_Source]]) -> None:
        change = self.change
        fields = strings(node["fields"])
        star = "String" not in node["fields"][-1]
        if change.kind == "column":
            source = self._find(fields, scopes) if fields and not star else None
            if source is not None and source.table == change.new and fields[-1] == change.column:
                token = self._name_tokens(node.get("location", 0))[-1]
                self.edits.append((token.start, token.end, quote_identifier(change.new_column or "")))
        elif change.kind == "relation":
            qualified = (*fields, "*") if star else fields
            if len(qualified) < 2 or qualified[-2] != change.old.name:
                return
            source = self._find(qualified, scopes)
            if source is None or source.labelled or source.table not in (change.old, change.new):
                return
            token = self._name_tokens(node.get("location", 0))[len(qualified) - 2]
            self.edits.append((token.start, token.end, quote_identifier(change.new.name)))

    def _keep_output_name(self, node: Node, scopes: list[list[_Source]]) -> None:
        """A view's column keeps its name when the column that it shows is renamed."""
        reference = node.get("val", {}).get("ColumnRef")
        if reference is None:
            return
        before = len(self.edits)
        self._reference(reference, scopes)
        for _, end, _ in self.edits[before:]:
            self.edits.append((end, end, f" AS {quote_identifier(self.change.column or '')}"))


def rewrite_all(state: State, change: Renamed, word_: str) -> None:
    """Rewrite every stored expression that may speak of something that was renamed, in tables, views and functions."""
    # Who speaks of a table's column speaks of the table, or is it.
    spoken = change.new.name if change.kind == "column" else word_
    holders = dict.fromkeys([*([change.new] if change.kind == "column" else []), *state.mentioning(spoken)])
    for holder in holders:
        table = state.catalog.tables.get(holder)
        if table is not None:
            _rewrite_table(state, change, table)
    for holder in state.mentioning(word_, "function"):
        for function in state.catalog.functions.get(holder, ()):
            if function.body is not None and function.body_place is None and function.language == "sql":
                function.body = rewrite(state, function.body, change)
    for holder in state.mentioning(word_, "domain"):
        domain = state.catalog.domains.get(holder)
        if domain is not None:
            domain.checks = {name: rewrite(state, text, change) for name, text in domain.checks.items()}
            domain.default = rewrite(state, domain.default, change) if domain.default else domain.default


def _rewrite_table(state: State, change: Renamed, table: Table) -> None:
    def own(text: str | None) -> str | None:
        return rewrite(state, text, change, table) if text else text

    if table.query is not None:
        table.query = rewrite(state, table.query, change)
        state.mention(table.query, table.name)
    for column in table.columns.values():
        column.default = own(column.default)
        state.mention(column.default, table.name)
    for constraint in table.constraint("check"):
        constraint.expression = own(constraint.expression)
        state.mention(constraint.expression, table.name)
    for policy in table.policies.values():
        policy.using, policy.check = own(policy.using), own(policy.check)
        state.mention(policy.using, table.name)
        state.mention(policy.check, table.name)
    for trigger in table.triggers.values():
        trigger.when = own(trigger.when)
    for index in table.indexes.values():
        index.predicate = own(index.predicate)
        if any(key.expression for key in index.columns):
            index.columns = tuple(
                key if key.expression is None else replace(key, expression=own(key.expression)) for key in index.columns
            )
