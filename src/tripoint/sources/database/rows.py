"""What the rows of each question to `pg_catalog` hold, and the proof that an answer does.

A server is not trusted: what answers may be a proxy, another product that speaks PostgreSQL's protocol, or damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import msgspec

__all__ = [
    "CatalogUnreadable",
    "ColumnRow",
    "ConstraintRow",
    "FunctionRow",
    "IndexRow",
    "PolicyRow",
    "RelationRow",
    "Rows",
    "SequenceRow",
    "TriggerRow",
    "TypeRow",
    "checked",
]

Number = int
"""The number of an object or a column."""
Pair = tuple[str, str]


class CatalogUnreadable(RuntimeError):
    """Answers about a catalog are not PostgreSQL's, or contradict each other; the message is a sentence."""


class SchemaRow(TypedDict):
    """A schema."""

    name: str
    owner: str
    comment: str | None


class RelationRow(TypedDict):
    """A table, view, or the row type of a composite type (`c`)."""

    oid: Number
    schema: str
    name: str
    kind: Literal["r", "p", "v", "m", "f", "c"]
    persistence: str
    row_security: bool
    forced: bool
    replica_identity: Literal["d", "n", "f", "i"]
    partition: bool
    partitioned: str | None
    options: list[str] | None
    owner: str
    comment: str | None
    query: str | None
    parents: list[Pair] | None


class ColumnRow(TypedDict):
    """A column of a relation."""

    relation: Number
    number: Number
    name: str
    type: str
    required: bool
    default: str | None
    identity: str
    generated: str
    comment: str | None
    inherited: bool


class ConstraintRow(TypedDict):
    """A constraint of a table."""

    relation: Number
    name: str
    kind: Literal["p", "u", "f", "c", "x"]
    columns: list[Number] | None
    referenced: list[str] | None
    target_schema: str | None
    target_name: str | None
    on_delete: str
    on_delete_columns: list[Number]
    on_update: str
    deferrable: bool
    deferred: bool
    validated: bool
    inherited: bool
    expression: str | None
    index: Number


class IndexRow(TypedDict):
    """An index; its lists have an item for each key, `names` and `expressions` also for what it includes."""

    relation: Number
    index: Number
    name: str
    method: str
    unique: bool
    valid: bool
    inherited: bool
    keys: int
    nulls_not_distinct: bool
    predicate: str | None
    constraint: str | None
    names: list[str | None]
    expressions: list[str | None]
    options: list[int]
    classes: list[str | None]
    exclusion: list[str] | None


class PolicyRow(TypedDict):
    """A row security policy."""

    relation: Number
    name: str
    command: Literal["*", "r", "a", "w", "d"]
    permissive: bool
    roles: list[str]
    using: str | None
    check: str | None


class TriggerRow(TypedDict):
    """A trigger; its arguments end with a zero byte each."""

    relation: Number
    name: str
    function_schema: str
    function_name: str
    type: int
    arguments: bytes
    constraint: bool
    enabled: bool
    inherited: bool
    conditional: bool
    definition: str
    columns: list[str] | None


class FunctionRow(TypedDict):
    """A function; its lists, where they are there, have an item for each argument."""

    oid: Number
    schema: str
    name: str
    kind: Literal["f", "p", "a", "w"]
    language: str
    volatility: Literal["i", "s", "v"]
    strict: bool
    definer: bool
    settings: list[str] | None
    returns: str | None
    body: str | None
    owner: str
    comment: str | None
    names: list[str] | None
    modes: list[Literal["i", "o", "b", "v", "t"]] | None
    types: list[str]
    defaults: list[str | None] | None


class TypeRow(TypedDict):
    """A type of the database's own."""

    schema: str
    name: str
    kind: Literal["e", "d", "c", "r", "b"]
    relation: Number
    base: str | None
    required: bool
    default: str | None
    comment: str | None
    labels: list[str] | None
    checks: list[Pair] | None


class SequenceRow(TypedDict):
    """A sequence, and the column that it belongs to."""

    schema: str
    name: str
    type: str
    comment: str | None
    internal: bool | None
    table_schema: str | None
    table_name: str | None
    column: str | None


class GrantRow(TypedDict):
    """A privilege on an object or a column."""

    kind: Literal["relation", "function", "schema"]
    schema: str | None
    name: str
    oid: Number | None
    column: str | None
    role: str
    privilege: str
    grantable: bool


class DefaultGrantRow(TypedDict):
    """A privilege that objects will have."""

    creator: str
    schema: str | None
    kind: str
    role: str
    privilege: str
    grantable: bool


class ExtensionRow(TypedDict):
    """An extension."""

    name: str
    schema: str


class PublicationRow(TypedDict):
    """A publication."""

    name: str
    all_tables: bool
    publish: list[str]
    tables: list[Pair]
    schemas: list[str]


class RoleRow(TypedDict):
    """A role."""

    name: str


class Rows(TypedDict):
    """The answers to all questions."""

    schemas: list[SchemaRow]
    relations: list[RelationRow]
    columns: list[ColumnRow]
    constraints: list[ConstraintRow]
    indexes: list[IndexRow]
    policies: list[PolicyRow]
    triggers: list[TriggerRow]
    functions: list[FunctionRow]
    types: list[TypeRow]
    sequences: list[SequenceRow]
    grants: list[GrantRow]
    default_grants: list[DefaultGrantRow]
    extensions: list[ExtensionRow]
    publications: list[PublicationRow]
    roles: list[RoleRow]


def checked(answers: Mapping[str, Any]) -> Rows:
    """Return the answers as what they must be; raise CatalogUnreadable where they are not."""
    try:
        return msgspec.convert(answers, Rows)
    except msgspec.ValidationError as error:
        raise CatalogUnreadable(f"an answer about its catalog is not PostgreSQL's: {error}") from None
