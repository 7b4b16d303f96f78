"""A literal that the column's enum or CHECK constraint refuses.

**What it finds.** A string literal in a filter, a payload, a function's argument or a subscription's filter, for what
is of an enum type that has no such value, or of a domain over one, or a column with a CHECK that lists the values it
takes (`check (status in ('draft', 'sent'))`). The same in SQL, of the code and of the functions in the migrations: what
an enum is compared with or cast from, and what a column is given; and what policies, views and functions ask a column
for that its CHECK excludes. And a value of an enum in the models of an ORM, which
the type in the database does not have (several of one enum are one finding of `models-differ`).

**Why it matters.** PostgreSQL refuses the statement: `22P02` for an enum (also in a filter), `23514` for a write that a
CHECK excludes. A filter that asks only for values that a CHECK excludes finds nothing, ever, and says nothing: medium.
It is left out where the CHECK is NOT VALID, since older rows may hold the value, and where the filter asks for other
values, too (`in`, `or`) or for all but the value (`neq`, `not`): then it costs nothing. So are, in SQL, the branches of
which another one asks for the same column, and the row that a trigger is given. What only an ORM's schema lists is
medium: it fails once something writes it.

**How to mend it.** Correct the value, or add it to the type or the constraint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.bind.sql_uses import sql_uses
from tripoint.bind.tables import may_be_changed
from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity, Suggestion
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Value
from tripoint.model.regex import regex
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._functions import given_literals, inputs
from tripoint.rules._shared import bindings, compared, file_name, of_one_cause, written
from tripoint.rules._sql import SKIPPED, sql_marks

_EXACT = frozenset({"eq", "neq", "in", "match", "is_distinct"})
_ASKING_BODIES = frozenset({"function", "view", "policy", "job"})
"""What asks for rows, and is given them by the values that they have by then."""
_WHO = {"policy": "a policy", "view": "a view", "job": "a job"}
_ASKING = frozenset({"eq", "in", "match"})
_CHECK = regex(
    r"""^\(*\s*"?(?P<column>\w+)"?\)?\s*(?:::\s*[\w ]+\)?\s*)?
        (?:in\s*\(|=\s*any\s*\(\s*\(?\s*array\s*\[)(?P<values>[^()\[\]]*)[\])\s]*(?:::\s*[\w \[\]]+)?[\])\s]*$""",
    re.VERBOSE | re.IGNORECASE,
)
_COMMENT = regex(r"'(?:[^']|'')*'|(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL)
_OR_NULL = regex(
    r"""^\s*\(*\s*"?(?P<first>\w+)"?\s+is\s+null\s*\)?\s+or\s+(?P<then>.*)$
        |^(?P<before>.*?)\s+or\s+\(?\s*"?(?P<last>\w+)"?\s+is\s+null[\s)]*$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_VALUE = regex(r"'((?:[^']|'')*)'(?:\s*::\s*[\w. \"]+?(?:\([\d, ]*\))?)?\s*(?:,|$)")


class _Allowed(Struct, frozen=True):
    """What a column or an enum takes."""

    values: tuple[str, ...] = ()
    """Empty where it takes any value."""
    kind: Literal["enum", "domain", "check", ""] = ""
    """What says so: an enum, a domain over one, or a CHECK, of a domain, too."""
    place: Place | None = None
    validated: bool = True
    """Whether all rows are held to it."""


