"""A type as it stands in SQL → the text that `format_type` writes for it under an empty search path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tripoint.model.name import Name, quote_identifier
from tripoint.sql.facts import Node

__all__ = [
    "INTERNAL_NAMES",
    "SERIAL_TYPES",
    "SYSTEM_TYPES",
    "format_type",
    "is_system_type",
    "serial_type",
    "strings",
    "text_option",
]

SERIAL_TYPES: Final = {
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}

# Types that format_type prints by another name than pg_type holds. `{}` is where a precision goes.
_PRINTED: Final = {
    "bit": "bit{}",
    "bool": "boolean",
    "bpchar": "character{}",
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "json": "json",
    "numeric": "numeric{}",
    "time": "time{} without time zone",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
    "timetz": "time{} with time zone",
    "varbit": "bit varying{}",
    "varchar": "character varying{}",
}
INTERNAL_NAMES: Final = {printed.format(""): name for name, printed in _PRINTED.items()}
"""What format_type prints for a type without modifiers → its name in pg_type, where the two differ."""
_WITHOUT_LENGTH: Final = {"bpchar": "bpchar", "bit": '"bit"'}

SYSTEM_TYPES: Final = frozenset(
    [
        "aclitem",
        "any",
        "anyarray",
        "anycompatible",
        "anycompatiblearray",
        "anycompatiblemultirange",
        "anycompatiblenonarray",
        "anycompatiblerange",
        "anyelement",
        "anyenum",
        "anymultirange",
        "anynonarray",
        "anyrange",
        "bit",
        "bool",
        "box",
        "bpchar",
        "bytea",
        "char",
        "cid",
        "cidr",
        "circle",
        "cstring",
        "date",
        "datemultirange",
        "daterange",
        "event_trigger",
        "fdw_handler",
        "float4",
        "float8",
        "gtsvector",
        "index_am_handler",
        "inet",
        "int2",
        "int2vector",
        "int4",
        "int4multirange",
        "int4range",
        "int8",
        "int8multirange",
        "int8range",
        "internal",
        "interval",
        "json",
        "jsonb",
        "jsonpath",
        "language_handler",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "numeric",
        "nummultirange",
        "numrange",
        "oid",
        "oidvector",
        "path",
        "pg_ddl_command",
        "pg_lsn",
        "pg_node_tree",
        "pg_snapshot",
        "point",
        "polygon",
        "record",
        "refcursor",
        "regclass",
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
        "table_am_handler",
        "text",
        "tid",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "trigger",
        "tsm_handler",
        "tsmultirange",
        "tsquery",
        "tsrange",
        "tstzmultirange",
        "tstzrange",
        "tsvector",
        "txid_snapshot",
        "unknown",
        "uuid",
        "varbit",
        "varchar",
        "void",
        "xid",
        "xid8",
        "xml",
    ]
)
"""The types of pg_catalog that SQL may name (catalogs' row types and internal statistics types left out)."""

# Bits of an interval's mask (INTERVAL_MASK of datetime.h).
_INTERVAL_FIELDS: Final = {
    1 << 2: "year",
    1 << 1: "month",
    1 << 3: "day",
    1 << 10: "hour",
    1 << 11: "minute",
    1 << 12: "second",
    (1 << 2) | (1 << 1): "year to month",
    (1 << 3) | (1 << 10): "day to hour",
    (1 << 3) | (1 << 10) | (1 << 11): "day to minute",
    (1 << 3) | (1 << 10) | (1 << 11) | (1 << 12): "day to second",
    (1 << 10) | (1 << 11): "hour to minute",
    (1 << 10) | (1 << 11) | (1 << 12): "hour to second",
    (1 << 11) | (1 << 12): "minute to second",
}

_GEOMETRIES: Final = {
    "point": "Point",
    "linestring": "LineString",
    "polygon": "Polygon",
    "multipoint": "MultiPoint",
    "multilinestring": "MultiLineString",
    "multipolygon": "MultiPolygon",
    "geometrycollection": "GeometryCollection",
    "geometry": "Geometry",
    "pointz": "PointZ",
    "linestringz": "LineStringZ",
    "polygonz": "PolygonZ",
    "pointm": "PointM",
    "pointzm": "PointZM",
    "circularstring": "CircularString",
    "compoundcurve": "CompoundCurve",
    "curvepolygon": "CurvePolygon",
}
"""PostGIS prints the kind of a geometry in its own spelling."""

Resolve = Callable[[tuple[str, ...]], Name | None]
"""Finds the type, or the table whose row type it is, that a qualified or bare name means; None where there is none."""


def strings(nodes: list[Node] | None) -> tuple[str, ...]:
    """Return the texts of a list of String nodes."""
    return tuple([node["String"].get("sval", "") for node in nodes if "String" in node]) if nodes else ()


def text_option(node: Node, name: str) -> str | None:
    """Return what a statement's `WITH (name = 'text')` says; None where it does not say it."""
    for item in node.get("options", ()):
        if item.get("DefElem", {}).get("defname") == name:
            said: str = item["DefElem"].get("arg", {}).get("String", {}).get("sval", "")
            return said
    return None


def serial_type(type_name: Node) -> str | None:
    """Return the integer type behind a serial pseudo-type, or None where it is none."""
    names = strings(type_name.get("names"))
    return SERIAL_TYPES.get(names[0]) if len(names) == 1 and not type_name.get("arrayBounds") else None


def format_type(
    type_name: Node,
    resolve: Resolve,
    column_type: Callable[[tuple[str, ...]], str | None] | None = None,
    modifiers: bool = True,
) -> str:
    """Return the text of a TypeName node. A name that `resolve` does not know stays as it is written.

    Without `modifiers` it is the type alone, which is what a function's signature holds.

    `column_type` answers `table.column%TYPE`; without an answer that stays as written, too.
    """
    names = strings(type_name.get("names"))
    if type_name.get("pct_type"):
        found = column_type(names) if column_type is not None else None
        text = found if found is not None else ".".join(map(quote_identifier, names)) + "%TYPE"
    else:
        text = _element(names, (type_name.get("typmods") or []) if modifiers else None, resolve)
    if type_name.get("arrayBounds") and not text.endswith("[]"):
        text += "[]"
    return "SETOF " + text if type_name.get("setof") else text


def is_system_type(names: tuple[str, ...]) -> bool:
    """Whether a type as written is one of PostgreSQL's own."""
    return names[0] == "pg_catalog" if len(names) > 1 else names[-1:] != () and names[-1] in SYSTEM_TYPES


def _element(names: tuple[str, ...], modifiers: list[Node] | None, resolve: Resolve) -> str:
    name = names[-1] if names else ""
    system = is_system_type(names)
    if len(names) == 1 and name[:1] == "_" and name[1:] in SYSTEM_TYPES:
        return _element((name[1:],), [], resolve) + "[]"
    if system:
        if name == "interval":
            return _interval(modifiers or [])
        printed = _PRINTED.get(name)
        if printed is None:
            return quote_identifier(name)
        if modifiers == [] and name in _WITHOUT_LENGTH:
            return _WITHOUT_LENGTH[name]
        written = [_modifier(node) for node in modifiers or ()]
        if name == "numeric" and len(written) == 1:
            written.append("0")
        return printed.format(f"({','.join(written)})" if written else "")
    found = resolve(names)
    qualified = (found.schema, found.name) if found is not None else names
    text = ".".join(map(quote_identifier, qualified))
    if modifiers:
        text += f"({','.join(_GEOMETRIES.get(m, m) for m in map(_modifier, modifiers))})"
    return text


def _interval(modifiers: list[Node]) -> str:
    written = [_modifier(node) for node in modifiers]
    fields = _INTERVAL_FIELDS.get(int(written[0])) if written and written[0].isdecimal() else None
    precision = f"({written[1]})" if len(written) > 1 else ""
    return f"interval {fields}{precision}" if fields else f"interval{precision}"


def _modifier(node: Node) -> str:
    constant = node.get("A_Const")
    if constant is not None:
        if "ival" in constant:
            return str(constant["ival"].get("ival", 0))
        return str(next((value.get(key, "") for key, value in constant.items() if key in ("sval", "fval")), ""))
    reference = node.get("ColumnRef")
    if reference is not None:
        return ".".join(strings(reference.get("fields")))
    sign = node.get("A_Expr")
    return "-" + _modifier(sign["rexpr"]) if sign is not None and "rexpr" in sign else ""
