"""A function whose names can be made to mean something else.

**What it finds.** A function without a `SET search_path` clause, other than one with a body of standard SQL
(`begin atomic …`), which is bound when it is created. It is *medium* for a SECURITY DEFINER function, else *info*;
where no API serves the schema, only SECURITY DEFINER functions are named.

**Why it matters.** An unqualified name in the body is looked up in the caller's search path. A caller who can create
objects can put a table or function of that name in front; a definer function then runs it with its owner's rights.

**How to mend it.** `alter function … set search_path = ''` and qualify the names in the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.regex import regex
from tripoint.rules._functions import spoken
from tripoint.rules._shared import own_functions, place_marks

_BOUND = regex(r"\s*(?:begin\s+atomic|return)\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function without a search path of its own."""
    for function in own_functions(evidence):
        if "search_path" in function.settings or function.kind == "aggregate":
            continue
        if function.language == "sql" and _BOUND.match(function.body or ""):
            continue  # its names were looked up once and for all when it was created
        definer = function.security_definer
        if not definer and evidence.database.platform == "postgresql":
            continue  # it runs with its caller's own rights, and who calls it has a connection already
        kind = "The SECURITY DEFINER function" if definer else "The function"
        yield Fault(
            subject=str(function.name),
            message=f"{kind} {spoken(function, evidence)} looks names up in its caller's search path.",
            marks=place_marks(function.place, "no SET search_path"),
            severity="medium" if definer else "info",
            help=f"alter function {function.name}({', '.join(function.identity)}) set search_path = ''; "
            "and qualify the names in its body.",
        )


RULE = Rule("mutable-search-path", "schema", "info", check, needs=("migrations",))