class _Refused(Struct):
    """The places that give or ask for one value which a column or an enum does not take."""

    allowed: _Allowed
    uses: dict[tuple[Mark, bool], None] = field(default_factory=dict)
    """Each place once, and whether it writes the value."""
    declared: bool = False
    """Whether an ORM's schema lists it."""
    holders: set[str] = field(default_factory=set)
    """Which kinds of what the database holds name it in SQL."""
    guards: set[str | None] = field(default_factory=set)
    """Why the SQL that names it may fail, of each place in SQL."""

    @property
    def failing(self) -> list[Mark]:
        """The places that PostgreSQL answers with an error."""
        return [mark for mark, writes in self.uses if writes or self.allowed.kind == "enum"]


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column and value that can never be."""
    found: dict[tuple[str, str], _Refused] = {}
    allowed: dict[str, _Allowed] = {}
    _in_queries(evidence, found, allowed)
    _in_calls(evidence, found)
    _in_sql(evidence, found, allowed)
    _in_models(evidence, found)
    for (subject, text), refused in sorted(found.items(), key=itemgetter(0)):
        yield _fault(subject, text, refused, evidence)


def _in_queries(evidence: Evidence, found: dict[tuple[str, str], _Refused], known: dict[str, _Allowed]) -> None:
    """Add what calls of a client filter by or write."""
    for binding in bindings(evidence, "table", "channel"):
        for table, column, value, asked in _literals(binding):
            if value.kind != "string" or value.value is None:
                continue
            subject = f"{table.name}.{column}"
            if subject not in known:
                known[subject] = _allowed(table, column, evidence)
            allowed = known[subject]
            if not allowed.values or value.value in allowed.values:
                continue
            if asked is not None and allowed.kind == "domain":
                continue  # no operator compares a domain over an enum, whatever the value
            if asked is not None and allowed.kind == "check":
                if not (allowed.validated and asked and asked.isdisjoint(allowed.values)):
                    continue
                note = "compared here, in vain"
            else:
                note = "written here" if asked is None else "compared here"
            mark = Mark(value.place, "code", "primary", note, binding.query.symbol)
            found.setdefault((subject, value.value), _Refused(allowed)).uses[mark, asked is None] = None


def _in_calls(evidence: Evidence, found: dict[tuple[str, str], _Refused]) -> None:
    """Add what calls of functions give for their arguments."""
    for binding in bindings(evidence, "function"):
        for function, argument, value in given_literals(binding):
            allowed = _allowed_type(argument.type, function.place, evidence)
            if value.kind != "string" or value.value is None or not allowed.values or value.value in allowed.values:
                continue
            mark = Mark(value.place, "code", "primary", "given here", binding.query.symbol)
            refused = found.setdefault((f"{function.name}.{argument.name}", value.value), _Refused(allowed))
            refused.uses[mark, True] = None


def _in_sql(evidence: Evidence, found: dict[tuple[str, str], _Refused], known: dict[str, _Allowed]) -> None:
    """Add what SQL of the code and of functions compares with, casts from or writes."""
    for use in sql_uses(evidence, "value"):
        reference, target = use.reference, use.reference.target
        if target is None or (use.body is not None and use.body.idle is not None):
            continue
        when_made = use.body is not None and not use.body.at_run_time
        subject = f"{target}.{reference.column}" if reference.column is not None else str(target)
        if subject not in known:
            known[subject] = _allowed_in_sql(target, reference.column, evidence)
        allowed = known[subject]
        if not allowed.values or reference.written in allowed.values:
            continue
        if allowed.kind == "check" and not reference.write:
            if allowed.validated and (use.body is None or use.body.kind in _ASKING_BODIES):
                mark = replace(sql_marks([use])[0], note="compared here, in vain")
                refused = found.setdefault((subject, reference.written), _Refused(allowed))
                refused.uses[mark, False] = None
                refused.holders |= {use.body.kind} if use.body is not None else set()
        elif (allowed.kind == "enum" or reference.write) and not when_made:
            # Of what is no function, PostgreSQL asks when it is made, and says so there.
            mark = replace(sql_marks([use])[0], note="written here" if reference.write else "of that type here")
            refused = found.setdefault((subject, reference.written), _Refused(allowed))
            refused.uses[mark, reference.write] = None
            refused.holders |= {use.body.kind} if use.body is not None else set()
            refused.guards.add(use.guarded)


def _in_models(evidence: Evidence, found: dict[tuple[str, str], _Refused]) -> None:
    """Add what the enums of an ORM's schema list; of two with one name, nothing tells which is left from before."""
    declared = Counter(name for name, _, _ in evidence.mapped_enums)
    for name, values, place in evidence.mapped_enums:
        if declared[name] > 1:
            continue
        allowed = _allowed_in_sql(name, None, evidence)
        unknown = [value for value in values if allowed.values and value not in allowed.values]
        if not of_one_cause(unknown, values):  # which models-differ tells
            for value in unknown:
                refused = found.setdefault((str(name), value), _Refused(allowed, declared=True))
                refused.uses[Mark(place, "code", "primary", "listed here"), True] = None


