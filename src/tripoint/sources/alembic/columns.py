"""`sa.Column(…)` and the constraints and indexes of SQLAlchemy as parts of SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.model.regex import regex
from tripoint.sources.alembic.types import EnumType, enum_of, sql_type
from tripoint.sources.alembic.values import Made, Member, Ref, qualified
from tripoint.sources.programs.steps import TYPE
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.system_views import HOLE, Hole

__all__ = [
    "UNKNOWN",
    "ColumnParts",
    "NotTold",
    "column_of",
    "constraint_of",
    "default_of",
    "expression",
    "foreign_key",
    "name_of",
    "names_of",
    "spec",
]

UNKNOWN: Final = "unknown"
"""The type of a column whose type can't be told, as PostgreSQL calls what has none yet."""
_ORDINARY: Final = {"integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}
_KEYWORDS: Final = frozenset(
    ["current_timestamp", "current_date", "current_time", "current_user", "localtime", "localtimestamp", "session_user"]
)
"""Functions of SQL that are written without parentheses."""


_ACTION = regex(r"[A-Za-z][A-Za-z ,()_]*")


class NotTold(Exception):
    """A part of an operation can't be told; the message says which."""


class ColumnParts(Struct):
    """A column as SQL says it."""

    name: str
    type: str | None
    span: tuple[int, int]
    nullable: bool = True
    default: Sql | None = None
    primary: bool = False
    unique: bool = False
    index: bool = False
    identity: str | None = None
    computed: str | None = None
    comment: str | None = None
    autoincrement: object = "auto"
    keys: list[Made] = field(default_factory=list)
    checks: list[Made] = field(default_factory=list)
    enum: EnumType | None = None
    unclear: list[str] = field(default_factory=list)
    """What of it can't be told."""


def name_of(value: object, what: str) -> str:
    """Return a name; raise NotTold where it is none that is known."""
    if isinstance(value, Made) and value.name in ("f", "quoted_name", "conv") and value.arguments:
        value = value.arguments[0]
    if is_known_text(value) and value:
        return value
    raise NotTold(f"{what} can't be told")


def names_of(value: object, what: str) -> list[str]:
    """Return the names of a list; raise NotTold where one is not known."""
    if isinstance(value, str):
        return [name_of(value, what)]
    if not isinstance(value, list | tuple) or not value:
        raise NotTold(f"{what} can't be told")
    return [name_of(one, what) for one in value]


def is_a(value: object, *names: str) -> bool:
    """Whether a value is made by something of SQLAlchemy's of one of these names."""
    return (
        isinstance(value, Made)
        and value.receiver is None
        and value.name in names
        and value.path.startswith(("sqlalchemy", "sqlmodel", "geoalchemy2", "alembic"))
    )


def expression(value: Any) -> Sql | None:
    """Return the SQL of an expression: a `sa.text(…)`, a function, a constant; None where it can't be told."""
    if isinstance(value, Ref) and value.path.startswith("sqlalchemy"):
        value = Made(value.path, (), {}, value.span)
    if isinstance(value, Member):
        value = value.value
    if isinstance(value, bool):
        return Sql("true" if value else "false")
    if isinstance(value, int | float):
        return Sql(str(value))
    if isinstance(value, str):
        return Sql(quote_literal(value)) if is_known_text(value) else None
    if not isinstance(value, Made):
        return None
    if value.receiver is not None or not value.path.startswith(("sqlalchemy", "sqlmodel", "alembic")):
        return expression(value.receiver) if value.name in ("self_group", "compile") else None
    first = value.arguments[0] if value.arguments else None
    if value.name in ("text", "literal_column", "DDL", "TextClause"):
        return _text(first)
    if value.name in ("true", "false", "null") and "func" not in value.path:
        return Sql(value.name)
    if value.name in ("literal", "inline_literal", "DefaultClause", "bindparam"):
        return expression(first)
    if value.name == "column":
        return Sql(quote_identifier(first)) if is_known_text(first) else None
    if value.name == "cast" and len(value.arguments) == 2:
        inner, kind = expression(first), sql_type(value.arguments[1])
        return Sql.of("CAST(", inner, " AS ", kind, ")") if inner is not None and kind is not None else None
    if ".func." in value.path or value.path.startswith("sqlalchemy.func"):
        name = value.path.partition("func.")[2]
        if not value.arguments and name.lower() in _KEYWORDS:
            return Sql(name.upper())
        inners = [expression(one) for one in value.arguments]
        if not name or value.spread or not all(one is not None for one in inners):
            return None
        return Sql.of(f"{name}(", Sql.join(", ", [one for one in inners if one is not None]), ")")
    return None


def _text(value: Any) -> Sql | None:
    if not is_known_text(value):
        return None
    if "\\:" in value:
        return Sql(str(value).replace("\\:", ":"))
    return Sql.of(value)


def default_of(value: Any) -> Sql | None:
    """Return the SQL of a `server_default`."""
    return expression(value)


def condition_of(value: Any) -> Sql | None:
    """Return the SQL of a condition, where a plain string is SQL too."""
    return _text(value) if isinstance(value, str) else expression(value)


def identity_of(value: Made) -> str:
    """Return `GENERATED … AS IDENTITY` of a `sa.Identity(…)`."""
    always = value.named.get("always", value.arguments[1] if len(value.arguments) > 1 else False)
    parts = []
    words = {"start": "START WITH", "increment": "INCREMENT BY", "minvalue": "MINVALUE", "maxvalue": "MAXVALUE"}
    for name, word in (*words.items(), ("cache", "CACHE")):
        number = value.named.get(name)
        if isinstance(number, int) and not isinstance(number, bool):
            parts.append(f"{word} {number}")
    parts += ["CYCLE"] if value.named.get("cycle") is True else []
    options = f" ({' '.join(parts)})" if parts else ""
    return f"GENERATED {'ALWAYS' if always is True else 'BY DEFAULT'} AS IDENTITY{options}"


def column_of(value: object) -> ColumnParts:
    """Return the parts of a `sa.Column(…)`; raise NotTold where not even its name is known."""
    if not isinstance(value, Made) or value.name not in ("Column", "mapped_column"):
        raise NotTold("a column that is given")
    given = list(value.arguments)
    named = value.named
    name: object = named.get("name")
    if given and isinstance(given[0], str):
        name = given.pop(0)
    kind: object = named.get("type_", HOLE)
    if given and not is_a(given[0], "ForeignKey", "Identity", "Computed", "Sequence", "CheckConstraint"):
        kind = given.pop(0)
    parts = ColumnParts(name_of(name, "the name of a column"), sql_type(kind), value.span, enum=enum_of(kind))
    if parts.type is None and not any(is_a(one, "ForeignKey") for one in given):
        parts.unclear.append(TYPE)
    parts.primary = named.get("primary_key") is True
    parts.unique, parts.index = named.get("unique") is True, named.get("index") is True
    parts.autoincrement = named.get("autoincrement", "auto")
    comment = named.get("comment")
    parts.comment = str(comment) if is_known_text(comment) else None
    for one in given:
        _part(parts, one)
    nullable = named.get("nullable", not parts.primary)
    parts.nullable = nullable is not False
    if isinstance(nullable, Hole | str):
        parts.unclear.append("whether it may be null")
    _default(parts, named.get("server_default"))
    if value.spread:
        parts.unclear.append("some of its arguments")
        parts.nullable = True
    return parts


def _part(parts: ColumnParts, one: Any) -> None:
    if is_a(one, "ForeignKey"):
        parts.keys.append(one)
    elif is_a(one, "CheckConstraint"):
        parts.checks.append(one)
    elif is_a(one, "Identity"):
        parts.identity = identity_of(one)
    elif is_a(one, "Computed"):
        _computed(parts, one)
    elif is_a(one, "FetchedValue", "DefaultClause"):
        _default(parts, one)
    elif is_a(one, "Sequence"):
        parts.autoincrement = False
    elif not (isinstance(one, Ref) and one.path.startswith("sqlalchemy")):
        parts.unclear.append("some of its arguments")


def _computed(parts: ColumnParts, one: Made) -> None:
    inner = condition_of(one.arguments[0] if one.arguments else None)
    if inner is None:
        parts.unclear.append("what it is computed from")
    stored = "" if one.named.get("persisted") is False else " STORED"
    parts.computed = f"GENERATED ALWAYS AS ({inner.text if inner is not None else 'NULL'}){stored}"


def _default(parts: ColumnParts, value: Any) -> None:
    if value is None or value is False or parts.computed is not None:
        return
    if is_a(value, "FetchedValue"):
        parts.nullable = True  # something of the database fills it in, which need not be a default
    elif is_a(value, "Identity"):
        parts.identity = identity_of(value)
    elif is_a(value, "Computed"):
        _computed(parts, value)
    elif is_a(value, "Sequence"):
        sequence = value.arguments[0] if value.arguments else None
        parts.default = (
            Sql(f"nextval({quote_literal(quote_identifier(sequence))})") if is_known_text(sequence) else None
        )
    elif is_a(value, "next_value"):
        parts.unclear.append("its default")
        parts.nullable = True
    else:
        parts.default = default_of(value)
        if parts.default is None:
            parts.unclear.append("its default")
            parts.nullable = True  # so that nothing is said of a value that an insert leaves out


def spec(parts: ColumnParts, *, serial: bool = False) -> Sql:
    """Return a column's definition."""
    kind = parts.type or UNKNOWN
    pieces: list[str | Sql] = [quote_identifier(parts.name), " ", _ORDINARY.get(kind, kind) if serial else kind]
    if parts.default is not None:
        pieces += [" DEFAULT ", parts.default]
    pieces += [f" {extra}" for extra in (parts.computed, parts.identity) if extra is not None]
    if not parts.nullable and parts.identity is None:
        pieces.append(" NOT NULL")
    return Sql.of(*pieces, at=parts.span)


def makes_serial(parts: ColumnParts, primary: list[str]) -> bool:
    """Whether SQLAlchemy has a sequence count the column: the one integer of a primary key that nothing else fills."""
    if parts.type not in _ORDINARY or parts.name not in primary or parts.default or parts.identity or parts.computed:
        return False
    if parts.autoincrement == "auto":
        return len(primary) == 1 and not parts.keys
    return parts.autoincrement is True or (parts.autoincrement == "ignore_fk" and len(primary) == 1)


# ---- constraints


def tail_of(value: Made) -> str:
    """Return what follows a constraint: the actions of a foreign key, whether it may be deferred."""
    found = ""
    for name, words in (("match", "MATCH"), ("onupdate", "ON UPDATE"), ("ondelete", "ON DELETE")):
        action = value.named.get(name)
        if is_known_text(action) and _ACTION.fullmatch(action):
            found += f" {words} {action}"
    deferrable, initially = value.named.get("deferrable"), value.named.get("initially")
    if isinstance(deferrable, bool):
        found += " DEFERRABLE" if deferrable else " NOT DEFERRABLE"
    if is_known_text(initially) and initially.isalpha():
        found += f" INITIALLY {initially}"
    return found


def named(value: object) -> str:
    """Return `CONSTRAINT name `, or nothing where the constraint is given none."""
    return "" if value is None else f"CONSTRAINT {quote_identifier(name_of(value, 'the name of a constraint'))} "


def _target(text: object) -> tuple[str, str]:
    """Return the table, as SQL, and the column that a foreign key points to."""
    if not is_known_text(text):
        raise NotTold("what a foreign key points to can't be told")
    *schema, table, column = text.split(".") if "." in text else (text, "")
    return qualified(table, ".".join(schema) if schema else None), column


def foreign_key(columns: list[str], targets: list[object], value: Made, name: object) -> Sql:
    """Return a FOREIGN KEY clause of a `sa.ForeignKey(…)` or a `sa.ForeignKeyConstraint(…)`."""
    pairs = [_target(target) for target in targets]
    if len(pairs) != len(columns) or len({table for table, _ in pairs}) != 1:
        raise NotTold("what a foreign key points to can't be told")
    remote = ", ".join(quote_identifier(column) for _, column in pairs if column)
    own = ", ".join(map(quote_identifier, columns))
    points = f"{pairs[0][0]} ({remote})" if remote else pairs[0][0]
    return Sql.of(f"{named(name)}FOREIGN KEY ({own}) REFERENCES {points}{tail_of(value)}", at=value.span)


def column_key(parts: ColumnParts, value: Made) -> Sql:
    """Return the FOREIGN KEY clause of a `sa.ForeignKey(…)` at a column."""
    target = value.arguments[0] if value.arguments else value.named.get("column")
    return foreign_key([parts.name], [target], value, value.named.get("name"))


def constraint_of(value: Made) -> Sql | None:
    """Return the clause of a constraint in a table; None where it is none."""
    arguments, name = value.arguments, value.named.get("name")
    if value.name in ("PrimaryKeyConstraint", "UniqueConstraint"):
        if value.spread:
            raise NotTold("the columns of a key can't be told")
        if not arguments:
            return None
        columns = ", ".join(map(quote_identifier, names_of(list(arguments), "a column of a key")))
        if value.name == "PrimaryKeyConstraint":
            return Sql.of(f"{named(name)}PRIMARY KEY ({columns}){tail_of(value)}", at=value.span)
        nulls = " NULLS NOT DISTINCT" if value.named.get("postgresql_nulls_not_distinct") is True else ""
        return Sql.of(f"{named(name)}UNIQUE{nulls} ({columns}){tail_of(value)}", at=value.span)
    if value.name == "ForeignKeyConstraint":
        if value.named.get("use_alter") is True:
            return None  # SQLAlchemy leaves it to a later ALTER, which Alembic does not send
        columns_, targets, *_ = (*arguments, value.named.get("columns"), value.named.get("refcolumns"))
        name = arguments[2] if len(arguments) > 2 else name
        if not isinstance(targets, list):
            raise NotTold("what a foreign key points to can't be told")
        return foreign_key(names_of(columns_, "a column of a foreign key"), targets, value, name)
    if value.name == "CheckConstraint":
        inner = condition_of(arguments[0] if arguments else value.named.get("sqltext"))
        if inner is None:
            raise NotTold("the condition of a check can't be told")
        return Sql.of(named(name), "CHECK (", inner, ")", at=value.span)
    if value.name == "ExcludeConstraint":
        return exclude(value, arguments, name)
    return None


def exclude(value: Made, elements: tuple[Any, ...], name: object) -> Sql:
    """Return an EXCLUDE clause."""
    parts: list[Sql] = []
    for one in elements:
        if not isinstance(one, list) or len(one) != 2 or not is_known_text(one[1]):
            raise NotTold("what an exclusion compares can't be told")
        inner = Sql(quote_identifier(one[0])) if isinstance(one[0], Text) and one[0].isidentifier() else None
        inner = inner or condition_of(one[0])
        if inner is None:
            raise NotTold("what an exclusion compares can't be told")
        parts.append(Sql.of(inner, f" WITH {one[1]}"))
    using = value.named.get("using", "gist")
    where = condition_of(value.named["where"]) if value.named.get("where") is not None else None
    tail: tuple[str | Sql, ...] = (" WHERE (", where, ")") if where is not None else ()
    return Sql.of(
        f"{named(name)}EXCLUDE USING {using} (", Sql.join(", ", parts), ")", *tail, tail_of(value), at=value.span
    )


def index_columns(value: Made, columns: Any) -> Iterator[Sql]:
    """Yield what an index is over; raise NotTold where a part can't be told."""
    if not isinstance(columns, list | tuple) or not columns:
        raise NotTold("what an index is over can't be told")
    operators = value.named.get("postgresql_ops")
    for one in columns:
        direction = ""
        inner: Any = one
        while isinstance(inner, Made) and inner.name in ("desc", "asc", "nulls_last", "nulls_first", "nullslast"):
            words = {"desc": " DESC", "asc": " ASC", "nulls_first": " NULLS FIRST"}.get(inner.name, " NULLS LAST")
            direction = words + direction
            inner = inner.receiver if inner.receiver is not None else inner.arguments[0] if inner.arguments else HOLE
        found = Sql(quote_identifier(inner)) if is_known_text(inner) else expression(inner)
        if found is None:
            raise NotTold("what an index is over can't be told")
        if isinstance(inner, Made) and ".func." in f".{inner.path}":
            found = Sql.of("(", found, ")")
        if isinstance(operators, dict) and isinstance(inner, str) and is_known_text(operators.get(inner)):
            direction = f" {operators[inner]}" + direction
        yield Sql.of(found, direction)
