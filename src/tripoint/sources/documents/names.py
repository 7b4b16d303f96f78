"""Which table of a database a document's words name: `Content Plan` and `CONTENT_PLAN` are content_plans."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import islice, product
from types import MappingProxyType

from msgspec import Struct

from tripoint.model.catalog import Catalog, Table
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["Match", "Names", "plural", "snake"]

_WORD = regex(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W_A-Z]+|[A-Z]+|\d+")
_DIGITS = regex(r"\d+|\D+")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "mice": "mouse",
    "geese": "goose",
    "criteria": "criterion",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "analyses": "analysis",
    "media": "medium",
}
_ENDINGS = ("men", "children", "people")
"""What words are put together with: foremen, grandchildren, salespeople."""
_PLURALS = {singular: plural for plural, singular in _IRREGULAR.items()}
_NO_MEN = frozenset({"human", "german", "roman", "talisman", "shaman", "ottoman", "caiman"})
_UNCOUNTED = frozenset(
    {
        "research", "feedback", "metadata", "data", "information", "equipment", "inventory", "history", "analytics",
        "news", "series", "content", "audit", "settings", "access", "auth", "staff", "config", "log",
    }
)  # fmt: skip


def snake(text: str) -> str:
    """Return a name in snake_case."""
    return "_".join(_parts(text))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, whatever its case style.

    Digits are words of their own: some write `line_2` for `line2`, others do not.
    """
    return tuple(word for part in _parts(text) for word in _DIGITS.findall(part))


def _parts(text: str) -> list[str]:
    return [part.lower() for part in _WORD.findall(text)]


def plural(word: str) -> str:
    """Return the English plural of a word in lower case."""
    if word in _PLURALS:
        return _PLURALS[word]
    for ending in _ENDINGS:
        if word.endswith(ending):
            return word
        if word.endswith(_IRREGULAR[ending]) and word not in _NO_MEN:
            return word.removesuffix(_IRREGULAR[ending]) + ending
    if word in _UNCOUNTED or word in _IRREGULAR or (word.endswith("s") and not word.endswith(("ss", "us", "is"))):
        return word
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return word + "es"
    return word + "s"


def _singulars(word: str) -> set[str]:
    found = {word}
    if word in _IRREGULAR:
        found.add(_IRREGULAR[word])
    for ending in _ENDINGS:
        if word.endswith(ending):
            found.add(word.removesuffix(ending) + _IRREGULAR[ending])
    if word.endswith("ies") and len(word) > 4:
        found.add(word[:-3] + "y")
    if re.search(r"(?:s|x|z|ch|sh|o)es$|[^\W\d].{2}[lrnd]es$", word):  # `sucursales`, `vendedores` as well
        found.add(word[:-2])
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        found.add(word[:-1])
    return found


def _keys(text: str) -> set[tuple[str, ...]]:
    return set(islice(product(*(sorted(_singulars(word)) for word in words(text))), 64))


class Match(Struct, frozen=True):
    """A table that a name means. `exact` says that the document spells it as the database does."""

    name: Name
    exact: bool
    table: Table | None = None
    """None where only code knows the table."""


