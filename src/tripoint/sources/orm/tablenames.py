"""The name of a table that a method makes from the name of its class, as SQLAlchemy's `declared_attr` has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Chain, Ref, Step, Template, Text, Value
from tripoint.sources.orm.classes import PythonClass

__all__ = ["made_name", "makes_name", "snake_case"]

_HUMP = regex(r"(?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z])")
_RUN = regex(r"[A-Z]{2}|[0-9]")
"""Where ways to write a name in snake case differ."""
_SUBSTITUTED = {
    pattern: regex(pattern)
    for pattern in (
        r"(?<!^)(?=[A-Z])",
        r"(?<!^)([A-Z])",
        r"(.)([A-Z][a-z]+)",
        r"([a-z0-9])([A-Z])",
        r"([a-z])([A-Z])",
        r"(?<=[a-z])(?=[A-Z])",
        r"([A-Z]+)([A-Z][a-z])",
        r"([a-z\d])([A-Z])",
    )
}
"""What is commonly replaced to write a name in snake case: no other expression of a project is run."""
_REPLACED = frozenset({"_", r"\1_\2", r"_\1"})


def makes_name(made: PythonClass) -> bool:
    """Whether a method of a class makes the name of its table."""
    return "__tablename__" in made.methods


def made_name(name: str, family: Iterable[PythonClass]) -> str | None:
    """Return the table that the nearest class of a family names with a method, by the name of the class that has it."""
    for one in family:
        if makes_name(one):
            value = next((b.value for b in one.returned if b.name == "__tablename__"), None)
            return _Names(name, one.local).of(value, 0) or None
    return None


def snake_case(name: str) -> str:
    """Return the name of a class with an underscore before each hump, in small letters."""
    return _HUMP.sub(lambda match: f"_{match[0]}", name).lower().lstrip("_")


_DEEP = 8


class _Names:
    """What an expression over `cls.__name__` is; None for what is not known."""

    def __init__(self, name: str, local: Mapping[str, Value]) -> None:
        self._name = name
        self._local = local

    def of(self, value: Value | None, depth: int) -> str | None:
        if depth > _DEEP:
            return None
        if isinstance(value, Text):
            return value.value
        if isinstance(value, Ref):
            if value.path == ("cls", "__name__"):
                return self._name
            bound = self._local.get(value.path[0]) if len(value.path) == 1 else None
            return self.of(bound, depth + 1) if bound is not None else None
        if isinstance(value, Template):
            parts = [self.of(part, depth + 1) for part in value.parts]
            return "".join(p for p in parts if p is not None) if None not in parts else None
        return self._chain(value, depth) if isinstance(value, Chain) and value.steps else None

    def _chain(self, chain: Chain, depth: int) -> str | None:
        first, rest = chain.steps[0], chain.steps[1:]
        given = [self.of(argument, depth + 1) for argument in first.arguments]
        path = chain.root.path if isinstance(chain.root, Ref) else ()
        if path == ("re",) and first.name == "sub":
            text = _substituted(given)
        elif first.name == "()" or path in (("inflection",), ("stringcase",)):
            text = _converted(path[-1] if first.name == "()" and path else first.name, given)
        else:
            text, rest = self.of(chain.root, depth + 1), chain.steps
        for step in rest:
            text = self._method(step, text, depth) if text is not None else None
        return text

    def _method(self, step: Step, text: str, depth: int) -> str | None:
        given = [self.of(argument, depth + 1) for argument in step.arguments]
        arguments = [argument for argument in given if argument is not None]
        if step.named or step.spread or len(arguments) != len(given):
            return None
        match step.name, arguments:
            case "lower", []:
                return text.lower()
            case "replace", [old, new]:
                return text.replace(old, new)
            case "removesuffix", [suffix]:
                return text.removesuffix(suffix)
            case "removeprefix", [prefix]:
                return text.removeprefix(prefix)
            case (("strip" | "lstrip"), [characters]):
                return text.strip(characters) if step.name == "strip" else text.lstrip(characters)
        return None


def _substituted(given: list[str | None]) -> str | None:
    """`re.sub(pattern, replacement, text)`, for the patterns that are common."""
    if len(given) != 3 or given[2] is None:
        return None
    pattern, replacement = _SUBSTITUTED.get(given[0] or ""), given[1]
    return pattern.sub(replacement, given[2]) if pattern is not None and replacement in _REPLACED else None


def _converted(function: str, given: list[str | None]) -> str | None:
    """What a function of a telling name makes of a name, where all ways to do it agree."""
    if len(given) != 1 or given[0] is None or _RUN.search(given[0]):
        return None
    word = function.lower().replace("_", "")
    if word in ("underscore", "snakecase") or word.endswith(("tosnake", "tosnakecase", "2snake")):
        return snake_case(given[0])
    return None
