"""What of an expression is not immutable, so that no index and no generated column may have it.

The source is PostgreSQL's `contain_mutable_functions` (clauses.c): functions, operators, casts and the values of the
session. A function in SQL may be put in the place of its call before PostgreSQL looks, so what is made of one is never
told; nor is what types that can't be told would decide.
"""

from __future__ import annotations

from typing import Any

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sql.builtins import Signature, builtins
from tripoint.sql.facts import Node
from tripoint.sql.overload import UNKNOWN
from tripoint.sql.queries import Queries
from tripoint.sql.space import Scope
from tripoint.sql.types import strings

__all__ = ["first_mutable"]

_STRINGS = frozenset({"text", "character varying", "bpchar", "name"})


def first_mutable(expression: Node, catalog: Catalog, search_path: tuple[str, ...], table: Name) -> str | None:
    """Return what makes an expression over a table's columns other than immutable; None where nothing is sure to."""
    analysis = _Mutable(catalog, search_path)
    scope = Scope()
    scope.items.append(analysis.table_item(table))
    analysis.type_of(expression, scope)
    return analysis.mutable


class _Mutable(Queries):
    mutable: str | None = None

    def function(self, body: Node, scope: Scope) -> tuple[Signature | None, str | None]:
        chosen, result = super().function(body, scope)
        if chosen is not None and (chosen.mutable or self._is_own(chosen, strings(body.get("funcname")))):
            self._note(f"{strings(body.get('funcname'))[-1]}()")
        return chosen, result

    def _is_own(self, chosen: Signature, written: tuple[str, ...]) -> bool:
        """Whether all of the project's functions of a name are in PL/pgSQL, and not declared to be immutable."""
        target, _ = self.find_functions(written)
        own = self.catalog.functions.get(target, ()) if target is not None else ()
        return bool(own) and all(f.language == "plpgsql" and f.volatility != "immutable" for f in own)

    def _A_Expr(self, body: Node, scope: Scope) -> str | None:
        found = super()._A_Expr(body, scope)
        name = strings(body.get("name"))
        if body.get("kind", "AEXPR_OP") == "AEXPR_OP" and len(name) == 1 and "List" not in body.get("rexpr", {}):
            left, right = (self._quiet(body.get(side), scope) for side in ("lexpr", "rexpr"))
            chosen, _ = self.types.operator_of(name[0], left, right, "lexpr" not in body)
            if chosen is not None and chosen.mutable:
                self._note(f"{left} {name[0]} {right}")
        return found

    def _SQLValueFunction(self, body: Node, scope: Scope) -> str | None:
        self._note(body["op"].removeprefix("SVFOP_").removesuffix("_N").lower())
        return super()._SQLValueFunction(body, scope)

    def _TypeCast(self, body: Node, scope: Scope) -> str | None:
        target = super()._TypeCast(body, scope)
        source = self._quiet(body.get("arg"), scope)
        if source is not None and target is not None and source != UNKNOWN and self._is_mutable_cast(source, target):
            self._note(f"{source}::{target}")
        return target

    def _is_mutable_cast(self, source: str, target: str) -> bool:
        one, other = self.types.flat(source), self.types.flat(target)
        if (one, other) in builtins().mutable_casts:
            return True
        if (one in _STRINGS) == (other in _STRINGS):
            return False
        of = builtins().mutable_from_text if one in _STRINGS else builtins().mutable_to_text
        written = other if one in _STRINGS else one
        return written in of or self.types.category(written) in ("E", "A", "R")

    def _quiet(self, node: Any, scope: Scope) -> str | None:
        """Return an expression's type and note nothing of it, since it was looked at already."""
        return Queries(self.catalog, self.search_path).type_of(node, scope) if node else None

    def _note(self, what: str) -> None:
        self.mutable = self.mutable or what
