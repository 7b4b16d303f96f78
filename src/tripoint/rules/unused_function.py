"""A function that nothing calls.

**What it finds.** A function of the migrations that no code calls, no trigger runs, and that no view, policy,
default, check or other function names. Nothing is called unused while a call in the project is unresolved, or while
the function's name stands as a word anywhere in code.

**Why it matters.** It is kept for nobody; and in an exposed schema, everyone can call it.

**How to mend it.** Drop it in a migration, or say what calls it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Suggestion
from tripoint.rules._shared import may_be_meant, own_functions, owners_of_words


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that nothing calls."""
    if "code" not in evidence.heard or any(q.name is None and not q.test for q in evidence.queries):
        return
    called = {query.name for query in evidence.queries if query.kind == "function"}
    if not evidence.queries:
        return
    run = {trigger.function for table in evidence.defined.tables.values() for trigger in table.triggers.values()}
    named = owners_of_words(evidence, {name.name.lower() for name in evidence.defined.functions})
    own = {function.name for function in own_functions(evidence)}
    meant = may_be_meant(evidence)
    for name in sorted(own - run):
        overloads = evidence.defined.functions[name]
        if name.name in called or name.name in evidence.words or str(name) in meant:
            continue
        if any(f.returns in ("trigger", "event_trigger") or f.kind == "aggregate" for f in overloads):
            continue
        if named.get(name.name.lower(), set()) - {str(name)}:
            continue
        marks = tuple(Mark(f.place, "migrations", "primary", "created here") for f in overloads if f.place is not None)
        yield Fault(
            subject=str(name),
            message=f"Nothing in the project calls {name}.",
            marks=marks,
            help=f"Drop {name}, if nothing outside the project calls it either.",
            suggestions=(Suggestion("drop", str(name), 0.5, ("no code, trigger, policy, view or function names it",)),),
        )


RULE = Rule("unused-function", "code", "info", check, needs=("migrations", "code"))
