"""An edge function that the code or the database invokes and the project does not hold.

**What it finds.** `functions.invoke('name')`, or an address with `/functions/v1/name` in the database's functions,
triggers and scheduled jobs that send requests, without a folder `supabase/functions/name`, in a project that keeps its
edge functions there.

**Severity.** *Medium*, since it may be deployed from elsewhere; *low* where more than two are missing and the project
holds fewer: they are kept elsewhere then. *High* where a slip of the keyboard is all that sets its name apart from that
of one that is there.

**Why it matters.** The call is answered with 404, unless the function was deployed from elsewhere. Of a call that the
database makes, nobody sees the answer.

**How to mend it.** Add the function, or correct the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, is_slip
from tripoint.model.words import counted, listed
from tripoint.rules._shared import bindings, code_mark

_FEW = 2
"""Functions that may be missing by mistake, however few the project holds."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each edge function that is invoked and not there."""
    known = evidence.database.settings.edge_functions
    if not known:
        return
    found: dict[str, list[Mark]] = defaultdict(list)
    for binding in bindings(evidence, "edge-function"):
        name = (binding.query.name or "").split("?")[0].strip("/").split("/")[0]
        if name and name not in known:
            found[name].append(code_mark(binding.query))
    for invoked in evidence.invocations:
        if invoked.name not in known:
            found[invoked.name].append(Mark(invoked.place, "migrations", "primary", None, invoked.owner))
    few = len(found) > _FEW and len(known) < len(found)
    kept = f"the project holds {counted(len(known), 'function')} and invokes {len(found)} others"
    for name, marks in sorted(found.items()):
        witnesses = {mark.witness for mark in marks}
        who = "The code" if witnesses == {"code"} else "The database's SQL"
        who = "The code and the database's SQL" if len(witnesses) > 1 else who
        suggestions = evidence.meanings.get(name, ())
        slip = suggestions[0].target if is_slip(suggestions) else None
        reason = f"{kept}: they are kept elsewhere" if few else None
        yield Fault(
            severity="high" if slip is not None else "low" if few else None,
            severity_reason=f"a slip of the keyboard is all that sets it apart from {slip}" if slip else reason,
            subject=name,
            message=f"{who} {'invoke' if len(witnesses) > 1 else 'invokes'} the edge function {name} in "
            f"{counted(len(marks), 'place')}, but there is no folder supabase/functions/{name}: the call is answered "
            f"with 404. The project holds {listed(known)}.",
            marks=tuple(marks),
            help=f"Add supabase/functions/{name}, or correct the name.",
            suggestions=suggestions,
        )


RULE = Rule("missing-edge-function", "code", "medium", check, needs=("code",))
