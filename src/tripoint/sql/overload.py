"""Which function or operator a call means, and which type several values have in common.

PostgreSQL's rules (parse_func.c, parse_oper.c, parse_coerce.c; "Type Conversion" in its manual) over types as text. An
argument's type may be `UNKNOWN`, an untyped literal, or None: it can't be told. Nothing is guessed: where the types
that are known leave several answers, the answer is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.catalog import Argument, Catalog
from tripoint.model.name import Name
from tripoint.sql.builtins import SYSTEM_DOMAINS, Signature, base_type, builtins
from tripoint.sql.names_in import parse_type_name

__all__ = ["UNKNOWN", "Types", "laid_out", "signature_of"]

UNKNOWN: Final = "unknown"
"""The type of a literal that nothing has given a type yet."""

_POLYMORPHIC: Final = frozenset(
    """anyelement anyarray anynonarray anyenum anyrange anymultirange anycompatible anycompatiblearray
    anycompatiblenonarray anycompatiblerange anycompatiblemultirange""".split()  # noqa: SIM905
)
_ANY: Final = frozenset(["any", '"any"'])
_ANY_ELEMENT: Final = {"anyarray": "anyelement", "anycompatiblearray": "anycompatible"}


class Types(Struct):
    """What the types of one catalog are and how they convert."""

    catalog: Catalog

    def user(self, text: str) -> Name | None:
        """Return the name behind a type that is not PostgreSQL's own."""
        return parse_type_name(text)

    def flat(self, text: str) -> str:
        """Return a type without modifier, and a domain's base type instead of the domain."""
        text = base_type(text)
        if "." not in text:  # PostgreSQL's own
            return text
        seen = 0
        while (name := self.user(text)) is not None and seen < 32:
            domain = self.catalog.domains.get(name)
            below = domain.type if domain is not None else SYSTEM_DOMAINS.get(name)
            if below is None:
                break
            text, seen = base_type(below), seen + 1
        return text

    def element(self, text: str) -> str | None:
        """Return the element type of an array type."""
        text = self.flat(text)
        if text.endswith("[]"):
            return text[:-2]
        return _ANY_ELEMENT.get(text) or builtins().elements.get(text)

    def category(self, text: str) -> str | None:
        """Return pg_type.typcategory, or None where nothing is known of the type."""
        found = builtins().categories.get(text)
        if found is not None:
            return found
        if text.endswith("[]"):
            return "A"
        name = self.user(text)
        if name is None:
            return None
        if name in self.catalog.enums:
            return "E"
        if name in self.catalog.tables:
            return "C"
        composite = self.catalog.composites.get(name)
        return {"composite": "C", "range": "R", "base": "U"}[composite.kind] if composite is not None else None

    def coercible(self, source: str, target: str) -> bool:
        """Whether an argument of one type is accepted, unasked, for another."""
        if source in (target, UNKNOWN) or target in _ANY:
            return True
        if target in _POLYMORPHIC:
            return self._fits(source, target)
        if (source, target) in builtins().casts:
            return True
        if target == "record":
            return self.category(source) == "C"
        left, right = self.element(source), self.element(target)
        return left is not None and right is not None and self.coercible(left, right)

    def assignable(self, source: str, target: str) -> bool:
        """Whether a value of one type is stored as another unasked: True also of types of which that is not known."""
        source, target = self.flat(source), self.flat(target)
        one, other = self.category(source), self.category(target)
        if one in (None, "P") or other is None or other == "S" or self.coercible(source, target):
            return True
        if one == other == "A":
            left, right = self.element(source), self.element(target)
            return left is None or right is None or self.assignable(left, right)
        return (source, target) in builtins().assignments

    def castable(self, source: str, target: str) -> bool:
        """Whether a value of one type is made one of another where that is written: True also where it is not known."""
        source, target = self.flat(source), self.flat(target)
        one, other = self.category(source), self.category(target)
        if "S" in (one, other) or self.assignable(source, target) or (source, target) in builtins().explicit:
            return True
        if self._is_opaque(source) or self._is_opaque(target):
            return True
        left, right = self.element(source), self.element(target)
        return left is not None and right is not None and self.castable(left, right)

    def lacks_operator(self, name: str, left: str | None, right: str | None) -> bool:
        """Whether PostgreSQL has no operator of a name that takes values of these types, which are its own or enums."""
        if left is None or right is None or left == right == UNKNOWN:
            return False
        if "." not in left and "." not in right:
            return _own_lacks(name, left, right)
        return left != right and self.lacks_of(name, left, right)

    def lacks_of(self, name: str, left: str, right: str) -> bool:
        """Return the same, looked up afresh."""
        types = [self.flat(left), self.flat(right)]
        if _any_of_these(types) or any(map(self._is_opaque, types)):
            return False
        entries = [entry for entry in builtins().operators.get(name, ()) if len(entry.arguments) == len(types)]
        return bool(entries) and not any(self.accepts(entry, types) for entry in entries)

    def lacks_function(self, candidates: Sequence[Signature], arguments: Sequence[str | None]) -> bool:
        """Whether none of the candidates takes arguments of these types, which are PostgreSQL's own, enums or untyped.

        The candidates already take that many arguments. Nothing is said where one takes what an extension brings.
        """
        types = [self.flat(text) for text in arguments if text is not None]
        taken = {text for candidate in candidates for text in candidate.arguments}
        if len(types) < len(arguments) or _any_of_these(types) or any(map(self._is_opaque, (*types, *taken))):
            return False
        return not any(self.accepts(candidate, types) for candidate in candidates)

    def _is_opaque(self, text: str) -> bool:
        if text == UNKNOWN or text in _ANY or text in _POLYMORPHIC:
            return False
        category = self.category(self.flat(text))
        return category in (None, "P", "C", "X") or ("." in text and category != "E")

    def _fits(self, source: str, target: str) -> bool:
        kind = target.removeprefix("anycompatible").removeprefix("any")
        if kind in ("array", "nonarray"):
            return (self.element(source) is not None) == (kind == "array")
        if kind == "multirange":
            return any(source == multirange for _, multirange in builtins().ranges.values())
        if kind == "range":
            return self.category(source) == "R" and not self._fits(source, "anymultirange")
        return kind != "enum" or self.category(source) == "E"

    def accepts(self, candidate: Signature, types: Sequence[str]) -> bool:
        """Whether a function takes arguments of these types, the polymorphic ones taken together."""
        pairs = list(zip(types, candidate.arguments, strict=False))
        if not all(self.coercible(s, t) for s, t in pairs):
            return False
        for family in ("anycompatible", "any"):
            bound = [
                self._bound(t, s)
                for s, t in pairs
                if s != UNKNOWN and t in _POLYMORPHIC and t.startswith("anycompatible") == (family == "anycompatible")
            ]
            if len(bound) > 1 and None not in bound:
                if family == "any" and len(set(bound)) > 1:
                    return False
                if self.common(bound) is None:
                    return False
        return True

    # -- functions and operators ------------------------------------------------------------------------------

    def call(
        self, candidates: Sequence[Signature], arguments: Sequence[str | None]
    ) -> tuple[Signature | None, str | None]:
        """Return the function that a call means and the type of its result; either is None where it can't be told.

        The candidates already take that many arguments, their `arguments` laid out one for one.
        """
        if not candidates:
            return None, None
        flat = [None if a is None else self.flat(a) for a in arguments]
        if any(a is None for a in flat):
            known = [c for c in candidates if all(a is None or self.coercible(a, t) for a, t in _zip(flat, c))]
            chosen = known[0] if len(known) == 1 else None
            results = {self.result(c, flat) for c in known}
            return chosen, results.pop() if len(results) == 1 else None
        types = [a for a in flat if a is not None]
        exact = [c for c in candidates if c.arguments == tuple(types)]
        chosen = exact[0] if exact else self.select(candidates, types)
        return chosen, None if chosen is None else self.result(chosen, list(types))

    def operator(self, name: str, left: str | None, right: str | None, prefix: bool = False) -> str | None:
        """Return the type of an operator's result."""
        if "." not in (left or "") and "." not in (right or ""):
            return _own_operator(name, left, right, prefix)
        return self.operator_of(name, left, right, prefix)[1]

    def operator_of(
        self, name: str, left: str | None, right: str | None, prefix: bool
    ) -> tuple[Signature | None, str | None]:
        """Return the operator that is meant and the type of its result; either is None where it can't be told."""
        shape = [entry for entry in builtins().operators.get(name, ()) if (len(entry.arguments) == 1) == prefix]
        arguments = [right] if prefix else [left, right]
        if not prefix and left is not None and right is not None and UNKNOWN in (left, right):
            # An untyped literal beside a typed value is first taken for a value of the same type.
            typed = self.flat(right if left == UNKNOWN else left)
            same = [c for c in shape if c.arguments == (typed, typed)]
            if same:
                return same[0], same[0].returns
        return self.call(shape, arguments)

    def select(self, candidates: Sequence[Signature], types: list[str]) -> Signature | None:
        """Return the best candidate (func_select_candidate), or None where none or several are left."""
        left = [c for c in candidates if self.accepts(c, types)]
        if len(left) > 1:
            left = _best(left, lambda c: sum(s == t for s, t in zip(types, c.arguments, strict=False)))
        if len(left) > 1:
            left = _best(left, lambda c: sum(self._near(s, t) for s, t in zip(types, c.arguments, strict=False)))
        if len(left) > 1 and UNKNOWN in types:
            left = self._by_category(left, types)
        return left[0] if len(left) == 1 else None

    def _near(self, source: str, target: str) -> bool:
        if source == UNKNOWN:
            return False
        return source == target or (
            target in builtins().preferred and self.category(source) == builtins().categories[target]
        )

    def _by_category(self, left: list[Signature], types: list[str]) -> list[Signature]:
        """Choose by the categories of what stands where untyped literals are; string is taken where it is offered."""
        slots: dict[int, tuple[str, bool]] = {}
        for i in (i for i, source in enumerate(types) if source == UNKNOWN):
            offered = [c.arguments[i] for c in left]
            categories = {self.category(t) or "?" for t in offered}
            if "S" not in categories and len(categories) > 1:
                slots.clear()
                break
            category = "S" if "S" in categories else categories.pop()
            slots[i] = category, any(t in builtins().preferred and self.category(t) == category for t in offered)
        if slots:
            kept = [c for c in left if all(self._in_slot(c.arguments[i], *slot) for i, slot in slots.items())]
            left = kept or left
        known = {t for t in types if t != UNKNOWN}
        if len(left) > 1 and len(known) == 1:
            same = [c for c in left if self.accepts(c, list(known) * len(types))]
            if len(same) == 1:
                return same
        return left

    def _in_slot(self, text: str, category: str, preferred: bool) -> bool:
        return self.category(text) == category and (not preferred or text in builtins().preferred)

    def result(self, chosen: Signature, types: Sequence[str | None]) -> str | None:
        """Return the type of a call's result, with the polymorphic types replaced by what the arguments are."""
        if chosen.returns not in _POLYMORPHIC:
            return chosen.returns
        compatible = chosen.returns.startswith("anycompatible")
        elements: list[str | None] = []
        for declared, actual in zip(chosen.arguments, types, strict=False):
            if declared not in _POLYMORPHIC or declared.startswith("anycompatible") != compatible:
                continue
            if actual is None:
                elements.append(None)
            elif actual != UNKNOWN:
                elements.append(self._bound(declared, actual))
        if not elements or any(e is None for e in elements):
            return None
        element = self.common([e for e in elements if e is not None]) if compatible else elements[0]
        if element is None or element == UNKNOWN:
            return None
        kind = chosen.returns.removeprefix("anycompatible").removeprefix("any")
        if kind == "array":
            return element if self.element(element) is not None else f"{element}[]"
        if kind in ("range", "multirange"):
            found = [(r, m) for r, (s, m) in builtins().ranges.items() if s == element]
            return found[0][kind == "multirange"] if len(found) == 1 else None
        return element

    def _bound(self, declared: str, actual: str) -> str | None:
        if declared.removeprefix("anycompatible").removeprefix("any") == "array":
            return self.element(actual)
        if declared.endswith("multirange"):
            return next((s for s, m in builtins().ranges.values() if m == actual), None)
        if declared.endswith("range"):
            return builtins().ranges.get(actual, (None, ""))[0]
        return actual

    # -- the type that several values have in common -------------------------------------------------------------

    def common(self, types: Sequence[str | None]) -> str | None:
        """Return the type of CASE, COALESCE, ARRAY, VALUES, UNION over values of these types (select_common_type)."""
        if not types or any(t is None for t in types):
            return None
        known = [t for t in types if t is not None]
        if all(t == known[0] for t in known):
            return known[0]
        typed = [base_type(t) for t in known if t != UNKNOWN]
        # The modifier, and a domain, hold only where every value has it.
        flat = [self.flat(one) for one in typed]
        chosen = self._chosen(flat)
        return chosen if chosen is not None and all(self.coercible(t, chosen) for t in flat) else None

    def _chosen(self, flat: list[str]) -> str | None:
        """Return the type that the others are made of, or None where two are of other categories, or of none known."""
        chosen = flat[0]
        for other in flat[1:]:
            if other == chosen:
                continue
            mine, theirs = self.category(chosen), self.category(other)
            if mine is None or mine != theirs:
                return None
            if (
                chosen not in builtins().preferred
                and self.coercible(chosen, other)
                and not self.coercible(other, chosen)
            ):
                chosen = other
        return chosen

    def clash(self, types: Sequence[str | None]) -> tuple[str, str] | None:
        """Return why PostgreSQL brings values of these types not together, its SQLSTATE first; one may be unknown."""
        flat = [self.flat(base_type(t)) for t in types if t is not None and t != UNKNOWN]
        if not flat or any(map(self._is_opaque, flat)):
            return None
        apart = next((one for one in flat if self.category(one) != self.category(flat[0])), None)
        if apart is not None:
            return "42804", f"types {flat[0]} and {apart} cannot be matched"
        chosen = self._chosen(flat) if None not in types else None
        lost = next((one for one in flat if chosen is not None and not self.coercible(one, chosen)), None)
        return ("42846", f"could not convert type {lost} to {chosen}") if lost is not None else None


