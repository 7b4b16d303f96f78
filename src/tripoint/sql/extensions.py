"""What the extensions that applications use bring along: types, functions, operator classes, access methods, schemas.

Only names are listed that hardly anything else is called by. The names are those of each extension's own scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tripoint.model.regex import regex

__all__ = [
    "EXTENSION_SCHEMAS",
    "EXTENSION_TYPES",
    "IN_IMAGES",
    "bringing_function",
    "bringing_index",
    "bringing_type",
    "placed_by",
]

EXTENSION_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "citext": ("citext",),
    "cube": ("cube",),
    "hstore": ("hstore", "ghstore"),
    "http": ("http_header", "http_method", "http_request", "http_response"),
    "intarray": ("query_int",),
    "isn": ("ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"),
    "ltree": ("ltree", "lquery", "ltxtquery"),
    "pg_trgm": ("gtrgm",),
    "postgis": (
        "geometry",
        "geography",
        "box2d",
        "box3d",
        "box2df",
        "gidx",
        "spheroid",
        "geometry_dump",
        "valid_detail",
    ),
    "postgis_raster": ("raster",),
    "seg": ("seg",),
    "vector": ("vector", "halfvec", "sparsevec"),
}
"""The types that an extension brings along."""

EXTENSION_SCHEMAS: Final = {
    "pg_cron": "pg_catalog",
    "pg_graphql": "graphql",
    "pg_repack": "repack",
    "pg_tle": "pgtle",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "plpgsql": "pg_catalog",
    "postgis_tiger_geocoder": "tiger",
    "postgis_topology": "topology",
    "supabase_vault": "vault",
}
"""The schema that an extension's control file insists on."""

_PLACED: Final = {"supabase": frozenset({"pg_cron"})}


def placed_by(platform: str, extension: str) -> bool:
    """Whether a platform puts an extension where it belongs, whatever schema is written: `supautils` does on Supabase
    (`extensions_parameter_overrides`)."""
    return extension in _PLACED.get(platform, ())


_FUNCTIONS: Final = {
    "earthdistance": r"ll_to_earth|earth_(?:box|distance)",
    "fuzzystrmatch": r"levenshtein(?:_less_equal)?|soundex|d?metaphone|daitch_mokotoff",
    "moddatetime": r"moddatetime",
    "pg_jsonschema": r"jsonb?_matches_schema",
    "pg_trgm": r"(?:strict_)?(?:word_)?similarity|show_trgm",
    "pg_uuidv7": r"uuid_generate_v7",
    "pgcrypto": r"crypt|gen_salt|gen_random_bytes|digest|hmac|pgp_(?:sym|pub)_(?:en|de)crypt(?:_bytea)?|(?:de)?armor",
    "postgis": r"st_\w+",
    "tablefunc": r"crosstab[234]?|connectby|normal_rand",
    "timescaledb": r"create_hypertable|time_bucket(?:_gapfill)?|add_(?:retention|compression)_policy",
    "unaccent": r"unaccent",
    "uuid-ossp": r"uuid_generate_v(?:1|1mc|3|4|5)",
    "vector": r"cosine_distance|l[12]_distance|inner_product",
}
_CALLED: Final = {extension: regex(pattern) for extension, pattern in _FUNCTIONS.items()}
_OWN_SCHEMAS: Final = {"cron": "pg_cron", "net": "pg_net", "pgmq": "pgmq"}
"""Schemas that an extension makes itself, and that nothing else is called by."""
_METHODS: Final = {"bloom": "bloom", "hnsw": "vector", "ivfflat": "vector", "pgroonga": "pgroonga", "rum": "rum"}
_CLASSES: Final = {
    "pg_trgm": regex(r"gi(?:n|st)_trgm_ops"),
    "vector": regex(r"(?:vector|halfvec|sparsevec)_(?:l[12]|ip|cosine)_ops|bit_(?:hamming|jaccard)_ops"),
    "postgis": regex(r"(?:gist|spgist|brin)_(?:geometry|geography)_\w*ops\w*"),
    "intarray": regex(r"gi(?:n|st)__int(?:big)?_ops"),
    "ltree": regex(r"gist__?ltree_ops"),
}
_SCALAR: Final = regex(
    r"uuid|smallint|integer|bigint|numeric|real|double precision|date|money|interval|bytea"
    r"|text|character(?: varying)?(?:\(\d+\))?|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone"
)
"""Types for which `btree_gin` and `btree_gist` alone have operator classes."""
_OF_SCALARS: Final = {"gin": "btree_gin", "gist": "btree_gist"}


def _inverted(names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: extension for extension, own in names.items() for name in own}


_OF_TYPE: Final = _inverted(EXTENSION_TYPES)


IN_IMAGES: Final = frozenset({"postgis", "timescaledb"})
"""Extensions whose own images create them in every database."""


def bringing_type(name: str) -> str | None:
    """Return the extension that has a type of that name, without schema, if one is known."""
    return _OF_TYPE.get(name)


def bringing_function(schema: str | None, name: str) -> str | None:
    """Return the extension that has a function of that name, or owns the schema in which it is asked for."""
    if schema in _OWN_SCHEMAS:
        return _OWN_SCHEMAS[schema]
    return next((extension for extension, pattern in _CALLED.items() if pattern.fullmatch(name)), None)


def bringing_index(method: str, opclass: str | None, type_name: str | None) -> str | None:
    """Return the extension without which an index of that access method takes no column of that class and type."""
    if method in _METHODS:
        return _METHODS[method]
    if opclass is not None:
        bare = opclass.rpartition(".")[2]
        return next((extension for extension, pattern in _CLASSES.items() if pattern.fullmatch(bare)), None)
    return _OF_SCALARS.get(method) if type_name is not None and _SCALAR.fullmatch(type_name) else None