def _fault(subject: str, text: str, refused: _Refused, evidence: Evidence) -> Fault:
    values, kind, place = refused.allowed.values, refused.allowed.kind, refused.allowed.place
    failing = len(refused.failing)
    if failing:
        answer = "23514" if kind == "check" else "22P02"
        written = {writes for _, writes in refused.uses if writes or kind == "enum"}
        done = (
            "gives it or compares it with"
            if len(written) > 1
            else "gives it"
            if True in written
            else "compares it with"
        )
        what = f"{done} '{text}' in {counted(failing, 'place')}: PostgreSQL answers {answer}."
    else:
        what = (
            f"asks for '{text}' in {counted(len(refused.uses), 'place')}: no row is ever found, and no error says so."
        )
    if refused.declared:
        what = f"lists '{text}', too: PostgreSQL answers 22P02 where it is written."
    functions = all(mark.witness == "migrations" for mark, _ in refused.uses)
    who = _WHO.get(min(refused.holders, default=""), "a function of the database") if functions else "the code"
    who = "the schema of an ORM" if refused.declared else who
    near = [v for v in values if v.lower().replace("-", "_") == text.lower().replace("-", "_")]
    skipped = _taken_elsewhere(subject, text, kind, evidence)
    severity, reason = _severity(subject, refused, skipped, evidence)
    of_type = f"{_type_of(subject, evidence)}='{text}'"
    held_by = of_type if kind == "enum" and ("value", of_type) in evidence.elsewhere else f"{subject}='{text}'"
    renamed = _renamed(of_type, evidence) if kind == "enum" else None
    held: tuple[Mark, ...] = ()
    if renamed is None:  # what has a value that a migration renamed is older than the migration
        severity, reason, held = lowered(evidence, "value", held_by, severity, reason)
    since, told = "", tuple(Suggestion("change-code", v, 0.95, ("it differs in spelling only",)) for v in near)
    if renamed is not None:
        since = f" since {file_name(renamed[1].path)} renamed '{text}' to '{renamed[0]}'"
        told = (Suggestion("change-code", renamed[0], 0.99, ("a migration renamed it",)),)
    return Fault(
        subject=f"{subject}='{text}'",
        message=f"{subject} takes {listed(values, 8)}{since}, but {who} {what}",
        marks=(
            *(mark for mark, _ in refused.uses),
            *((Mark(place, "migrations", "related", f"the {kind} is here"),) if place is not None else ()),
            *((Mark(skipped, "migrations", "related", "takes it, without effect"),) if skipped is not None else ()),
            *((Mark(renamed[1], "migrations", "related", "renamed here"),) if renamed is not None else ()),
            *held,
        ),
        severity=severity,
        severity_reason=reason,
        help=f"Use one of {listed(values, 8)}, or add '{text}' to the {kind}."
        if renamed is None
        else f"Write '{renamed[0]}' in its place.",
        suggestions=told or evidence.meanings.get(f"{subject}='{text}'", ()),
    )


def _renamed(subject: str, evidence: Evidence) -> tuple[str, Place] | None:
    """Return what a migration renamed a value of an enum to, where it has that name still, and the statement."""
    renames = {old: (new, place) for old, new, place in evidence.renames}
    to, place = renames.get(subject, ("", None))
    enum, _, value = to.partition("='")
    known = {str(name): one for name, one in evidence.defined.enums.items()}.get(enum)
    return (value[:-1], place) if place is not None and known is not None and value[:-1] in known.values else None


def _severity(
    subject: str, refused: _Refused, skipped: Place | None, evidence: Evidence
) -> tuple[Severity, str | None]:
    """Return how severe it is that a value is refused, and why; `skipped` is what takes it, as `_taken_elsewhere`."""
    reason: str | None
    if skipped is not None:
        reason = SKIPPED if skipped in evidence.skipped.values() else _CHECKED
    else:
        reason = _in_doubt(subject, evidence) or (NO_BEGINNING if baseline_is_missing(evidence) else None)
    if not refused.failing:
        return ("low", reason) if reason else ("medium", "a filter by it is no error")
    if reason:
        return "medium", reason
    if refused.declared:
        return "medium", "an ORM's schema lists it, but nothing that was read writes it"
    if len(refused.uses) == 1 and len(refused.guards) == 1 and (guard := next(iter(refused.guards))):
        return "medium", f"its author expects that it may fail: {guard}"
    return "high", None


_CHECKED = "a CHECK of the same column takes it: an older database may have another type there"


def _in_doubt(subject: str, evidence: Evidence) -> str | None:
    """Return why a statement whose effect can't be told may have given the column another type or check, or None."""
    schema, table, *rest = subject.split(".", 2)
    column = "".join(rest)  # none of an enum itself
    known = evidence.defined.tables.get(Name(schema, table)) if rest else None
    names = (table, known.columns[column].type.rpartition(".")[2]) if known is not None else (table,)
    reasons = (may_be_changed(name, evidence) for name in names)
    return next((f"a statement that can't be evaluated may change it: {reason}" for reason in reasons if reason), None)


