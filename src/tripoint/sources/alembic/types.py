"""SQLAlchemy's types, and those of the libraries around it, as PostgreSQL's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from tripoint.model.name import quote_identifier
from tripoint.sources.alembic.values import EnumClass, Made, Ref
from tripoint.sources.programs.values import is_known_text

__all__ = ["EnumType", "enum_of", "sql_type"]

_PACKAGES: Final = (
    *("sqlalchemy", "sqlmodel", "sqlalchemy_utils", "sqlalchemy_utc", "pgvector", "geoalchemy2", "citext"),
    *("fastapi_users_db_sqlalchemy", "fastapi_utils", "advanced_alchemy", "alembic"),
)
"""The packages whose types are known by their names. A project's own type is unknown."""

_PLAIN: Final = {
    "Text": "text", "TEXT": "text", "UnicodeText": "text", "CLOB": "text",
    "Integer": "integer", "INTEGER": "integer", "INT": "integer",
    "BigInteger": "bigint", "BIGINT": "bigint", "SmallInteger": "smallint", "SMALLINT": "smallint",
    "Boolean": "boolean", "BOOLEAN": "boolean", "Date": "date", "DATE": "date",
    "Double": "double precision", "DOUBLE": "double precision", "DOUBLE_PRECISION": "double precision",
    "REAL": "real", "LargeBinary": "bytea", "BYTEA": "bytea", "PickleType": "bytea", "Binary": "bytea",
    "JSON": "json", "JSONB": "jsonb", "JSONPATH": "jsonpath", "HSTORE": "hstore", "INET": "inet", "CIDR": "cidr",
    "MACADDR": "macaddr", "MACADDR8": "macaddr8", "MONEY": "money", "OID": "oid", "REGCLASS": "regclass",
    "REGCONFIG": "regconfig", "TSVECTOR": "tsvector", "TSQUERY": "tsquery", "CITEXT": "citext", "CIText": "citext",
    "INT4RANGE": "int4range", "INT8RANGE": "int8range", "NUMRANGE": "numrange", "DATERANGE": "daterange",
    "TSRANGE": "tsrange", "TSTZRANGE": "tstzrange", "INT4MULTIRANGE": "int4multirange",
    "INT8MULTIRANGE": "int8multirange", "NUMMULTIRANGE": "nummultirange", "DATEMULTIRANGE": "datemultirange",
    "TSMULTIRANGE": "tsmultirange", "TSTZMULTIRANGE": "tstzmultirange", "UUID": "uuid",
    # sqlalchemy_utils
    "URLType": "text", "JSONType": "json", "TSVectorType": "tsvector", "LtreeType": "ltree",
    "PhoneNumberType": "varchar(20)", "CountryType": "varchar(2)", "CurrencyType": "varchar(3)",
    "LocaleType": "varchar(10)", "TimezoneType": "varchar(50)", "IPAddressType": "varchar(50)",
    "ColorType": "varchar(20)", "ArrowType": "timestamp", "ScalarListType": "text", "UUIDType": "uuid",
    "IntRangeType": "int4range", "Int8RangeType": "int8range", "NumericRangeType": "numrange",
    "DateRangeType": "daterange", "DateTimeRangeType": "tsrange",
    # others
    "GUID": "uuid", "UtcDateTime": "timestamptz", "TIMESTAMPAware": "timestamptz", "DateTimeUTC": "timestamptz",
    "BigIntIdentity": "bigint", "Raster": "raster",
}  # fmt: skip
_SIZED: Final = {
    "String": "varchar", "VARCHAR": "varchar", "Unicode": "varchar", "NVARCHAR": "varchar", "AutoString": "varchar",
    "CHAR": "char", "NCHAR": "char", "EmailType": "varchar", "FLOAT": "float", "Float": "float",
    "Vector": "vector", "VECTOR": "vector", "HALFVEC": "halfvec", "HalfVector": "halfvec", "SPARSEVEC": "sparsevec",
}  # fmt: skip
_LENGTHS: Final = ("length", "precision", "dim", "dimensions")


def sql_type(value: object) -> str | None:
    """Return the SQL of a type; None where it can't be told."""
    if isinstance(value, Ref):
        value = Made(value.path, (), {}, value.span)
    if not isinstance(value, Made):
        return None
    if value.receiver is not None:
        return _of_method(value)
    package, _, name = value.path.rpartition(".")
    if package.partition(".")[0] not in _PACKAGES:
        return None
    if (special := _SPECIAL.get(name)) is not None:
        return special(value)
    if name in _SIZED:
        size = next((value.named[key] for key in _LENGTHS if key in value.named), None)
        size = value.arguments[0] if value.arguments and size is None else size
        if size is None:
            return _SIZED[name]
        return f"{_SIZED[name]}({size})" if isinstance(size, int) else None
    return _PLAIN.get(name)


def _of_method(value: Made) -> str | None:
    """`sa.JSON().with_variant(postgresql.JSONB(), "postgresql")`: the variant where it is PostgreSQL's."""
    if value.path != "with_variant" or not value.arguments:
        return None
    dialects = (*value.arguments[1:], value.named.get("dialect_name", "postgresql" if len(value.arguments) < 2 else ""))
    return sql_type(value.arguments[0] if "postgresql" in dialects else value.receiver)


def _given(value: Made, *names: str) -> list[object]:
    """Return the arguments of a call by their names, which stand in their order; None for one that is not given."""
    found: list[object] = []
    for position, name in enumerate(names):
        found.append(value.arguments[position] if position < len(value.arguments) else value.named.get(name))
    return found


