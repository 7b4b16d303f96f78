"""A function called with arguments that no version of it takes.

**What it finds.** `rpc('name', { … })` with an argument that the function does not have, or without one that it needs
(no default). PostgREST looks a function up by the *names* of the arguments, not by their order.

**Why it matters.** The call fails: `PGRST202`, "Could not find the function … with parameters …".

**Severity.** *High*; *medium* where the migrations do not hold the database's beginning, or where SQL that no runner
applies makes a function of that name that takes what is passed, or where PostgreSQL would refuse to replace an earlier
version that takes it: the database may have that one.

**How to mend it.** Correct the argument's name, add what is missing, or give it a default.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._functions import WHOLE_BODY, accepts, inputs
from tripoint.rules._shared import bindings

_UNNAMED = "an argument without a name"
"""What no call by name can give."""
_KEPT = "PostgreSQL would refuse to replace the version that takes this, and a database may still have that one"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function and set of arguments that are passed or left out in vain."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[tuple[QueryBinding, list[Mark]]]] = defaultdict(list)
    for binding in bindings(evidence, "function"):
        if binding.query.alternatives:
            continue  # which of several names it is, and with which arguments, is decided together at run time
        if not binding.functions or any(_takes_anything(function) for function in binding.functions):
            continue
        query = binding.query
        given = {argument.name: argument for argument in query.arguments}
        if any(accepts(function, given, query.arguments_complete) for function in binding.functions):
            continue
        nearest = min(binding.functions, key=lambda function: len(set(given) ^ set(_names(function))))
        passed = tuple(sorted(set(given) - set(_names(nearest))))
        left_out = tuple(
            parameter.name or _UNNAMED
            for parameter in inputs(nearest)
            if parameter.default is None and parameter.name not in given and query.arguments_complete
        )
        marks = [Mark(given[name].place, "code", "primary", "no such argument", query.symbol) for name in passed]
        if not marks:
            marks = [Mark(query.place, "code", "primary", f"called without {listed(left_out)}", query.symbol)]
        found[str(binding.function_name), passed, left_out].append((binding, marks))
    for (function, passed, left_out), uses in sorted(found.items()):
        yield _fault(function, passed, left_out, uses, evidence)


def _names(function: Function) -> list[str | None]:
    return [argument.name for argument in inputs(function)]


def _takes_anything(function: Function) -> bool:
    """Whether it has a single unnamed argument of a type into which PostgREST puts the whole body."""
    taken = inputs(function)
    return len(taken) == 1 and not taken[0].name and taken[0].type in WHOLE_BODY


def _is_kept(use: tuple[QueryBinding, list[Mark]]) -> bool:
    """Whether a call is one of the version that the migrations replace where PostgreSQL would refuse it."""
    query = use[0].query
    given = {argument.name: argument for argument in query.arguments}
    former = [replace(one, arguments=one.kept) for one in use[0].functions if one.kept is not None]
    return any(accepts(one, given, query.arguments_complete) for one in former)


def _fault(
    function: str,
    passed: tuple[str, ...],
    left_out: tuple[str, ...],
    uses: list[tuple[QueryBinding, list[Mark]]],
    evidence: Evidence,
) -> Fault:
    overloads = uses[0][0].functions
    signatures = listed(
        f"{function}({', '.join(str(name or '?') for name in _names(overload))})" for overload in overloads
    )
    one = len(uses) == 1
    said = [f"{'passes' if one else 'pass'} {listed(passed)}"] if passed else []
    said += [f"{'leaves' if one else 'leave'} out {listed(left_out)}"] if left_out else []
    passed = tuple(name or _UNNAMED for name in passed)
    first = (*passed, *left_out)[0]
    subject = function if first == _UNNAMED else f"{function}.{first}"
    severity, reason, held = lowered(evidence, "signature", function, "high", None)
    if passed and not all(("signature", f"{function}({name})") in evidence.elsewhere for name in passed):
        severity, reason, held = "high", None, ()
    if severity == "high" and all(map(_is_kept, uses)):
        severity, reason = "medium", _KEPT
    if severity == "high" and baseline_is_missing(evidence):
        severity, reason = "medium", NO_BEGINNING
    return Fault(
        subject=subject,
        message=f"{counted(len(uses), 'call')} of {function} {' and '.join(said)}, and no version of it is called so: "
        "the answer is PGRST202.",
        marks=(
            *(mark for _, marks in uses for mark in marks),
            *(
                Mark(overload.place, "migrations", "related", "created here")
                for overload in overloads
                if overload.place is not None
            ),
            *held,
        ),
        severity=severity,
        severity_reason=reason,
        help=f"What there is: {signatures}.",
        suggestions=evidence.meanings.get(subject, ()),
    )


RULE = Rule("wrong-function-argument", "code", "high", check, needs=("migrations", "code"))
