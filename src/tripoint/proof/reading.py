"""What policies, and the functions that they call, say of who owns a row: read before anything is run.

Nothing that is read here decides an outcome. It tells which columns a generated row must share with its user, which
tables join users to a tenant, and whose rows are a privilege in themselves, so that the rows are worth probing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from tripoint.bind.plpgsql import take_apart
from tripoint.model.catalog import Catalog, Function, Policy, Table
from tripoint.model.name import Name
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse, parse_expression
from tripoint.sql.types import strings

__all__ = ["SUBJECT", "USERS", "PolicyReader", "Reading", "Uncorrelated"]

USERS = Name("auth", "users")
"""Where the platform keeps its users."""

SUBJECT = "claim:sub"
"""The source of the signed-in user's id."""

_TENANT_WORDS = ("tenant", "org", "account", "company", "workspace", "team", "customer")
_PRIVILEGED_FIRST = ("owner", "admin", "administrator")
_HIGH_WORDS = ("admin", "owner", "super", "root", "manage", "moderat", "staff")
"""What the names of roles with rights over others' rows are made of."""

_TRANSPARENT = frozenset({"BoolExpr", "args", "SubLink", "subselect", "SelectStmt", "targetList", "ResTarget", "val"})
"""Nodes through which a condition is the same condition: `(select is_admin())` is `is_admin()`."""

Column = tuple[Name, str]


class Reading(Struct):
    """What policies say of ownership."""

    owned: dict[Name, dict[str, str]] = field(default_factory=dict)
    """Columns that are compared with who calls, and with what of the caller: `claim:sub`, `claim:org_id`,
    `setting:app.user_id`."""
    memberships: dict[Name, Name] = field(default_factory=dict)
    """Tables that join users to a tenant, each with the table of the tenants."""
    gates: dict[Column, dict[str, int]] = field(default_factory=dict)
    """Values that a column is compared with, and how often."""
    privileges: set[Name] = field(default_factory=set)
    """Tables in which a row is a privilege over others' rows, such as a list of administrators."""
    mentioned: dict[Name, set[str]] = field(default_factory=dict)
    """Columns that a table's own policies speak of."""
    asks: set[tuple[Name, str]] = field(default_factory=set)
    """The policies, by table and name, that ask who calls, if only through a function."""
    reads: dict[tuple[Name, str], set[Name]] = field(default_factory=dict)
    """The tables that a policy reads, if only through a function."""

    @property
    def sources(self) -> set[str]:
        """Everything of the caller that any policy asks for."""
        return {source for columns in self.owned.values() for source in columns.values()}

    def tenant_source(self, source: str) -> bool:
        """Whether a source names the caller's tenant, rather than the caller."""
        if source == SUBJECT or source == "claim:email":
            return False
        others = {s for s in self.sources if s not in ("claim:email", source)}
        name = source.rpartition(".")[2].rpartition(":")[2].lower()
        return bool(others) and any(word in name for word in _TENANT_WORDS)

    def privileged_value(self, column: Column, values: list[str]) -> str | None:
        """Return which of `values` (all that are mentioned, where it is empty) gives the most rights."""
        mentioned = self.gates.get(column, {})
        choice = [v for v in values or list(mentioned) if v in mentioned]
        for word in _PRIVILEGED_FIRST:
            if word in choice:
                return word
        return max(choice, key=lambda v: (mentioned[v], v), default=None)

    def ordinary_value(self, column: Column, values: list[str]) -> str | None:
        """Return the value that gives the least rights: one that no policy asks for, else one that few ask for."""
        mentioned = self.gates.get(column, {})

        def rights(value: str) -> tuple[bool, bool, int]:
            high = any(word in value.lower() for word in _HIGH_WORDS)
            return value in mentioned, high, mentioned.get(value, 0)

        return min(values, key=rights, default=None)


class _Context(Struct):
    """What one policy or function reads."""

    table: Name | None
    uses: dict[Name, set[str]] = field(default_factory=dict)
    asks: bool = False
    calls: set[Name] = field(default_factory=set)


class Uncorrelated(Struct, frozen=True):
    """A condition that says nothing of the row at hand: its policy's table, and what it reads."""

    table: Name
    context: _Context
    gates: frozenset[str]
    """The values that it asks for."""