def _timed(plain: str) -> Callable[[Made], str | None]:
    def made(value: Made) -> str | None:
        timezone, precision = _given(value, "timezone", "precision")
        if not isinstance(timezone, bool | None) or not isinstance(precision, int | None):
            return None
        size = f"({precision})" if precision is not None else ""
        return f"{plain}{size} {'with' if timezone else 'without'} time zone"

    return made


def _numeric(value: Made) -> str | None:
    precision, scale = _given(value, "precision", "scale")
    if precision is None:
        return "numeric"
    if not isinstance(precision, int) or not isinstance(scale, int | None):
        return None
    return f"numeric({precision}, {scale})" if scale is not None else f"numeric({precision})"


def _interval(value: Made) -> str | None:
    if "postgresql" in value.path or value.path.endswith("INTERVAL"):
        fields, precision = _given(value, "fields", "precision")
    else:
        fields, precision = None, value.named.get("second_precision")
    if not isinstance(fields, str | None) or not isinstance(precision, int | None):
        return None
    return "interval" + (f" {fields}" if fields else "") + (f" ({precision})" if precision is not None else "")


def _bits(value: Made) -> str | None:
    length, varying = _given(value, "length", "varying")
    if not isinstance(length, int | None):
        return None
    return ("bit varying" if varying else "bit") + (f"({length})" if length is not None else "")


def _uuid(value: Made) -> str | None:
    return "char(32)" if value.named.get("native_uuid") is False else "uuid"


def _array(value: Made) -> str | None:
    (item,) = _given(value, "item_type")
    kind = sql_type(item)
    return f"{kind}[]" if kind is not None else None


def _inner(value: Made) -> str | None:
    """A type of sqlalchemy_utils around another: ChoiceType, EncryptedType."""
    inner = value.named.get("impl", value.named.get("type_in"))
    inner = value.arguments[1] if inner is None and len(value.arguments) > 1 and "Choice" in value.path else inner
    if inner is not None:
        return sql_type(inner)
    return "varchar(255)" if "Choice" in value.path else "varchar" if "String" in value.path else "bytea"


def _domain(value: Made) -> str | None:
    name, _ = _given(value, "name", "data_type")
    return _qualified(value, name) if is_known_text(name) else None


def _geometry(kind: str) -> Callable[[Made], str | None]:
    def made(value: Made) -> str | None:
        shape, srid = _given(value, "geometry_type", "srid")
        shape, srid = shape if shape is not None else "GEOMETRY", srid if srid is not None else -1
        if not isinstance(shape, str) or not isinstance(srid, int):
            return None
        return f"{kind}({shape},{srid})"

    return made


# ---- enumerated types


class EnumType(Struct, frozen=True):
    """An enumerated type: its name as SQL, its values, and whether making a table makes it."""

    name: str
    bare: str
    values: tuple[str, ...]
    with_table: bool


def _qualified(value: Made, name: object) -> str:
    schema = value.named.get("schema")
    own = quote_identifier(str(name))
    return f"{quote_identifier(schema)}.{own}" if isinstance(schema, str) else own


def enum_of(value: object) -> EnumType | None:
    """Return the enumerated type that a value is, alone or as an array's; None where it is none or unknown."""
    if not isinstance(value, Made) or value.receiver is not None:
        return enum_of(value.receiver) if isinstance(value, Made) else None
    package, _, name = value.path.rpartition(".")
    if name == "ARRAY":
        return enum_of(_given(value, "item_type")[0])
    if name not in ("Enum", "ENUM") or package.partition(".")[0] not in _PACKAGES:
        return None
    if value.named.get("native_enum") is False:
        return None
    values = _labels(value)
    called = value.named.get("name", _class_name(value))
    if values is None or not is_known_text(called):
        return None
    return EnumType(_qualified(value, called), str(called), values, value.named.get("create_type") is not False)


def _class_name(value: Made) -> str | None:
    first = value.arguments[0] if value.arguments else None
    return first.name.lower() if isinstance(first, EnumClass) else None


def _labels(value: Made) -> tuple[str, ...] | None:
    if len(value.arguments) == 1 and isinstance(one := value.arguments[0], EnumClass):
        members = one.members.values() if "values_callable" in value.named else one.members
        found: tuple[object, ...] = tuple(members)
    else:
        found = value.arguments
    return tuple(str(label) for label in found) if all(map(is_known_text, found)) and not value.spread else None


def _enum(value: Made) -> str | None:
    if value.named.get("native_enum") is False:
        length, values = value.named.get("length"), _labels(value)
        if length is None and values:
            length = max(map(len, values))
        return f"varchar({length})" if isinstance(length, int) else "varchar"  # as long as the longest of its labels
    if not value.arguments and is_known_text(name := value.named.get("name")):
        return _qualified(value, name)  # a type that is there already, by its name alone
    found = enum_of(value)
    return found.name if found is not None else None


_SPECIAL: Final[Mapping[str, Callable[[Made], str | None]]] = {
    "DateTime": _timed("timestamp"),
    "DATETIME": _timed("timestamp"),
    "TIMESTAMP": _timed("timestamp"),
    "Time": _timed("time"),
    "TIME": _timed("time"),
    "Numeric": _numeric,
    "NUMERIC": _numeric,
    "DECIMAL": _numeric,
    "Interval": _interval,
    "INTERVAL": _interval,
    "BIT": _bits,
    "Uuid": _uuid,
    "ARRAY": _array,
    "Enum": _enum,
    "ENUM": _enum,
    "DOMAIN": _domain,
    "ChoiceType": _inner,
    "EncryptedType": _inner,
    "StringEncryptedType": _inner,
    "Geometry": _geometry("geometry"),
    "Geography": _geometry("geography"),
}
