"""A function that runs as its owner and that the API's users may call.

**What it finds.** A SECURITY DEFINER function in an exposed schema that `anon` or `authenticated` may execute, other
than a trigger's. Where its body skips row security without asking who is calling, `definer-skips-row-security` says so
instead.

Where the right was taken from `anon` or `authenticated` and PUBLIC, which every role belongs to, was left it, the
finding is *medium*: whoever wrote that meant something else.

**Why it matters.** Every new function may be executed by everyone unless that is revoked, and such a function reads and
writes with its owner's rights: it is part of the API's surface, and deserves a look.

**How to mend it.** `revoke execute on function … from public, anon`, `security invoker`, or move it to a schema that
the API does not serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._definers import exposed_definers, revoked_in_vain, skipped_tables
from tripoint.rules._functions import spoken
from tripoint.rules._shared import place_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such function."""
    for function, roles, doubt in exposed_definers(evidence):
        if doubt is not None or skipped_tables(function, evidence):
            continue
        vain = revoked_in_vain(function, evidence)
        still = f" The right was taken from {listed(vain)}, but PUBLIC still holds it." if vain else ""
        yield Fault(
            subject=str(function.name),
            message=f"{listed(roles)} may call {spoken(function, evidence)}, which runs as its owner.{still}",
            severity="medium" if vain else None,
            severity_reason="a REVOKE that leaves PUBLIC its right has no effect" if vain else None,
            marks=place_marks(function.place, "security definer"),
            help=f"revoke execute on function {function.name}({', '.join(function.identity)}) from public, anon, "
            "authenticated; unless the API's users are meant to call it.",
        )


RULE = Rule("public-security-definer-function", "schema", "info", check, needs=("migrations",))
