"""A function called with arguments that no version of it takes.

**What it finds.** `rpc('name', { … })` with an argument that the function does not have, or without one that it needs
(no default). PostgREST looks a function up by the *names* of the arguments, not by their order.

**Why it matters.** The call fails: `PGRST202`, "Could not find the function … with parameters …".

**How to mend it.** Correct the argument's name, add what is missing, or give it a default.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Argument, Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.rules._shared import bindings, count, listed


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function argument that is passed or left out in vain."""
    passed: dict[str, list[tuple[QueryBinding, Mark]]] = defaultdict(list)
    left_out: dict[str, list[tuple[QueryBinding, Mark]]] = defaultdict(list)
    for binding in bindings(evidence, "function"):
        if binding.query.alternatives:
            continue  # which of several names it is, and with which arguments, is decided together at run time
        if not binding.functions or any(_takes_anything(function) for function in binding.functions):
            continue
        query = binding.query
        given = {argument.name: argument for argument in query.arguments}
        if any(_accepts(function, set(given), query.arguments_complete) for function in binding.functions):
            continue
        nearest = min(binding.functions, key=lambda function: len(set(given) ^ set(_names(function))))
        for name, argument in sorted(given.items()):
            if name not in _names(nearest):
                mark = Mark(argument.place, "code", "primary", "no such argument", query.symbol)
                passed[f"{binding.function_name}.{name}"].append((binding, mark))
        for parameter in _inputs(nearest):
            if parameter.default is None and parameter.name not in given and query.arguments_complete:
                mark = Mark(query.place, "code", "primary", f"called without {parameter.name}", query.symbol)
                left_out[f"{binding.function_name}.{parameter.name}"].append((binding, mark))
    for subject, uses in sorted(passed.items()):
        yield _fault(subject, uses, "takes no argument", "is passed")
    for subject, uses in sorted(left_out.items()):
        yield _fault(subject, uses, "needs the argument", "is left out")


def _inputs(function: Function) -> list[Argument]:
    return [a for a in function.arguments if a.mode in ("in", "inout", "variadic")]


def _names(function: Function) -> list[str | None]:
    return [argument.name for argument in _inputs(function)]


def _takes_anything(function: Function) -> bool:
    """Whether it has a single unnamed argument of a type into which PostgREST puts the whole body."""
    inputs = _inputs(function)
    return len(inputs) == 1 and not inputs[0].name and inputs[0].type in ("json", "jsonb", "text", "bytea", "xml")


def _accepts(function: Function, given: set[str], complete: bool) -> bool:
    names = set(_names(function))
    needed = {a.name for a in _inputs(function) if a.default is None and a.mode != "variadic"}
    return given <= names and (not complete or needed <= given)


def _fault(subject: str, uses: list[tuple[QueryBinding, Mark]], says: str, does: str) -> Fault:
    function, _, argument = subject.rpartition(".")
    overloads = uses[0][0].functions
    signatures = listed(
        f"{function}({', '.join(str(name or '?') for name in _names(overload))})" for overload in overloads
    )
    return Fault(
        subject=subject,
        message=f"{function} {says} {argument}, which {does} in {count(len(uses), 'call')}: "
        "the call is answered with PGRST202.",
        marks=(
            *(mark for _, mark in uses),
            *(
                Mark(overload.place, "migrations", "related", "created here")
                for overload in overloads
                if overload.place is not None
            ),
        ),
        help=f"What there is: {signatures}.",
    )


RULE = Rule("wrong-function-argument", "code", "high", check, needs=("migrations", "code"))
