"""What can be told of a policy's condition before it runs: for which caller it can pass, and for whom it always does.

A condition is evaluated over what is known: literals, and what the platform says of the caller (`auth.uid()`,
`auth.role()`, the token's claims). Everything else may be anything. The outcome is the set of truth values that it
can have, of PostgreSQL's three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from tripoint.sql.facts import Node
from tripoint.sql.grammar import parse_expression, parse_statement
from tripoint.sql.types import strings

__all__ = [
    "Empty",
    "Truth",
    "always_passes",
    "asks_in",
    "can_pass",
    "may_give_rows",
    "nodes_in",
    "nodes_of",
    "tells_who_calls",
    "truth_of",
]

Empty = Callable[[tuple[str, ...]], bool]
Truth = frozenset[str]
"""Of `t`, `f` and `n`: true, false and null."""

ANYTHING: Final[Truth] = frozenset("tfn")
_TRUE: Final[Truth] = frozenset("t")
_FALSE: Final[Truth] = frozenset("f")
_NULL: Final[Truth] = frozenset("n")
_CLOSED: Final[Truth] = frozenset("fn")

# What an expression is, as far as that is known: "null", "present" (anything but null), "any", "token" (the claims),
# or a constant, written "=text".
_OF_A_SESSION: Final = frozenset({"uid", "email"})
_WITHOUT_SESSION: Final = frozenset({"anon", "supabase_auth_admin"})
_CLAIMS_OF_ALL: Final = frozenset({"iss", "ref", "iat", "exp", "aud", "role"})
_SETTING: Final = "request.jwt.claim"
_SWAPPED: Final = {"t": "f", "f": "t", "n": "n"}


def can_pass(
    expression: str | None, role: str, empty: Empty | None = None, known: Mapping[str, str] | None = None
) -> bool:
    """Whether a condition may let `role` pass; one that is not there lets nobody (PostgreSQL's own rule).

    `empty` says of a relation's name as written whether `role` sees none of its rows. `known` are columns of the row
    and what they hold.
    """
    if expression is None:
        return False
    node = parse_expression(expression)
    return node is None or "t" in _Reading(role, {}, empty, known).truth(node)


def may_give_rows(query: str | None, role: str, empty: Empty) -> bool:
    """Whether a query, run with the rights of `role`, may give a row; one that can't be read may."""
    parsed = parse_statement(query or "")
    if not isinstance(parsed, tuple) or parsed[0] != "SelectStmt":
        return True
    return _Reading(role, {}, empty).gives_rows(parsed[1])


def always_passes(expression: str | None, role: str) -> bool:
    """Whether a condition lets `role` pass with every row."""
    if expression is None:
        return False
    node = parse_expression(expression)
    return node is not None and truth_of(node, role) == _TRUE


def tells_who_calls(expression: str | None) -> bool:
    """Whether a condition asks the platform who the caller is."""
    return any(_asks(tag, body) for tag, body in nodes_in(expression))


def asks_in(tree: Any) -> bool:
    """Whether a part of a condition asks the platform who the caller is."""
    return any(_asks(tag, body) for tag, body in nodes_of(tree))


def nodes_of(value: Any) -> Iterator[tuple[str, Node]]:
    """Yield every node of a syntax tree, outer ones first, with its tag."""
    ahead: list[tuple[str, Any]] = [("", value)]
    while ahead:
        tag, value = ahead.pop()
        if isinstance(value, list):
            ahead.extend(("", entry) for entry in reversed(value))
        elif isinstance(value, dict):
            if tag[:1].isupper():
                yield tag, value
            ahead.extend(reversed(value.items()))


@lru_cache(maxsize=4096)
def nodes_in(expression: str | None) -> tuple[tuple[str, Node], ...]:
    """Return every node of an expression; none where it is none. Policies repeat each other's conditions."""
    return tuple(nodes_of(parse_expression(expression) if expression else None))


def truth_of(node: Node, role: str, forced: Mapping[int, Truth] | None = None) -> Truth:
    """Return the truth values that a condition can have for a caller of `role`.

    `forced` gives parts of the tree, by the identity of their node, the truth values that they are taken to have.
    """
    return _Reading(role, forced or {}).truth(node)


def _asks(tag: str, body: Node) -> bool:
    if tag == "SQLValueFunction":
        return True
    if tag != "FuncCall":
        return False
    name = strings(body["funcname"])
    return name[:1] == ("auth",) or name[-1] in ("current_setting", "current_user")


class _Reading:
    def __init__(
        self,
        role: str,
        forced: Mapping[int, Truth],
        empty: Empty | None = None,
        known: Mapping[str, str] | None = None,
    ) -> None:
        self.role = role
        self.forced = forced
        self.empty = empty
        self.known = known or {}

    # --- conditions

    def truth(self, node: Node | None) -> Truth:
        if not node:
            return ANYTHING
        ((tag, body),) = node.items()
        if id(body) in self.forced:
            return self.forced[id(body)]
        read = getattr(self, f"_{tag}", None)
        return read(body) if read is not None else self._of_value(self.value(node))

    def _of_value(self, value: str) -> Truth:
        if value == "null":
            return _NULL
        if value.startswith("="):
            return _TRUE if value[1:].lower() in ("t", "true", "on", "yes", "1") else _FALSE
        return frozenset("tf") if value == "present" else ANYTHING

    def _BoolExpr(self, body: Node) -> Truth:
        parts = [self.truth(part) for part in body["args"]]
        if body["boolop"] == "NOT_EXPR":
            return frozenset(_SWAPPED[value] for value in parts[0])
        strong, weak = ("f", "t") if body["boolop"] == "AND_EXPR" else ("t", "f")
        joined = parts[0]
        for part in parts[1:]:
            joined = frozenset(
                strong if strong in (one, other) else "n" if "n" in (one, other) else weak
                for one in joined
                for other in part
            )
        return joined

    def _A_Expr(self, body: Node) -> Truth:
        kind = body["kind"]
        operator = strings(body["name"])[-1]
        left = self.value(body.get("lexpr"))
        if kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
            same = self._same(left, self.value(body.get("rexpr")))
            return same if kind == "AEXPR_NOT_DISTINCT" else frozenset(_SWAPPED[value] for value in same)
        if kind == "AEXPR_IN":
            choices = [self.value(item) for item in body["rexpr"].get("List", {}).get("items", ())]
            if left == "null":
                return _NULL
            if left.startswith("=") and all(choice.startswith("=") for choice in choices):
                found = left in choices
                return _TRUE if found == (operator == "=") else _FALSE
            return ANYTHING
        right = self.value(body.get("rexpr"))
        if kind == "AEXPR_OP_ANY":
            return _CLOSED if "null" in (left, right) else ANYTHING
        if kind == "AEXPR_OP_ALL":
            return frozenset("tn") if left == "null" else _NULL if right == "null" else ANYTHING
        if kind != "AEXPR_OP" or operator not in ("=", "<>", "<", ">", "<=", ">=", "~~", "~~*", "~", "@>", "<@", "&&"):
            return self._of_value(self.value({"A_Expr": body}))
        if "null" in (left, right):
            return _NULL
        if left.startswith("=") and right.startswith("=") and operator in ("=", "<>"):
            return _TRUE if (left == right) == (operator == "=") else _FALSE
        return ANYTHING

    @staticmethod
    def _same(left: str, right: str) -> Truth:
        if left == right == "null":
            return _TRUE
        if "null" in (left, right):
            other = right if left == "null" else left
            return frozenset("tf") if other in ("any", "token") else _FALSE
        if left.startswith("=") and right.startswith("="):
            return _TRUE if left == right else _FALSE
        return frozenset("tf")

    def _NullTest(self, body: Node) -> Truth:
        value = self.value(body["arg"])
        is_null = _TRUE if value == "null" else frozenset("tf") if value == "any" else _FALSE
        wanted = body["nulltesttype"] == "IS_NULL"
        return is_null if wanted else frozenset(_SWAPPED[v] for v in is_null)

    def _BooleanTest(self, body: Node) -> Truth:
        passing = {
            "IS_TRUE": "t",
            "IS_NOT_TRUE": "fn",
            "IS_FALSE": "f",
            "IS_NOT_FALSE": "tn",
            "IS_UNKNOWN": "n",
            "IS_NOT_UNKNOWN": "tf",
        }[body["booltesttype"]]
        return frozenset("t" if value in passing else "f" for value in self.truth(body["arg"]))

    def _CoalesceExpr(self, body: Node) -> Truth:
        found: Truth = _NULL
        for argument in body["args"]:
            if "n" not in found:
                break
            found = (found - _NULL) | self.truth(argument)
        return found

    def _SubLink(self, body: Node) -> Truth:
        select = body["subselect"].get("SelectStmt", {})
        kind = body["subLinkType"]
        if kind == "EXISTS_SUBLINK":
            return frozenset("tf") if self.gives_rows(select) else _FALSE
        if kind == "ANY_SUBLINK":
            if not self.gives_rows(select):
                return _FALSE
            return _CLOSED if self.value(body.get("testexpr")) == "null" else ANYTHING
        if kind == "EXPR_SUBLINK" and "fromClause" not in select and len(select.get("targetList", ())) == 1:
            return self.truth(select["targetList"][0]["ResTarget"].get("val"))
        return self._of_value(self.value({"SubLink": body}))

    def gives_rows(self, select: Node) -> bool:
        """Whether a query may give a row: not where a condition that every row must meet can't be met."""
        if select.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self.gives_rows(select.get("larg", {})) or self.gives_rows(select.get("rarg", {}))
        if "groupClause" not in select and any(tag == "FuncCall" for tag, _ in nodes_of(select.get("targetList"))):
            return True  # an aggregate gives a row in any case
        joined = _joined(select.get("fromClause", ())) if "withClause" not in select else ()
        if self.empty is not None and any(self.empty(name) for name in joined):
            return False
        conditions = [select["whereClause"]] if "whereClause" in select else []
        conditions += [join["quals"] for join in _inner_joins(select.get("fromClause", ())) if "quals" in join]
        return all("t" in self.truth(condition) for condition in conditions)

    # --- values

    def value(self, node: Node | None) -> str:
        """Return what is known of a value."""
        if not node:
            return "any"
        ((tag, body),) = node.items()
        if tag == "A_Const":
            return _constant(body)
        if tag == "ColumnRef" and self.known:
            column = strings(body["fields"])[-1:]
            return f"={self.known[column[0]]}" if column and column[0] in self.known else "any"
        if tag == "TypeCast":
            return self.value(body["arg"])
        if tag == "FuncCall":
            return self._call(body)
        if tag == "SQLValueFunction":
            said = body.get("op", "")
            return f"={self.role}" if said.endswith(("_USER", "_ROLE")) and "SESSION" not in said else "present"
        if tag == "A_Expr" and strings(body["name"])[-1] in ("->", "->>", "#>", "#>>"):
            return self._claim(self.value(body.get("lexpr")), self.value(body.get("rexpr")))
        if tag == "CoalesceExpr":
            values = [self.value(argument) for argument in body["args"]]
            known = next((value for value in values if value != "null"), "null")
            return "present" if known == "any" and values[-1].startswith(("=", "present")) else known
        if tag == "SubLink" and body["subLinkType"] == "EXPR_SUBLINK":
            select = body["subselect"].get("SelectStmt", {})
            targets = select.get("targetList", ())
            if len(targets) == 1 and "fromClause" not in select:
                return self.value(targets[0]["ResTarget"].get("val"))
            return "any" if self.gives_rows(select) else "null"
        return "any"

    def _call(self, body: Node) -> str:
        name = strings(body["funcname"])
        if name[:1] == ("auth",):
            if name[-1] in _OF_A_SESSION:
                return "null" if self.role in _WITHOUT_SESSION else "present" if name[-1] == "uid" else "any"
            if name[-1] == "role":
                return f"={self.role}"
            return "token" if name[-1] == "jwt" else "any"
        if name[-1] == "current_setting" and body.get("args"):
            setting = self.value(body["args"][0])[1:]
            if setting == f"{_SETTING}s":
                return "token"
            if setting.startswith(f"{_SETTING}."):
                return self._claim("token", f"={setting.removeprefix(f'{_SETTING}.')}")
        return "any"

    def _claim(self, token: str, key: str) -> str:
        if token == "null":
            return "null"
        if token != "token" or not key.startswith("="):
            return "any"
        if key == "=role":
            return f"={self.role}"
        if self.role == "authenticated":
            return "present" if key == "=sub" else "any"
        return "any" if key[1:] in _CLAIMS_OF_ALL else "null"


def _constant(body: Node) -> str:
    if body.get("isnull"):
        return "null"
    for key in ("sval", "fval"):
        if key in body:
            return f"={body[key].get(key, '')}"
    if "ival" in body:
        return f"={body['ival'].get('ival', 0)}"
    return f"={'true' if body.get('boolval', {}).get('boolval') else 'false'}"


def _inner_joins(entries: Any) -> Iterator[Node]:
    for entry in entries:
        join = entry.get("JoinExpr")
        if join is not None and join.get("jointype") == "JOIN_INNER":
            yield join
            yield from _inner_joins([join["larg"], join["rarg"]])


def _joined(entries: Any) -> Iterator[tuple[str, ...]]:
    """Yield the names of the relations of a FROM clause of which each row of the result needs one."""
    for entry in entries:
        relation, join = entry.get("RangeVar"), entry.get("JoinExpr")
        if relation is not None:
            schema = relation.get("schemaname")
            yield (schema, relation["relname"]) if schema else (relation["relname"],)
        elif join is not None and join.get("jointype") == "JOIN_INNER":
            yield from _joined([join["larg"], join["rarg"]])
        elif join is not None and join.get("jointype") == "JOIN_LEFT":
            yield from _joined([join["larg"]])
