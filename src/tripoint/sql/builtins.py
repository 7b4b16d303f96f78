"""What PostgreSQL itself brings along: types, implicit casts, functions, operators, system catalogs.

The data file is generated from a server by `tools/generate_builtins.py`. A type is named by the text that `format_type`
writes for it without a modifier.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from tripoint.model.name import Name

__all__ = ["SYSTEM_DOMAINS", "Builtins", "Signature", "base_type", "builtins"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

SYSTEM_DOMAINS: Final = {
    Name("information_schema", "cardinal_number"): "integer",
    Name("information_schema", "character_data"): "character varying",
    Name("information_schema", "sql_identifier"): "name",
    Name("information_schema", "time_stamp"): "timestamp(2) with time zone",
    Name("information_schema", "yes_or_no"): "character varying(3)",
}
"""The domains of the information schema and their base types."""

_SYNONYMS: Final = {"character": "bpchar", "bit": '"bit"'}


class Signature(Struct, frozen=True):
    """A function as a call sees it. `kind` is pg_proc's: f, a, w or p."""

    arguments: tuple[str, ...]
    returns: str
    kind: str = "f"
    set: bool = False
    strict: bool = False
    variadic: bool = False
    defaults: int = 0
    names: tuple[str, ...] = ()
    """The input arguments' names, empty where they have none or can't be left out."""
    outputs: tuple[tuple[str, str], ...] = ()
    """Name and type of the OUT and TABLE arguments."""
    mutable: bool = False
    """Of PostgreSQL's own whether it is stable or volatile: no index may ask it."""


class _Made(Mapping[_Key, _Value]):
    """A mapping whose values are made of what is written for them when they are first asked for: few ever are."""

    def __init__(self, written: Mapping[_Key, Any], make: Callable[[Any], _Value]) -> None:
        self._written = written
        self._make = make
        self._made: dict[_Key, _Value] = {}

    def __getitem__(self, key: _Key) -> _Value:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(self._written[key])
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._written

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


class Builtins(Struct, frozen=True):
    """The content of pg_catalog, by name."""

    categories: dict[str, str]
    """Type → pg_type.typcategory."""
    preferred: frozenset[str]
    elements: dict[str, str]
    """Array type → element type."""
    ranges: dict[str, tuple[str, str]]
    """Range type → (subtype, multirange type)."""
    casts: frozenset[tuple[str, str]]
    """The implicit casts."""
    assignments: frozenset[tuple[str, str]]
    """Those that are made unasked where a value is stored, and nowhere else."""
    explicit: frozenset[tuple[str, str]]
    """Those that are made where they are written, and nowhere else."""
    functions: Mapping[str, tuple[Signature, ...]]
    operators: Mapping[str, tuple[Signature, ...]]
    """A prefix operator has one argument."""
    mutable_casts: frozenset[tuple[str, str]]
    """The casts by a function that is not immutable."""
    mutable_to_text: frozenset[str]
    """The types whose text hangs on settings."""
    mutable_from_text: frozenset[str]
    """The types whose values do, that are read from text."""
    relations: Mapping[tuple[str, str], dict[str, str]]
    """(schema, relation) of pg_catalog and information_schema → column → type."""


@cache
def builtins() -> Builtins:
    """Return the packaged table, read once."""
    with open(os.path.join(os.path.dirname(__file__), "builtins.json"), "rb") as file:
        raw = msgspec.json.decode(file.read())
    texts: list[str] = [entry[0] for entry in raw["types"]]
    return Builtins(
        categories={text: flags[0] for text, flags, _ in raw["types"] if flags},
        preferred=frozenset(text for text, flags, _ in raw["types"] if "!" in flags),
        elements={text: texts[element] for text, _, element in raw["types"] if element >= 0},
        ranges={texts[r]: (texts[s], texts[m]) for r, s, m in raw["ranges"]},
        casts=frozenset((texts[a], texts[b]) for a, b in raw["casts"]),
        assignments=frozenset((texts[a], texts[b]) for a, b in raw["assignments"]),
        explicit=frozenset((texts[a], texts[b]) for a, b in raw["explicit"]),
        functions=_Made(raw["functions"], lambda entries: tuple(_signature(entry, texts) for entry in entries)),
        operators=_Made(
            raw["operators"],
            lambda entries: tuple(
                Signature((texts[a], texts[b]) if a >= 0 else (texts[b],), texts[c], mutable=bool(mutable))
                for a, b, c, *mutable in entries
            ),
        ),
        mutable_casts=frozenset((texts[a], texts[b]) for a, b in raw["mutable_casts"]),
        mutable_to_text=frozenset(texts[a] for a in raw["mutable_to_text"]),
        mutable_from_text=frozenset(texts[a] for a in raw["mutable_from_text"]),
        relations=_Made(
            {
                (schema, relation): columns
                for schema, relations in raw["relations"].items()
                for relation, columns in relations.items()
            },
            lambda columns: {column: texts[index] for column, index in columns.items()},
        ),
    )


def _signature(entry: list[Any], texts: list[str]) -> Signature:
    arguments, returns, flags, defaults, names, outputs = entry + [None] * (6 - len(entry))
    return Signature(
        arguments=tuple(texts[i] for i in arguments),
        returns=texts[returns],
        kind=flags[0],
        set="s" in flags,
        strict="t" in flags,
        variadic="v" in flags,
        defaults=defaults or 0,
        names=tuple(names or ()),
        outputs=tuple((name, texts[i]) for name, i in (outputs or {}).items()),
        mutable="m" in flags,
    )


def base_type(text: str) -> str:
    """Return a type's text without its modifier: `numeric(10,2)[]` → `numeric[]`, `bit(3)` → `"bit"`."""
    if "(" in text and '"' not in text:
        before, _, rest = text.partition("(")
        text = before + rest.partition(")")[2]
    if text.startswith("interval "):
        text = "interval[]" if text.endswith("[]") else "interval"
    if text.endswith("[]"):
        element = text[:-2]
        return _SYNONYMS.get(element, element) + "[]"
    return _SYNONYMS.get(text, text)
