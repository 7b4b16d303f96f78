"""What words say of a column's type: those of documents, and those that names begin or end with."""

from __future__ import annotations

__all__ = ["DOCUMENTED_TYPES", "ELSEWHERE", "FIRST_WORDS", "LAST_TIMES", "LAST_WORDS", "YES_OR_NO"]

DOCUMENTED_TYPES: dict[str, str] = {
    "bool": "boolean",
    "boolean": "boolean",
    "bigint": "bigint",
    "int8": "bigint",
    "date": "date",
    "datetime": "",
    "decimal": "numeric",
    "double": "double precision",
    "double precision": "double precision",
    "float": "double precision",
    "guid": "uuid",
    "inet": "inet",
    "int": "integer",
    "int4": "integer",
    "integer": "integer",
    "json": "jsonb",
    "jsonb": "jsonb",
    "numeric": "numeric",
    "real": "real",
    "smallint": "smallint",
    "string": "text",
    "string[]": "text[]",
    "text": "text",
    "text[]": "text[]",
    "time": "time without time zone",
    "timestamp": "",
    "timestamp with time zone": "timestamp with time zone",
    "timestamptz": "timestamp with time zone",
    "tsvector": "tsvector",
    "uuid": "uuid",
    "uuid[]": "uuid[]",
    "varchar": "character varying",
}
"""What documents call a type → what PostgreSQL prints; empty where the project's own times decide."""

LAST_WORDS: tuple[tuple[str, str], ...] = (
    ("at", "timestamp"),
    ("until", "timestamp"),
    ("timestamp", "timestamp"),
    ("time", "timestamp"),
    ("on", "date"),
    ("date", "date"),
    ("birthday", "date"),
    ("uuid", "uuid"),
    ("count", "integer"),
    ("quantity", "integer"),
    ("position", "integer"),
    ("rank", "integer"),
    ("score", "numeric"),
    ("rating", "numeric"),
    ("amount", "numeric"),
    ("price", "numeric"),
    ("total", "numeric"),
    ("cost", "numeric"),
    ("rate", "numeric"),
    ("latitude", "double precision"),
    ("longitude", "double precision"),
    ("lat", "double precision"),
    ("lng", "double precision"),
    ("cents", "integer"),
    ("minutes", "integer"),
    ("seconds", "integer"),
    ("days", "integer"),
    ("hours", "numeric"),
    ("ms", "integer"),
    ("bytes", "bigint"),
    ("size", "bigint"),
    ("order", "integer"),
    ("attempts", "integer"),
    ("metadata", "jsonb"),
    ("settings", "jsonb"),
    ("preferences", "jsonb"),
    ("payload", "jsonb"),
    ("config", "jsonb"),
    ("options", "jsonb"),
    ("attributes", "jsonb"),
    ("properties", "jsonb"),
    ("data", "jsonb"),
    ("tags", "text[]"),
    ("enabled", "boolean"),
    ("disabled", "boolean"),
    ("active", "boolean"),
    ("archived", "boolean"),
    ("completed", "boolean"),
    ("verified", "boolean"),
    ("confirmed", "boolean"),
    ("visible", "boolean"),
    ("public", "boolean"),
    ("read", "boolean"),
)
FIRST_WORDS: tuple[tuple[str, str], ...] = tuple(
    (word, "boolean")
    for word in ("is", "has", "can", "should", "allow", "allows", "enable", "needs", "requires", "was")
)
FIRST_WORDS += (("num", "integer"), ("total", "integer"), ("max", "integer"), ("min", "integer"))

YES_OR_NO = frozenset({"is", "has", "can", "should", "hide"})
"""First words of what is true or not, whatever the last one says: `hide_level` is no level."""

ELSEWHERE = frozenset(
    {
        "apple",
        "device",
        "discord",
        "expo",
        "external",
        "facebook",
        "firebase",
        "github",
        "google",
        "onesignal",
        "paypal",
    }
    | {"provider", "razorpay", "revenuecat", "shopify", "slack", "spotify", "stripe", "telegram", "twilio"}
)
"""Words of an id that another system gives, which is no uuid of this database's."""
LAST_TIMES = frozenset(
    {"active", "activity", "accessed", "login", "modified", "read", "run", "seen", "sync", "synced", "updated", "used"}
    | {"visited"}
)
"""What is a point in time after `last`, whatever the word says alone."""
