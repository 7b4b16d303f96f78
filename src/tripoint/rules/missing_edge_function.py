"""An edge function that the code invokes and the project does not hold.

**What it finds.** `functions.invoke('name')` without a folder `supabase/functions/name`, in a project that keeps its
edge functions there.

**Severity.** *Medium*, since it may be deployed from elsewhere; *low* where more than two are missing and the project
holds fewer: they are kept elsewhere then. *High* where a slip of the keyboard is all that sets its name apart from that
of one that is there.

**Why it matters.** The call is answered with 404, unless the function was deployed from elsewhere.

**How to mend it.** Add the function, or correct the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, is_slip
from tripoint.model.query import Query
from tripoint.model.words import counted, listed
from tripoint.rules._shared import bindings, code_mark

_FEW = 2
"""Functions that may be missing by mistake, however few the project holds."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each edge function that is invoked and not there."""
    known = evidence.database.settings.edge_functions
    if not known:
        return
    found: dict[str, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "edge-function"):
        name = (binding.query.name or "").split("?")[0].strip("/").split("/")[0]
        if name and name not in known:
            found[name].append(binding.query)
    few = len(found) > _FEW and len(known) < len(found)
    kept = f"the project holds {counted(len(known), 'function')} and invokes {len(found)} others"
    for name, queries in sorted(found.items()):
        suggestions = evidence.meanings.get(name, ())
        slip = suggestions[0].target if is_slip(suggestions) else None
        reason = f"{kept}: they are kept elsewhere" if few else None
        yield Fault(
            severity="high" if slip is not None else "low" if few else None,
            severity_reason=f"a slip of the keyboard is all that sets it apart from {slip}" if slip else reason,
            subject=name,
            message=f"The code invokes the edge function {name} in {counted(len(queries), 'place')}, but there is no "
            f"folder supabase/functions/{name}: the call is answered with 404. The project holds {listed(known)}.",
            marks=tuple(code_mark(query) for query in queries),
            help=f"Add supabase/functions/{name}, or correct the name.",
            suggestions=suggestions,
        )


RULE = Rule("missing-edge-function", "code", "medium", check, needs=("code",))