class PolicyReader:
    """Reads the policies and functions of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.found = Reading()
        self.contexts: list[_Context] = []
        self.functions: dict[Name, _Context] = {}
        self.uncorrelated: list[Uncorrelated] = []
        self._now = _Context(None)
        self._gates: set[str] = set()
        self._body_gates: dict[Name, frozenset[str]] = {}
        self._composites = frozenset(
            text for name in (*catalog.tables, *catalog.composites) for text in (str(name), name.name)
        )

    def policy(self, table: Table, policy: Policy) -> None:
        context = _Context(table.name)
        self.contexts.append(context)
        self._now = context
        for text in (policy.using, policy.check):
            tree = parse_expression(text) if text else None
            if tree is not None:
                self.visit(tree, [{table.name.name: table.name}], top=True)
        self.found.mentioned.setdefault(table.name, set()).update(context.uses.get(table.name, ()))
        if self._asks(context):
            self.found.asks.add((table.name, policy.name))
        called = [self.functions[name] for name in context.calls if name in self.functions]
        self.found.reads[table.name, policy.name] = {name for c in (context, *called) for name in c.uses}

    def asks(self, table: Table, expression: str) -> tuple[bool, set[str]]:
        """Return whether a condition on a table asks who calls, and the columns of the table that it speaks of."""
        outer, self._now = self._now, _Context(None)
        tree = parse_expression(expression)
        if tree is not None:
            self.visit(tree, [{table.name.name: table.name}])
        context, self._now = self._now, outer
        return self._asks(context), context.uses.get(table.name, set())

    def _asks(self, context: _Context) -> bool:
        return context.asks or any(self.functions[name].asks for name in context.calls if name in self.functions)

    # --- the tree

    def visit(self, node: Any, scopes: list[dict[str, Name | None]], top: bool = False) -> None:
        if isinstance(node, list):
            for entry in node:
                self.visit(entry, scopes, top)
            return
        if not isinstance(node, dict):
            return
        for tag, body in node.items():
            if not isinstance(body, dict | list):
                continue
            if tag in ("SelectStmt", "subselect") and isinstance(body, dict) and "fromClause" in body:
                self.visit([body], [*scopes, self._scope(body["fromClause"])])
                continue
            if tag == "ColumnRef" and isinstance(body, dict):
                self._mention(body, scopes)
            elif tag == "A_Expr" and isinstance(body, dict):
                self._comparison(body, scopes)
                top = False
            elif tag == "FuncCall" and isinstance(body, dict):
                self._call(body, top)
            elif tag == "SubLink" and isinstance(body, dict) and top and body.get("subLinkType") == "EXISTS_SUBLINK":
                self._exists(body, scopes)
                continue
            elif tag == "SQLValueFunction":
                self._now.asks = True
            elif tag == "BoolExpr" and isinstance(body, dict) and body.get("boolop") == "AND_EXPR":
                # What is asked beside a condition on the row gives no right over the rows of others.
                top = top and not self._speaks_of(body["args"], scopes)
            self.visit(body, scopes, top and tag in _TRANSPARENT)

    def _scope(self, clause: Any) -> dict[str, Name | None]:
        scope: dict[str, Name | None] = {}
        pending = list(clause)
        while pending:
            entry = pending.pop()
            if not isinstance(entry, dict):
                continue
            for tag, body in entry.items():
                if tag == "RangeVar":
                    name = self._relation(body)
                    scope[body.get("alias", {}).get("aliasname", body["relname"])] = name
                    if name is not None:
                        self._now.uses.setdefault(name, set())
                elif tag == "JoinExpr":
                    pending += [body["larg"], body["rarg"]]
        return scope

    def _relation(self, body: Node) -> Name | None:
        schemas = [body["schemaname"]] if "schemaname" in body else [*self.catalog.search_path, "public"]
        return next((n for s in schemas if (n := Name(s, body["relname"])) in self.catalog.tables), None)

    def column(self, node: Any, scopes: list[dict[str, Name | None]]) -> tuple[Name, str, int] | None:
        """Return the table, the column and the depth of the scope that an expression names."""
        while isinstance(node, dict) and "TypeCast" in node:
            node = node["TypeCast"]["arg"]
        if not isinstance(node, dict) or "ColumnRef" not in node:
            return None
        parts = strings(node["ColumnRef"]["fields"])
        for depth in range(len(scopes) - 1, -1, -1):
            scope = scopes[depth]
            if len(parts) == 1:
                names = [n for n in scope.values() if n is not None and parts[0] in self.catalog.tables[n].columns]
                if names:
                    return names[0], parts[0], depth
            elif len(parts) > 1 and parts[-2] in scope:
                name = scope[parts[-2]]
                return None if name is None else (name, parts[-1], depth)
        return None

    def _mention(self, body: Node, scopes: list[dict[str, Name | None]]) -> None:
        column = self.column({"ColumnRef": body}, scopes)
        if column is not None:
            self._now.uses.setdefault(column[0], set()).add(column[1])

    def _comparison(self, body: Node, scopes: list[dict[str, Name | None]]) -> None:
        if strings(body.get("name"))[-1:] not in (("=",), ("<>",)):
            return
        sides = (body.get("lexpr"), body.get("rexpr"))
        for one, other in (sides, sides[::-1]):
            column = self.column(one, scopes)
            if column is None:
                continue
            source = self.source(other)
            if source is not None and source != "claim:role":
                self.found.owned.setdefault(column[0], {}).setdefault(column[1], source)
            for value in _constants(other):
                gates = self.found.gates.setdefault(column[:2], {})
                gates[value] = gates.get(value, 0) + 1
                self._gates.add(value)

    def _exists(self, body: Node, scopes: list[dict[str, Name | None]]) -> None:
        """A subquery that stands for itself: note whether it speaks of the row at hand."""
        outer, gates, self._gates = self._now, self._gates, set()
        self._now = _Context(outer.table)
        self.visit(body["subselect"], scopes)
        inner = self._now
        if outer.table is not None and not self._speaks_of(body["subselect"], scopes):
            self.uncorrelated.append(Uncorrelated(outer.table, inner, frozenset(self._gates)))
        for name, columns in inner.uses.items():
            outer.uses.setdefault(name, set()).update(columns)
        outer.asks |= inner.asks
        outer.calls |= inner.calls
        self._now, self._gates = outer, gates | self._gates
        self.contexts.append(inner)

    def _speaks_of(self, part: Any, scopes: list[dict[str, Name | None]]) -> bool:
        """Whether a part of a condition names a column of the scopes that it stands in."""

        def walk(node: Any, within: list[dict[str, Name | None]]) -> bool:
            if isinstance(node, list):
                return any(walk(entry, within) for entry in node)
            if not isinstance(node, dict):
                return False
            for tag, body in node.items():
                if tag == "SelectStmt" and "fromClause" in body:
                    if walk(list(body.values()), [*within, self._scope(body["fromClause"])]):
                        return True
                elif tag == "ColumnRef":
                    column = self.column({tag: body}, within)
                    if column is not None and column[2] < len(scopes):
                        return True
                elif isinstance(body, dict | list) and walk(body, within):
                    return True
            return False

        return walk(part, list(scopes))

    # --- calls

    def _call(self, body: Node, top: bool) -> None:
        written = strings(body["funcname"])
        if written[:1] == ("auth",) or written[-1] == "current_setting":
            self._now.asks = True
            return
        name = self._function(written)
        if name is None:
            return
        self._now.calls.add(name)
        context = self.body(name)
        self._now.asks |= context.asks
        if top and self._now.table is not None and not _names_column(body.get("args")):
            gates = self._body_gates.get(name, frozenset()).union(_constants(body.get("args")))
            self.uncorrelated.append(Uncorrelated(self._now.table, context, gates))

    def _function(self, written: tuple[str, ...]) -> Name | None:
        schemas = written[:-1] or (*self.catalog.search_path, "public")
        return next((n for s in schemas if (n := Name(s, written[-1])) in self.catalog.functions), None)

    def body(self, name: Name) -> _Context:
        """Read the bodies of a function's overloads, once."""
        if name in self.functions:
            return self.functions[name]
        context = self.functions[name] = _Context(None)
        self.contexts.append(context)
        outer, gates, self._gates = self._now, self._gates, set()
        self._now = context
        for function in self.catalog.functions[name]:
            for tree in statements_of(function, self._composites):
                self.visit(tree, [])
        context.asks |= any(self.functions[called].asks for called in context.calls)
        for called in context.calls:
            for table, columns in self.functions[called].uses.items():
                context.uses.setdefault(table, set()).update(columns)
        self._body_gates[name] = frozenset(self._gates)
        self._now, self._gates = outer, gates
        return context

    def source(self, node: Any, depth: int = 5) -> str | None:
        """Return what of the caller an expression gives, or None."""
        if not isinstance(node, dict) or depth == 0 or len(node) != 1:
            return None
        ((tag, body),) = node.items()
        if tag == "TypeCast":
            return self.source(body["arg"], depth)
        if tag == "CoalesceExpr":
            return self.source(body["args"][0], depth)
        if tag == "SubLink" and body.get("subLinkType") == "EXPR_SUBLINK":
            return self._selected(body["subselect"], depth)
        if tag == "A_Expr":
            operator = strings(body.get("name"))[-1:]
            base = self.source(body.get("lexpr"), depth)
            keys = [key for constant in _constants(body.get("rexpr")) for key in constant.strip("{}").split(",")]
            if operator in (("->",), ("->>",), ("#>",), ("#>>",)) and base is not None and base.startswith("claim:"):
                return ".".join([base, *keys]).replace(":.", ":") if keys else None
            return None
        if tag != "FuncCall":
            return None
        written = strings(body["funcname"])
        arguments = body.get("args", [])
        if written[0] == "auth" and len(written) > 1:
            return {"uid": SUBJECT, "email": "claim:email", "role": "claim:role", "jwt": "claim:"}.get(written[1])
        if written[-1] == "current_setting" and arguments:
            setting = next(iter(_constants(arguments[0])), "")
            if setting == "request.jwt.claims":
                return "claim:"
            if setting.startswith("request.jwt.claim."):
                return f"claim:{setting.removeprefix('request.jwt.claim.')}"
            return f"setting:{setting}" if "." in setting else None
        if written[-1] in ("nullif", "coalesce", "lower", "trim", "btrim") and arguments:
            return self.source(arguments[0], depth)
        name = self._function(written)
        if name is None or arguments:
            return None
        trees = [
            tree for function in self.catalog.functions[name] for tree in statements_of(function, self._composites)
        ]
        found = {self._selected(tree, depth - 1) for tree in trees}
        return found.pop() if len(found) == 1 else None

    def _selected(self, tree: Any, depth: int) -> str | None:
        select = tree.get("SelectStmt", {}) if isinstance(tree, dict) else {}
        targets = select.get("targetList", ())
        if len(targets) != 1 or "fromClause" in select:
            return None
        return self.source(targets[0]["ResTarget"].get("val"), depth)


