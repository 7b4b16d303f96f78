"""What supabase-kt's builders say by lambdas with a receiver and by helper calls, for the reader of Kotlin."""

from __future__ import annotations

__all__ = [
    "COLUMN_LISTS",
    "CONVERSION",
    "LISTS",
    "MAPS",
    "OBJECT_BUILDERS",
    "PROPERTY",
    "RECEIVER_LAMBDAS",
    "SETTERS",
    "SUBSCRIPTION",
]

RECEIVER_LAMBDAS = frozenset(["select", "insert", "upsert", "update", "delete", "filter", "rpc", "and", "or", "not"])
"""Calls whose trailing lambda goes on with the same query: `select { filter { eq("id", 1) } }`."""

OBJECT_BUILDERS = frozenset(["buildJsonObject", "buildMap", "update"])
"""Calls whose lambda builds an object key by key."""

SETTERS = frozenset(["put", "set", "setToNull", "setTo", "putJsonArray", "putJsonObject"])
"""Calls within such a lambda whose first argument is a key."""

SUBSCRIPTION = "postgresChangeFlow"
"""The call whose lambda says which table is subscribed to, by what it assigns."""

MAPS = frozenset(["mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf"])
LISTS = frozenset(["listOf", "mutableListOf", "arrayListOf", "arrayOf", "setOf", "listOfNotNull"])

COLUMN_LISTS = {("Columns", "raw"): "", ("Columns", "list"): ", "}
"""Calls that make a select list of their arguments, and what is put between these."""

PROPERTY = ("::",)
"""Tags the column that a property stands for, `Job::ownerId`, spelled as it is where no setting has it otherwise."""

CONVERSION = "propertyConversionMethod"
"""The setting that has it otherwise."""
