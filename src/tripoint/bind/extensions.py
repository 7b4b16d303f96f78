"""What extensions bring along, as far as a name alone can tell."""

from __future__ import annotations

import re
from typing import Final

from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["brought_along"]

_NAMES: Final[dict[str, str]] = {
    "btree_gin": r"gin_.*",
    "btree_gist": r"gbt_.*|.*_dist|gbtree.*",
    "citext": r"citext.*|regexp_.*|replace|split_part|strpos|translate",
    "cube": r"cube.*",
    "dblink": r"dblink.*",
    "earthdistance": r"earth.*|ll_to_earth|latitude|longitude|sec_to_gc|gc_to_sec|geo_distance",
    "fuzzystrmatch": r"levenshtein.*|(d?metaphone|soundex|difference|dmetaphone_alt|daitch_mokotoff|text_soundex)",
    "hstore": r"hstore.*|[sa]keys|[sa]vals|each|delete|defined|exist|slice.*|populate_record|tconvert|isexists",
    "http": r"http.*|urlencode|text_to_bytea|bytea_to_text",
    "hypopg": r"hypopg.*",
    "intarray": r"icount|sort.*|uniq|idx|subarray|intset.*|query_int",
    "isn": r"isn.*|e?an13|isbn.*|ismn.*|issn.*|upc|is_valid|make_valid|weak",
    "lo": r"lo|lo_.*",
    "ltree": r"ltree.*|lquery|ltxtquery|subltree|subpath|nlevel|index|lca|text2ltree|_ltree.*",
    "moddatetime": r"moddatetime",
    "pageinspect": r".*_page_.*|get_raw_page|heap_.*|bt_.*",
    "pg_cron": r"cron_.*|schedule.*|unschedule|alter_job",
    "pg_hashids": r"id_(en|de)code.*|hash_(en|de)code",
    "pg_jsonschema": r"json(b)?_matches_schema|jsonschema_.*|json_matches_compiled_schema",
    "pg_trgm": r".*similarity.*|show_(trgm|limit)|set_limit|gtrgm.*|gin_.*trgm.*",
    "pg_uuidv7": r"uuid.*v7.*",
    "pgcrypto": r"armor|dearmor|crypt|gen_.*|digest|hmac|(en|de)crypt.*|pgp_.*",
    "pgjwt": r"sign|verify|url_(en|de)code|algorithm_sign|try_cast_double",
    "pgroonga": r"pgroonga.*",
    "pgrouting": r"pgr_.*|_pgr.*",
    "plv8": r"plv8.*",
    "postgis": r"_?st_.*|geo(metry|graphy|m).*|box[23]d.*|postgis.*|find_srid|updategeometrysrid|addgeometrycolumn|"
    r"dropgeometry.*|raster.*|spheroid|tile.*",
    "rum": r"rum_.*",
    "seg": r"seg.*",
    "sslinfo": r"ssl_.*",
    "tablefunc": r"normal_rand|crosstab.*|connectby|tablefunc.*",
    "timescaledb": r"time_bucket.*|create_hypertable|add_.*policy|.*hypertable.*|first|last|histogram|"
    r".*(chunk|compress).*|locf|interpolate|approximate_row_count",
    "unaccent": r"unaccent.*",
    "uuid-ossp": r"uuid_.*",
    "vector": r"(half|sparse)?(vec|vector).*|(cosine|l[12]|inner|hamming|jaccard)_.*|binary_quantize|subvector",
    "xml2": r"xml_.*|xpath_.*|xslt_process",
}
"""Extension → the names of its functions and types, as one pattern."""

_OF: Final = {extension: regex(pattern, re.I) for extension, pattern in _NAMES.items()}
_PATTERNS: Final = regex("|".join(f"(?:{pattern})" for pattern in _NAMES.values()), re.I)


def brought_along(word: str, target: Name | None, evidence: Evidence) -> str | None:
    """Return why a function or type that nothing creates may come from an extension, or None.

    It may where its name is one that a common extension has, for such are also enabled outside of the migrations; and
    where an extension is created of which nothing is known here, in a schema that the name may be looked for in.
    """
    own = evidence.defined.extensions
    if _PATTERNS.fullmatch(word):
        return "an extension has a function of that name"
    for name, extension in sorted(own.items()):
        known = name == "plpgsql" or name in _NAMES or name in evidence.platform.extensions
        if not known and (target is None or extension.schema in (None, target.schema)):
            return f"the extension {name} may bring it along"
    return None


def overloaded(word: str, evidence: Evidence) -> str | None:
    """Return why a function of which the migrations make others may be an extension's: one that is enabled has such."""
    for name in sorted(evidence.defined.extensions):
        if name in _OF and _OF[name].fullmatch(word):
            return f"the extension {name} may have one that takes such arguments"
    return None
