"""A select list that PostgREST can't parse, or of which it makes SQL that fails.

**What it finds.** `select('id, author(name')`: a list of columns and embedded relations with a parenthesis that is not
closed, a character that no name has, an aggregate that there is none of. The mark stands where PostgREST stops reading.
Lists with parts that only the running program knows are left alone. Found is also a list that embeds two relations
under one name: `select('author(name), author(email)')`.

**Why it matters.** The whole request fails before any row is read: `PGRST100`, "failed to parse select parameter".
Where a parenthesis is one too many, or a comma is missing behind an embedded relation, PostgREST answers and ignores
what follows without a word. Of two relations under one name, PostgreSQL says `42712`, "table name specified more than
once".

**Severity.** *High*; *medium* where the rest is ignored.

**How to mend it.** Correct the list at the place that is marked; give relations that are embedded twice names of their
own (`first:author!first_id(name), second:author!second_id(name)`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.place import Place
from tripoint.model.query import REST_IGNORED, REST_REPEATED
from tripoint.model.words import counted
from tripoint.rules._shared import bindings

_STOPS = "PostgREST stops here"
_SAID: dict[str, tuple[Severity, str, str]] = {
    REST_IGNORED: (
        "medium",
        "PostgREST reads a part of what is selected from {of}: {refused}.",
        "PostgREST stops here",
    ),
    REST_REPEATED: (
        "high",
        "In what is selected from {of}, {refused}: the request is answered with 42712.",
        "embedded again",
    ),
}
_UNPARSED: tuple[Severity, str, str] = (
    "high",
    "PostgREST can't parse what is selected from {of}: {refused}. The request is answered with PGRST100.",
    _STOPS,
)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table or function, and each way in which lists that select from it are wrong."""
    found: dict[tuple[str, str], dict[Place, Mark]] = defaultdict(dict)
    for binding in bindings(evidence, "table", "function"):
        select = binding.query.select
        name = binding.table.name if binding.table is not None else binding.function_name
        if name is None or select is None or select.refused is None or select.refused_at is None:
            continue
        if select.refused == REST_REPEATED and any(embed.outcome != "bound" for embed in binding.embeds):
            continue  # what can't be embedded at all is refused before
        mark = Mark(select.refused_at, "code", "primary", _SAID.get(select.refused, _UNPARSED)[2], binding.query.symbol)
        found[str(name), select.refused][mark.place] = mark
    for (subject, refused), marks in sorted(found.items()):
        severity, sentence, _ = _SAID.get(refused, _UNPARSED)
        yield Fault(
            subject=subject,
            message=sentence.format(of=f"{subject} ({counted(len(marks), 'place')})", refused=refused),
            marks=tuple(marks.values()),
            severity=severity,
            help="Give one of them a name of its own: first:relation(…), second:relation(…)."
            if refused == REST_REPEATED
            else "Correct the select list at the place that is marked.",
        )


RULE = Rule("malformed-select", "code", "high", check, needs=("code",))