class Names:
    """The tables of a database, to be found by what people write."""

    def __init__(
        self,
        catalog: Catalog,
        used: Collection[str],
        default_schema: str,
        classes: Mapping[str, Name] = MappingProxyType({}),
    ) -> None:
        """`classes` are those of models, each with its table: a document may call a table as the code does."""
        self.catalog = catalog
        self._by_class = {_run_together(name): table for name, table in classes.items()}
        self.default_schema = default_schema
        self.used = {_qualified(name, default_schema) for name in used} - set(catalog.tables)
        self.schemas = {name.schema for name in catalog.tables} | set(catalog.schemas) | {default_schema}
        self._prefixes = sorted(
            (f"{schema}_" for schema in self.schemas | {"auth"}), key=lambda each: (-len(each), each)
        )
        self._found: dict[tuple[str, bool], Match | None] = {}
        self._by_name: dict[str, list[Name]] = defaultdict(list)
        self._by_key: dict[tuple[str, ...], set[Name]] = defaultdict(set)
        for known in (*catalog.tables, *sorted(self.used)):
            self._by_name[known.name].append(known)
            for key in _keys(known.name):
                self._by_key[key].add(known)
        self.others = {name.name for group in (catalog.enums, catalog.domains, catalog.composites) for name in group}
        self.others |= {name.name for name in catalog.functions} | set(catalog.buckets)
        named = [name.name for name, table in catalog.tables.items() if table.kind == "table"] or [
            name.name for name in self.used
        ]
        plurals = sum(plural(words(name)[-1]) == words(name)[-1] for name in named if words(name))
        self.plural_habit = not named or plurals * 2 >= len(named)
        columns = [column for table in catalog.tables.values() for column in table.columns]
        self.in_camel_case = sum(name != name.lower() for name in columns) * 4 > len(columns)
        """Whether columns are named like `createdAt`."""
        self.signs_in = any(
            constraint.references == Name("auth", "users")
            for table in catalog.tables.values()
            for constraint in table.constraints.values()
        ) or ("auth" in catalog.schemas)

    def _best(self, found: list[Name]) -> Name | None:
        """Return the one that an unqualified name means: the search path decides, then that it stands alone."""
        for schema in (self.default_schema, *self.catalog.search_path):
            for name in found:
                if name.schema == schema:
                    return name
        return found[0] if len({name.schema for name in found}) == 1 else None

    def split(self, text: str) -> tuple[str | None, str]:
        """Split a written name into the schema, where it carries one, and the rest.

        Mermaid's entities are named without dots: `AUTH_USERS` is `auth.users` where no table is called so as a whole.
        """
        schema, dot, rest = text.partition(".")
        if dot and rest:
            return schema, rest
        joined, rest = self.joined(text)
        is_there = joined == "auth" or (joined is not None and self._known(rest, joined))
        return (joined, rest) if is_there and not self._known(text) else (None, text)

    def joined(self, text: str) -> tuple[str | None, str]:
        """Split a name that may have a schema's before it, with an underscore between the two, and is known or not."""
        lower = text.lower()
        prefix = next((each for each in self._prefixes if lower.startswith(each) and len(lower) > len(each)), None)
        return (prefix[:-1], lower[len(prefix) :]) if prefix is not None else (None, text)

    def _known(self, text: str, schema: str | None = None) -> bool:
        """Whether words mean a table, of a schema where one is given."""
        found = {name for key in _keys(text) for name in self._by_key.get(key, ())}
        return any(schema in (None, name.schema) for name in found)

    def find(self, text: str, *, in_sql: bool = False) -> Match | None:
        """Return the table that a written name means, or None: nothing fits, or several do.

        Words mean a table that there is, in whatever schema, before one that code asks for alone; SQL that makes it
        means the schema that it would be made in.
        """
        # The same headings stand in many documents.
        key = text, in_sql
        if key not in self._found:
            self._found[key] = self._find(text, in_sql)
        return self._found[key]

    def _find(self, text: str, in_sql: bool) -> Match | None:
        schema, name = self.split(text.strip())
        if schema is not None:
            for spelling in (name, name.lower()):
                if (exact := Name(schema.lower(), spelling)) in self.catalog.tables or exact in self.used:
                    return self._match(exact, text)
            return None
        for spelling in (name, name.lower()):
            if spelling in self._by_name:
                found = self._by_name[spelling]
                known = found if in_sql else [name for name in found if name in self.catalog.tables] or found
                best = self._best(known)
                return self._match(best, text) if best is not None else None
        candidates: set[Name] = set()
        for key in _keys(name):
            candidates |= self._by_key.get(key, set())
        if len(candidates) > 1:
            candidates = {one for one in candidates if one in self.catalog.tables} or candidates
        best = self._best(sorted(candidates)) if len({one.name for one in candidates}) == 1 else None
        best = self._by_class.get(_run_together(name)) if not candidates and not in_sql else best
        return self._match(best, text) if best is not None else None

    def is_shared(self, text: str) -> bool:
        """Whether tables of several schemas bear a name that is written without one: nothing tells which is meant."""
        schema, name = self.split(text.strip())
        return schema is None and any(
            sum(known in self.catalog.tables for known in self._by_name.get(spelling, ())) > 1
            for spelling in (name, name.lower())
        )

    def _match(self, name: Name, text: str) -> Match:
        exact = text in (name.name, str(name), f"{name.schema}_{name.name}")
        return Match(name, exact, self.catalog.tables.get(name))

    def expected(self, text: str, *, literal: bool, schema: str | None = None) -> Name:
        """Return the table that a name would be, were it built: in snake_case, and plural where the tables are.

        `literal` keeps the name as it is written.
        """
        written, name = self.split(text)
        if not literal:
            parts = _parts(name)
            if parts and self.plural_habit:
                parts[-1] = plural(parts[-1])
            name = "_".join(parts) or name
        return Name((written or schema or self.default_schema).lower(), name)


def _run_together(name: str) -> str:
    return "".join(words(name))


def _qualified(name: str, default_schema: str) -> Name:
    schema, dot, rest = name.partition(".")
    return Name(schema, rest) if dot else Name(default_schema, name)
