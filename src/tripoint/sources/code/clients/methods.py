"""The methods of a query's builder in the clients of all languages."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.query import Operation
from tripoint.sources.code.facts import Chain, Entry, Object, Plain, Step, Text, Value

__all__ = [
    "BUILDER_METHODS",
    "FILTERS",
    "FOREIGN_BUILDER_METHODS",
    "GO_BUCKET_METHODS",
    "NARROWING",
    "NEGATED",
    "OPERATIONS",
    "REFERENCED_TABLE",
    "UPLOADS",
    "storage_methods",
]

OPERATIONS: dict[str, Operation] = {
    "select": "select",
    "insert": "insert",
    "upsert": "upsert",
    "update": "update",
    "delete": "delete",
}

FILTERS: dict[str, str] = {
    "eq": "eq",
    "neq": "neq",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
    "like": "like",
    "ilike": "ilike",
    "likeAllOf": "like",
    "likeAnyOf": "like",
    "ilikeAllOf": "ilike",
    "ilikeAnyOf": "ilike",
    "like_all_of": "like",
    "like_any_of": "like",
    "ilike_all_of": "ilike",
    "ilike_any_of": "ilike",
    "is": "is",
    "is_": "is",
    "isFilter": "is",
    "isDistinct": "isdistinct",
    "in": "in",
    "in_": "in",
    "inFilter": "in",
    "isIn": "in",
    "exact": "is",
    "notIn": "in",
    "contains": "cs",
    "cs": "cs",
    "containedBy": "cd",
    "contained_by": "cd",
    "cd": "cd",
    "rangeGt": "sr",
    "range_gt": "sr",
    "rangeGte": "nxl",
    "range_gte": "nxl",
    "rangeLt": "sl",
    "range_lt": "sl",
    "rangeLte": "nxr",
    "range_lte": "nxr",
    "rangeAdjacent": "adj",
    "range_adjacent": "adj",
    "overlaps": "ov",
    "ov": "ov",
    "textSearch": "fts",
    "text_search": "fts",
    "fts": "fts",
    "plfts": "plfts",
    "phfts": "phfts",
    "wfts": "wfts",
    "regexMatch": "match",
    "regexIMatch": "imatch",
}
"""A method whose first argument is a column and whose second the value → PostgREST's operator."""

REFERENCED_TABLE = ("referencedTable", "foreignTable", "reference_table", "foreign_table")

NEGATED = "not_"
"""The attribute of Python's queries that is the query itself: `query.not_.is_("done", "null")`."""

NARROWING = frozenset([*FILTERS, "not", NEGATED, "filter", "filterNot", "match", "or", "or_", "order"])
"""The methods that name columns to filter or to order by."""

BUILDER_METHODS = frozenset(
    [
        *OPERATIONS,
        *NARROWING,
        "limit",
        "range",
        "single",
        "maybeSingle",
        "maybe_single",
        "csv",
        "returns",
        "overrideTypes",
        "throwOnError",
        "abortSignal",
        "explain",
        "execute",
        "geojson",
        "rollback",
        "setHeader",
    ]
)
"""By these a chain on an unknown receiver is known for a query of this API."""

FOREIGN_BUILDER_METHODS = frozenset(
    [
        "where",
        "andWhere",
        "orWhere",
        "whereIn",
        "whereNot",
        "whereNull",
        "whereRaw",
        "join",
        "innerJoin",
        "leftJoin",
        "rightJoin",
        "fullJoin",
        "crossJoin",
        "orderBy",
        "groupBy",
        "having",
        "returning",
        "executeTakeFirst",
        "executeTakeFirstOrThrow",
        "first",
        "pluck",
        "toSQL",
        "prepare",
        "as",
        "onConflict",
        "values",
        "set",
        "addSelect",
        "getMany",
        "getOne",
        "getRawMany",
        "pipe",
        "subscribe",
        "toPromise",
    ]
)
"""By these it is known for a query of another library, unless an object of this API's is called before it."""

UPLOADS = frozenset(["upload", "uploadToSignedUrl", "createSignedUploadUrl", "upload_binary", "uploadBinary"])


GO_BUCKET_METHODS = {
    "UploadFile": "upload",
    "UploadOrUpdateFile": "upload",
    "UpdateFile": "update",
    "DownloadFile": "download",
    "MoveFile": "move",
    "RemoveFile": "remove",
    "ListFiles": "list",
    "GetPublicUrl": "getPublicUrl",
    "CreateSignedUrl": "createSignedUrl",
    "CreateSignedUploadUrl": "createSignedUploadUrl",
    "EmptyBucket": "emptyBucket",
}
"""The methods of Go's storage client, which take the bucket as their first argument → what others call on a bucket."""


def storage_methods(steps: Iterable[Step]) -> tuple[str, ...]:
    """Return what is called on a bucket: every client's spelling as one word in lower case, each once, in order.

    `upsert` stands beside them where an option turns it on.
    """
    found: list[str] = []
    for step in steps:
        if not step.call_end:
            continue
        found.append(step.name.replace("_", "").lower())
        options = [entry for value in step.arguments for entry in _entries(value)] + list(step.named)
        options += [inner for option in step.named for inner in _entries(option.value)]
        if any(o.key in ("upsert", "x-upsert") and _is_true(o.value) for o in options):
            found.append("upsert")
    return tuple(dict.fromkeys(found))


def _is_true(value: Value) -> bool:
    return isinstance(value, (Plain, Text)) and value.value.lower() == "true"


def _entries(value: Value) -> tuple[Entry, ...]:
    if isinstance(value, Object):
        return value.entries
    if isinstance(value, Chain):  # `FileOptions(upsert: true)`
        return tuple(entry for step in value.steps for entry in step.named)
    return ()
