"""A call of a function of which several versions take the same arguments.

**What it finds.** `rpc('name', { … })` where more than one overload of the function takes arguments of just these
names: versions that differ in types alone, or a version whose further arguments all have a default. It often comes of
`CREATE OR REPLACE FUNCTION` with a changed list of arguments, which adds a version and leaves the old one.

**Why it matters.** PostgREST tells overloads apart by the names of their arguments, not by types. The call fails:
`PGRST203`, "Could not choose the best candidate function between …".

**Severity.** *High*; *medium* where the migrations do not hold the database's beginning.

**How to mend it.** Drop the version that is no longer meant, or rename an argument or a function.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import Query
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._functions import WHOLE_BODY, inputs
from tripoint.rules._shared import bindings, code_mark


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function and set of overloads that calls can't be told apart by."""
    found: dict[tuple[str, tuple[tuple[str, ...], ...]], tuple[list[Function], list[Query]]] = {}
    for binding in bindings(evidence, "function"):
        query = binding.query
        if len(binding.functions) < 2 or query.alternatives or not query.arguments_complete:
            continue
        given = {argument.name for argument in query.arguments}
        taking = [function for function in binding.functions if _takes(function, given)]
        if len(taking) > 1:
            key = str(binding.function_name), tuple(function.identity for function in taking)
            found.setdefault(key, (taking, []))[1].append(query)
    for (name, _), (taking, queries) in sorted(found.items(), key=lambda one: one[0]):
        yield _fault(name, taking, queries, baseline_is_missing(evidence))


def _takes(function: Function, given: set[str]) -> bool:
    """Whether PostgREST takes a function for one that is called with arguments of these names."""
    taken = inputs(function)
    if any(not argument.name for argument in taken) and not (len(taken) == 1 and taken[0].type in WHOLE_BODY):
        return False  # PostgREST leaves it out: nothing can be given to it by name
    names = {argument.name for argument in taken}
    needed = {argument.name for argument in taken if argument.default is None}
    return given <= names and needed <= given


def _fault(name: str, functions: list[Function], queries: list[Query], missing: bool) -> Fault:
    signatures = [f"{name}({', '.join(_argument(a.name, a.type) for a in inputs(f))})" for f in functions]
    calls = "is 1 call" if len(queries) == 1 else f"are {counted(len(queries), 'call')}"
    return Fault(
        subject=name,
        message=f"There {calls} of {name} that {len(functions)} versions of it take: the answer is PGRST203.",
        marks=(
            *(code_mark(query, "called here") for query in queries),
            *(Mark(f.place, "migrations", "related", "one version") for f in functions if f.place is not None),
        ),
        severity="medium" if missing else "high",
        severity_reason=NO_BEGINNING if missing else None,
        help=f"Drop or rename all but one of {listed(signatures)}.",
    )


def _argument(name: str | None, type_: str) -> str:
    return f"{name} {type_}" if name else type_


RULE = Rule("ambiguous-function", "code", "high", check, needs=("migrations", "code"))
