"""How the project writes its SQL, learned from the text of its migrations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex

__all__ = ["Style", "learn_style"]

_TABLE = regex(
    r"^[ \t]*(create\s+table)\s+(if\s+not\s+exists\s+)?"
    r"((?:\"?\w+\"?\s*\.\s*)?)\"?\w+\"?\s*\((?:[ \t]*--[^\n]*)?\n([ \t]+)",
    re.IGNORECASE | re.MULTILINE,
)
_INDEX = regex(r"^[ \t]*create\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(if\s+not\s+exists\s+)?", re.I | re.M)
# Of lower case: what begins with a literal is found many times faster.
_REFERENCE = regex(r"references(?<!\wreferences)\s+[\w.\"]+(\s*)\(")

_EXPRESSION = regex(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\b(select|from|where|exists|and|or|not|in|is|null|true|false|as)\b""",
    re.IGNORECASE,
)

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "timestamp with time zone": ("timestamptz", "timestamp with time zone"),
    "timestamp without time zone": ("timestamp", "timestamp without time zone"),
    "time without time zone": ("time", "time without time zone"),
    "time with time zone": ("timetz", "time with time zone"),
    "integer": ("integer", "int", "int4"),
    "bigint": ("bigint", "int8"),
    "boolean": ("boolean", "bool"),
    "character varying": ("varchar", "character varying"),
    "numeric": ("numeric", "decimal"),
    "double precision": ("double precision", "float8"),
}
"""The type as `format_type` prints it → how people write it, the usual one first."""

_SPELLED = regex(
    r"^[ \t]*\"?\w+\"?\s+("
    + "|".join(text.replace(" ", "[ ]+") for texts in _SPELLINGS.values() for text in texts)
    + r")(?=[\s,(\[]|$)(?!\s+with)",
    re.I | re.M,
)
_PLAIN_TYPE = regex(r"^[ \t]*\"?\w+\"?\s+(text|uuid|jsonb|boolean|integer)\b", re.IGNORECASE | re.MULTILINE)
_PRECISE = regex(r"(time(?:stamp)?)(\(\d\))( with(?:out)? time zone)")
"""A time of a stated precision: `timestamp(3) with time zone`."""
_ENOUGH = 4 << 20
"""Characters of migrations after which the habit of writing is known."""


class Style(Struct, frozen=True):
    """A way of writing SQL."""

    upper: bool = False
    """Whether keywords are written in capitals."""
    upper_types: bool = False
    indent: str = "  "
    qualified: bool = True
    """Whether names in `public` carry their schema."""
    table_if_not_exists: bool = False
    index_if_not_exists: bool = False
    reference_space: bool = True
    """Whether a space stands between a referenced table and its columns."""
    spellings: tuple[tuple[str, str], ...] = ()

    def keyword(self, text: str) -> str:
        """Return keywords as the project writes them."""
        return text.upper() if self.upper else text

    def expression(self, text: str) -> str:
        """Return an expression with its keywords as the project writes them, and nothing within quotes touched."""
        if not self.upper:
            return text
        return _EXPRESSION.sub(lambda match: match[1] or match[2].upper(), text)

    def name(self, name: Name) -> str:
        """Return a table's or a function's name."""
        own = quote_identifier(name.name)
        return own if name.schema == "public" and not self.qualified else f"{quote_identifier(name.schema)}.{own}"

    def type(self, text: str) -> str:
        """Return a type, given as `format_type` prints it."""
        base, rest = re.fullmatch(r"([^(\[]*?)\s*([(\[].*)?", text, re.DOTALL).groups()  # type: ignore[union-attr]
        if precise := _PRECISE.fullmatch(text):
            base, rest = precise[1] + precise[3], precise[2]
        spelled = dict(self.spellings).get(base)
        if spelled is None:
            spelled = _SPELLINGS.get(base, (base,))[0]
        if rest and " " in spelled and spelled.startswith("time"):
            return text
        plain = spelled + (rest or "")
        return plain.upper() if self.upper_types and re.fullmatch(r"[a-z0-9 ,()\[\]]+", plain) else plain

    def columns(self, names: Iterable[str]) -> str:
        """Return a list of columns in parentheses."""
        return f"({', '.join(quote_identifier(name) for name in names)})"


def learn_style(texts: Iterable[str]) -> Style:
    """Return how `texts`, the project's migrations, are written; the field's usual way where they say nothing."""
    tally: Counter[str] = Counter()
    indents: Counter[str] = Counter()
    spelled: Counter[str] = Counter()
    size = 0
    for text in texts:
        size += len(text)
        for keyword, exists, schema, indent in _TABLE.findall(text):
            tally["tables"] += 1
            tally["upper"] += keyword[0].isupper()
            tally["exists"] += bool(exists)
            tally["qualified"] += bool(schema)
            indents[indent] += 1
        for exists in _INDEX.findall(text):
            tally["indexes"] += 1
            tally["index exists"] += bool(exists)
        lower = text.lower()
        for space in _REFERENCE.findall(lower):
            tally["references"] += 1
            tally["reference space"] += bool(space)
        for word in _PLAIN_TYPE.findall(text):
            tally["types"] += 1
            tally["upper types"] += word.isupper()
        spelled.update(" ".join(spelling.lower().split()) for spelling in _SPELLED.findall(text))
        if size > _ENOUGH:
            break

    def mostly(what: str, of: str, otherwise: bool) -> bool:
        return 2 * tally[what] >= tally[of] if tally[of] else otherwise

    return Style(
        upper=mostly("upper", "tables", False),
        upper_types=mostly("upper types", "types", False),
        indent=indents.most_common(1)[0][0] if indents else "  ",
        qualified=mostly("qualified", "tables", True),
        table_if_not_exists=mostly("exists", "tables", False),
        index_if_not_exists=mostly("index exists", "indexes", False),
        reference_space=mostly("reference space", "references", True),
        spellings=tuple(
            (base, max(ways, key=lambda way: (spelled[way], -ways.index(way)))) for base, ways in _SPELLINGS.items()
        ),
    )