def statements_of(function: Function, composites: frozenset[str]) -> Iterator[Node]:
    """Yield the syntax trees of the queries in a function's body, as far as it can be read."""
    body = function.body or ""
    if function.language == "plpgsql":
        taken = take_apart(function, composites)
        texts = [piece.text for piece in taken.pieces] if not isinstance(taken, str) else []
    elif function.language == "sql":
        texts = [body.encode("utf-8", "replace")]
        if body.lstrip().lower().startswith("return "):
            texts = [b"SELECT " + texts[0].lstrip()[7:]]
        elif body.lstrip().lower().startswith("begin atomic"):
            texts = [texts[0].lstrip()[12:].rstrip().removesuffix(b"END").removesuffix(b"end")]
    else:
        return
    for text in texts:
        parsed = parse(text)
        if not isinstance(parsed, Refusal):
            yield from (statement["stmt"] for statement in parsed)


def _constants(node: Any) -> list[str]:
    """Return the constants that an expression is made of: one, a list, or an array of them."""
    if isinstance(node, list):
        return [value for entry in node for value in _constants(entry)]
    if not isinstance(node, dict) or len(node) != 1:
        return []
    ((tag, body),) = node.items()
    if tag == "TypeCast":
        return _constants(body["arg"])
    if tag == "A_Const":
        return [body["sval"].get("sval", "")] if "sval" in body else []
    if tag == "List":
        return _constants(body.get("items", []))
    if tag == "A_ArrayExpr":
        return _constants(body.get("elements", []))
    return []


def _names_column(node: Any) -> bool:
    if isinstance(node, list):
        return any(_names_column(entry) for entry in node)
    return isinstance(node, dict) and ("ColumnRef" in node or any(_names_column(value) for value in node.values()))