def _taken_elsewhere(subject: str, text: str, kind: str, evidence: Evidence) -> Place | None:
    """Return a statement of the migrations that takes a value which the column refuses, as they stand."""
    if kind == "check":
        return evidence.skipped.get(f"{subject}='{text}'") or evidence.skipped.get(f"{subject}=*")
    of_type = f"{_type_of(subject, evidence)}='{text}'"
    for taken in (of_type, f"{subject}='{text}'", f"type of {subject}"):
        if taken in evidence.skipped:
            return evidence.skipped[taken]
    schema, table, *rest = subject.split(".", 2)
    column = "".join(rest)  # none of an enum itself
    known = evidence.defined.tables.get(Name(schema, table)) if rest else None
    for constraint in known.constraint("check") if known is not None else ():
        expression = constraint.expression or ""
        if f"'{text}'" in expression and column in expression and re.search(rf"\b{re.escape(column)}\b", expression):
            return constraint.place
    return None


def _type_of(subject: str, evidence: Evidence) -> str:
    """Return the type of a column or of a function's argument, and a type as it is."""
    schema, name, *part = subject.split(".", 2)
    known = evidence.defined.tables.get(Name(schema, name)) if part else None
    if known is not None:
        return known.columns[part[0]].type
    functions = evidence.defined.functions.get(Name(schema, name), []) if part else []
    return next((a.type for one in functions for a in inputs(one) if a.name == part[0]), subject)


def _literals(binding: QueryBinding) -> Iterator[tuple[Table, str, Value, frozenset[str] | None]]:
    """Yield each literal with its column and, of a filter, all values that it asks for: none where it may ask for more.

    None stands for what is written.
    """
    for table, condition in compared(binding):
        if condition.operator in _EXACT:
            told = all(value.certain and value.kind == "string" for value in condition.values)
            asked = [value.value for value in condition.values if value.value is not None]
            alone = condition.required and condition.operator in _ASKING and not condition.path
            known = frozenset(asked) if told and alone else frozenset()
            for value in condition.values:
                if value.certain:
                    yield table, condition.column, value, known
    for table, key in written(binding):
        for value in key.values:
            yield table, key.column, value, None


def _allowed_in_sql(target: Name, column: str | None, evidence: Evidence) -> _Allowed:
    """Return what a column takes that SQL names, or an enum."""
    table = evidence.defined.tables.get(target) if column is not None else None
    if table is not None and column in table.columns:
        return _allowed(table, column, evidence)
    enum = evidence.defined.enums.get(target) if column is None else None
    return _Allowed(tuple(enum.values), "enum", enum.place) if enum is not None else _Allowed()


def _allowed(table: Table, column: str, evidence: Evidence) -> _Allowed:
    """Return what a column takes: of several checks, what each of them does; the last, where that is nothing."""
    of_type = _allowed_type(table.columns[column].type, table.place, evidence)
    if of_type.kind:
        return of_type
    found = _Allowed()
    for constraint in table.constraints.values():
        values = _listed(constraint.expression or "", column) if constraint.kind == "check" else ()
        both = tuple(value for value in values if not found.values or value in found.values) or values
        if both and both != found.values:
            found = _Allowed(both, "check", constraint.place or table.place, constraint.validated)
    return found


def _allowed_type(type_name: str, place: Place | None, evidence: Evidence) -> _Allowed:
    """Return what a type takes; `place` is told where that of the type is not known."""
    domains = {str(name): domain for name, domain in evidence.defined.domains.items()}
    over: Literal["enum", "domain"] = "enum"
    while type_name in domains:
        over, domain = "domain", domains.pop(type_name)
        for expression in domain.checks.values():
            values = _listed(expression, "value")
            if values:
                return _Allowed(values, "check", domain.place or place)
        type_name = domain.type
    for catalog in (evidence.defined, evidence.platform):
        for name, enum in catalog.enums.items():
            if str(name) == type_name:
                return _Allowed(tuple(enum.values), over, enum.place or place)
    return _Allowed()


def _listed(expression: str, column: str) -> tuple[str, ...]:
    """Return the values that a CHECK lists for a column (of a domain, `value`); nothing where it says anything else."""
    plain = _COMMENT.sub(lambda found: "" if found["comment"] else found[0], expression)
    or_null = _OR_NULL.match(plain) if "null" in plain.lower() else None
    if or_null is not None and (or_null["first"] or or_null["last"]) == column:
        plain = or_null["then"] or or_null["before"]
    match = _CHECK.match(plain)
    if match is None or match["column"] not in (column, column.upper()):
        return ()
    rest = match["values"].strip()
    values = tuple(m[1].replace("''", "'") for m in _VALUE.finditer(rest))
    return values if not _VALUE.sub("", rest).strip(" ,\t\r\n") else ()


RULE = Rule("invalid-value", "code", "high", check, needs=("migrations", "code"))
