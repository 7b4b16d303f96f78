"""Names of database objects, in the database's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Name", "fold_identifier", "key_subject", "quote_identifier", "quote_literal"]


class Name(NamedTuple):
    """A schema-qualified name as PostgreSQL stores it: folded where it was unquoted, never quoted."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def key_subject(table: Name, columns: Iterable[str]) -> str:
    """Return how a unique key is spoken of: `schema.table.(a, b)`, with its columns by name."""
    return f"{table}.({', '.join(sorted(set(columns)))})"


def fold_identifier(text: str) -> str:
    """Return the identifier that PostgreSQL stores for `text` as written in SQL.

    Unquoted text is lower-cased (ASCII only, as PostgreSQL does in a UTF-8 database), quoted text is unquoted, and both
    are cut at 63 bytes without splitting a character.
    """
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        name = text[1:-1].replace('""', '"')
    else:
        name = text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)
    raw = name.encode("utf-8", "surrogatepass")
    return name if len(raw) <= 63 else raw[:63].decode("utf-8", "ignore")


# The words that PostgreSQL's quote_ident quotes: every keyword that is not UNRESERVED (kwlist.h, PostgreSQL 18).
_QUOTED_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
        case cast char character check coalesce collate collation column concurrently constraint create cross
        current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
        decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
        freeze from full grant greatest group grouping having ilike in initially inner inout int integer
        intersect interval into is isnull join json json_array json_arrayagg json_exists json_object
        json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left
        like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null
        nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
        references returning right row select session_user setof similar smallint some substring symmetric
        system_user table tablesample then time timestamp to trailing treat trim true union unique user using
        values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists
        xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """,
    )
)


@lru_cache(maxsize=65536)
def quote_identifier(name: str) -> str:
    """Return `name` as it must stand in SQL: quoted only where PostgreSQL's own `quote_ident` would quote it."""
    plain = (
        name != ""
        and name[0] in "abcdefghijklmnopqrstuvwxyz_"
        and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in name)
    )
    if plain and name not in _QUOTED_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """Return a string as a literal of SQL, as PostgreSQL's function of this name writes it."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
