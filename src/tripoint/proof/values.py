"""A value of every type: as text, which PostgreSQL reads as a literal of that type."""

from __future__ import annotations

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name, quote_literal
from tripoint.model.regex import regex

__all__ = ["Values", "is_number", "is_text", "literal"]

_MODIFIER = regex(r"^(?P<base>[^(]*?)\s*(?:\((?P<size>\d+)(?:,(?P<scale>-?\d+))?\))?(?P<rest>[^()]*)$")
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_TEXTS = frozenset({"text", "character varying", "character", "citext", "extensions.citext", "public.citext", "name"})

_FIXED = {
    "json": "{}",
    "jsonb": "{}",
    "bytea": "\\x00",
    "interval": "1 day",
    "time without time zone": "12:00",
    "time with time zone": "12:00+00",
    "cidr": "192.0.2.0/24",
    "macaddr": "08:00:2b:01:02:03",
    "point": "(0,0)",
    "line": "{1,1,0}",
    "lseg": "[(0,0),(1,1)]",
    "box": "(1,1),(0,0)",
    "path": "[(0,0),(1,1)]",
    "polygon": "((0,0),(1,1),(1,0))",
    "circle": "<(0,0),1>",
    "xml": "<a/>",
    "tsvector": "word",
    "tsquery": "word",
    "pg_lsn": "0/0",
    "regclass": "pg_class",
    '"char"': "a",
    "int4range": "[1,2)",
    "int8range": "[1,2)",
    "numrange": "[1,2)",
    "int4multirange": "{[1,2)}",
    "hstore": '"a"=>"b"',
    "ltree": "a",
}


def literal(value: str | None) -> str:
    """Return a value as it stands in SQL."""
    return "NULL" if value is None else quote_literal(value)


def _split(type_: str) -> tuple[str, int | None, int | None]:
    found = _MODIFIER.match(type_)
    if found is None:
        return type_, None, None
    base = found["base"] + found["rest"]
    return base, int(found["size"]) if found["size"] else None, int(found["scale"]) if found["scale"] else None


def is_text(type_: str) -> bool:
    """Whether a type holds text of any kind."""
    return _split(type_)[0] in _TEXTS


def is_number(type_: str) -> bool:
    """Whether a type holds numbers."""
    return _split(type_)[0] in _NUMBERS


class Values:
    """Gives values of a catalog's types. `number` sets apart the values that must not be equal; it counts from 1."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._named: dict[str, Name] = {}
        for name in (*catalog.enums, *catalog.domains, *catalog.composites):
            self._named[str(name)] = self._named[f'{name.schema}."{name.name}"'] = name

    def named(self, type_: str) -> Name | None:
        """Return the name of a type of the database's own."""
        base, _, _ = _split(type_)
        return self._named.get(base) or self._named.get(base.replace('"', ""))

    def enum(self, type_: str) -> list[str]:
        """Return the values of an enum, also where a domain stands for it."""
        name = self.named(type_)
        if name in self.catalog.domains:
            return self.enum(self.catalog.domains[name].type)
        return list(self.catalog.enums[name].values) if name in self.catalog.enums else []

    def base(self, type_: str) -> str:
        """Return the type that a domain stands for, or the type itself."""
        name = self.named(type_)
        return self.base(self.catalog.domains[name].type) if name in self.catalog.domains else type_

    def fits(self, type_: str, value: str) -> bool:
        """Whether a value of a text or of a number keeps within the size that its type declares."""
        base, size, scale = _split(type_)
        if base in _LARGEST:
            return value.lstrip("-").isdigit() and abs(int(value)) <= _LARGEST[base]
        if base == "numeric" and size is not None:
            whole = value.lstrip("-").partition(".")[0].lstrip("0")
            return len(whole) <= size - (scale or 0)
        return size is None or base not in _TEXTS or len(value) <= size

    def of(self, type_: str, column: str, number: int) -> str | None:
        """Return a value of a type for a column; None where none is known."""
        if type_.endswith("[]"):
            return "{}"
        name = self.named(type_)
        if name in self.catalog.domains:
            return self.of(self.catalog.domains[name].type, column, number)
        if name in self.catalog.enums:
            return next(iter(self.catalog.enums[name].values), None)
        if name in self.catalog.composites and self.catalog.composites[name].columns:
            parts = [self.of(c.type, c.name, number) for c in self.catalog.composites[name].columns.values()]
            quoted = ("" if p is None else '"' + p.replace("\\", "\\\\").replace('"', '""') + '"' for p in parts)
            return f"({','.join(quoted)})"
        base, size, scale = _split(type_)
        base = base.rpartition(".")[2] if base not in _FIXED and base not in _TEXTS else base
        if base in _TEXTS or base == "citext":
            return _text(column, number, size)
        if base in _NUMBERS:
            return _number(number, size, scale) if base == "numeric" else str(number)
        return _other(base, number, size)


def _other(base: str, number: int, size: int | None) -> str | None:
    if base == "uuid":
        return f"00000000-0000-4000-8000-{number:012x}"
    if base == "boolean":
        return "false"
    if base == "date":
        return f"2030-01-{number % 28 + 1:02d}"
    if base.startswith("timestamp"):
        return f"2030-01-{number % 28 + 1:02d} {number // 28 % 24:02d}:00:00+00"
    if base == "inet":
        return f"192.0.2.{number % 250 + 1}"
    if base == "money":
        return str(number)
    if base in ("bit", "bit varying"):
        return "0" * (size or 1)
    if base in ("daterange", "tsrange", "tstzrange"):
        start = f"2030-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"
        return f"[{start} 00:00,{start} 00:30)" if base != "daterange" else f"[{start},{start}]"
    if base in ("vector", "halfvec"):
        return f"[{','.join('0' for _ in range(size or 1))}]"
    if base in ("geometry", "geography"):
        return "POINT(0 0)"
    return _FIXED.get(base)


def _number(number: int, size: int | None, scale: int | None) -> str:
    """Return a number that fits numeric(size, scale)."""
    whole = (size or 9) - (scale or 0)
    return str(number % 10**whole) if whole > 0 else "0"


def _text(column: str, number: int, size: int | None) -> str:
    lower = column.lower()
    if "email" in lower:
        text = f"user{number}@example.com"
    elif lower.endswith(("url", "uri", "website", "link")):
        text = f"https://example.com/{number}"
    elif "phone" in lower:
        text = f"+1555{number:07d}"
    elif "slug" in lower or lower in ("handle", "username", "subdomain"):
        text = f"{lower.replace('_', '-')}-{number}"
    else:
        text = f"{column} {number}"
    if size is not None and len(text) > size:
        return str(number)[-size:] if size < 4 else text[: size - len(str(number))] + str(number)[-size:]
    return text