def _any_of_these(types: Iterable[str]) -> bool:
    """Whether a value is of a type that only the call of a function settles."""
    return not _POLYMORPHIC.isdisjoint(types)


def _zip(types: Sequence[str | None], candidate: Signature) -> list[tuple[str | None, str]]:
    return list(zip(types, candidate.arguments, strict=False))


@lru_cache(maxsize=16_384)
def _own_operator(name: str, left: str | None, right: str | None, prefix: bool) -> str | None:
    """Return the type of an operator's result where no catalog has a say: of PostgreSQL's own types alone."""
    return Types(Catalog()).operator_of(name, left, right, prefix)[1]


@lru_cache(maxsize=16_384)
def _own_lacks(name: str, left: str, right: str) -> bool:
    """Return whether PostgreSQL lacks an operator for two types of its own."""
    return Types(Catalog()).lacks_of(name, left, right)


def _best(candidates: list[Signature], score: Callable[[Signature], int]) -> list[Signature]:
    scores = [score(c) for c in candidates]
    top = max(scores)
    return [c for c, s in zip(candidates, scores, strict=True) if s == top]


@lru_cache(maxsize=16_384)
def signature_of(arguments: tuple[Argument, ...], returns: str | None, kind: str) -> Signature:
    """Return a function of the catalog as a call sees it."""
    inputs = [a for a in arguments if a.mode in ("in", "inout", "variadic")]
    outputs = tuple((a.name or "", a.type) for a in arguments if a.mode in ("out", "inout", "table"))
    result = returns or ("record" if outputs else "void")
    as_set = result.startswith(("SETOF ", "TABLE("))
    if result.startswith("TABLE("):
        result = outputs[0][1] if len(outputs) == 1 else "record"
    return Signature(
        arguments=tuple(base_type(a.type) for a in inputs),
        returns=base_type(result.removeprefix("SETOF ")),
        kind={"aggregate": "a", "window": "w", "procedure": "p"}.get(kind, "f"),
        set=as_set,
        variadic=any(a.mode == "variadic" for a in inputs),
        defaults=sum(a.default is not None for a in inputs),
        names=tuple(a.name or "" for a in inputs),
        outputs=outputs,
    )


def laid_out(signature: Signature, names: list[str | None], explicit_variadic: bool) -> Signature | None:
    """Return a function with its arguments laid out as a call has them, or None where the call does not fit it."""
    declared = list(signature.arguments)
    count = len(names)
    if any(n is not None for n in names):
        positions = list(range(names.index(next(n for n in names if n is not None))))
        for name in names[len(positions) :]:
            if name not in signature.names:
                return None
            positions.append(signature.names.index(name))
        optional = set(range(len(declared) - signature.defaults, len(declared)))
        if len(set(positions)) != count or set(range(len(declared))) - set(positions) - optional:
            return None
        return replace(signature, arguments=tuple(declared[i] for i in positions))
    if signature.variadic and not explicit_variadic and count >= len(declared):
        last = declared[-1]
        element = last if last in ('"any"', "any") else _VARIADIC.get(last, last.removesuffix("[]"))
        return replace(signature, arguments=tuple(declared[:-1] + [element] * (count - len(declared) + 1)))
    if count > len(declared) or count < len(declared) - signature.defaults:
        return None
    return replace(signature, arguments=tuple(declared[:count]))


_VARIADIC: Final = {"anyarray": "anyelement", "anycompatiblearray": "anycompatible"}
