"""A function that the code calls and nothing creates.

**What it finds.** `rpc('name')` where no migration, no declared schema and no database that was read holds a function
of that name in the schema of the API.

**Why it matters.** The call fails: `PGRST202`, "Could not find the function … in the schema cache".

**How to mend it.** Create the function in a migration, or correct the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import may_be_created
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Severity
from tripoint.model.query import Query
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import bindings, code_mark, count


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that the code calls and nothing creates."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    found: dict[str, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "function"):
        name = binding.function_name
        if name is not None and not binding.functions and may_be_created(name.name, evidence) is None:
            found[str(name)].append(binding.query)
    for subject, queries in sorted(found.items()):
        guards = sorted({query.guarded for query in queries if query.guarded})
        guarded = all(query.guarded for query in queries)
        severity: Severity = "medium" if guarded else "high"
        yield Fault(
            subject=subject,
            message=f"No migration creates the function {subject}, but the code calls it in "
            f"{count(len(queries), 'place')}: the call is answered with PGRST202.",
            marks=tuple(code_mark(query, "called here") for query in queries),
            severity=severity,
            severity_reason=f"the code expects that it may fail: {guards[0]}" if guarded else "the code alone knows it",
            help=f"Create {subject} in a migration, or correct the name.",
            suggestions=evidence.meanings.get(subject, ()),
        )


RULE = Rule("missing-function", "code", "high", check, needs=("migrations", "code"))
