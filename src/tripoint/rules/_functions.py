"""What several rules ask of functions and of their bodies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache

from tripoint.bind.tables import may_be_created
from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Argument, Function
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.query import Query, Value
from tripoint.model.regex import regex
from tripoint.rules._shared import bindings
from tripoint.sql.dependencies import references_in_expression
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = [
    "WHOLE_BODY",
    "accepts",
    "asks_who_calls",
    "called_functions",
    "find_functions",
    "functions_in_policies",
    "given_literals",
    "inputs",
    "spoken",
    "uncreated",
]

_ASKS = regex(
    r'\bauth"?\s*\.\s*"?(?:uid|jwt|role|email)\b|\brequest\.jwt|\bcurrent_(?:user|role)\b|\bsession_user\b',
    re.IGNORECASE,
)
_CALL = regex(r'(?:\b([a-z_]\w*)"?\s*\.\s*"?)?\b([a-z_]\w*)"?\s*\(', re.IGNORECASE)


WHOLE_BODY = frozenset({"json", "jsonb", "text", "bytea", "xml"})
"""Types of a single unnamed argument into which PostgREST puts the whole body of a request."""


def inputs(function: Function) -> list[Argument]:
    """Return the arguments that a call gives."""
    return [argument for argument in function.arguments if argument.mode in ("in", "inout", "variadic")]


def uncreated(evidence: Evidence) -> tuple[dict[str, list[Query]], int]:
    """Return the functions that clients of an API call and nothing creates, and how many functions they call."""
    found: dict[str, list[Query]] = defaultdict(list)
    called: set[Name] = set()
    for binding in bindings(evidence, "function"):
        name = binding.function_name
        called |= {name} if name is not None else set()
        if name is None or binding.functions or may_be_created(name.name, evidence) is not None:
            continue
        if evidence.database.by_types and name.schema not in evidence.defined.schemas:
            continue  # the types are of the schemas that the generator was asked for
        if evidence.database.platform != "supabase" or name.schema not in MANAGED_SCHEMAS:
            found[str(name)].append(binding.query)
    return found, len(called)


def spoken(function: Function, evidence: Evidence) -> str:
    """Return a function's name, with the types of its arguments where several functions bear it."""
    if len(evidence.defined.functions.get(function.name, ())) < 2:
        return str(function.name)
    return f"{function.name}({', '.join(function.identity)})"


def accepts(function: Function, given: Collection[str], complete: bool) -> bool:
    """Whether a function can be called with arguments of these names, and with more where those are not `complete`."""
    names = {argument.name for argument in inputs(function)}
    needed = {a.name for a in inputs(function) if a.default is None and a.mode != "variadic"}
    return names.issuperset(given) and (not complete or needed.issubset(given))


def given_literals(binding: QueryBinding) -> Iterator[tuple[Function, Argument, Value]]:
    """Yield each literal that a call gives, with the argument that takes it; none where several functions may be meant.

    PostgREST reads them from JSON, as it does those of rows.
    """
    query = binding.query
    given = {argument.name: argument.value for argument in query.arguments}
    taking = [function for function in binding.functions if accepts(function, given, query.arguments_complete)]
    if len(taking) != 1 or query.alternatives:
        return
    for argument in inputs(taking[0]):
        value = given.get(argument.name) if argument.name is not None and argument.mode != "variadic" else None
        if value is not None and value.certain:
            yield taking[0], argument, value


def find_functions(written: tuple[str, ...], evidence: Evidence) -> list[Function]:
    """Return the project's functions that a name in SQL may mean."""
    schemas = written[:1] if len(written) > 1 else evidence.defined.search_path
    for schema in schemas:
        found = evidence.defined.functions.get(Name(schema, written[-1]))
        if found:
            return found
    return []


def called_functions(expression: str, evidence: Evidence) -> Iterator[Function]:
    """Yield the project's functions that a condition calls."""
    for reference in references_in_expression(expression):
        if reference.kind == "function":
            yield from find_functions(reference.name, evidence)


def asks_who_calls(function: Function, evidence: Evidence, depth: int = 3) -> bool:
    """Whether a body asks the platform who calls, itself or through a function that it calls."""
    asks, called = _asks_and_calls(function.body or "")
    if asks or depth == 0:
        return asks
    return any(
        other is not function and asks_who_calls(other, evidence, depth - 1)
        for written in called
        for other in find_functions(written, evidence)
    )


@lru_cache(maxsize=4096)
def _asks_and_calls(body: str) -> tuple[bool, tuple[tuple[str, ...], ...]]:
    """Return whether a body asks the platform who calls, and what it may call where it does not ask."""
    if _ASKS.search(body):
        return True, ()
    names = {(schema, name) if schema else (name,) for schema, name in _CALL.findall(body)}
    return False, tuple(tuple(part.lower() for part in written) for written in sorted(names))


def functions_in_policies(evidence: Evidence) -> frozenset[Name]:
    """Return the project's functions that policies call: whoever reads the table must be able to execute them."""
    return frozenset(
        function.name
        for table in evidence.defined.tables.values()
        for policy in table.policies.values()
        for text in (policy.using, policy.check)
        if text
        for function in called_functions(text, evidence)
    )
