"""A function that hands out or changes another user's row, as a proof has seen it.

**What it finds.** With `tripoint prove` (or `audit --prove`) the functions of the exposed schemas that `anon` or
`authenticated` may execute are called, as the user whose rows the arguments name, as a stranger, and without a session.
A finding is a SECURITY DEFINER function by which a stranger got texts of a row, or changed or deleted one, that the
table's policies keep from them.

What the policies show or let change anyway is none, nor what a function counts or stamps (`views + 1`), nor what only
those reach who know a token or code that is an argument.

**Why it matters.** The function runs as its owner, for whom row level security does not hold: whoever calls it with
another's id gets past every policy of the table.

**Severity.** *High* where a row is changed or deleted, is handed out as a whole, or with what is nobody else's business
(an address, a phone number, a secret); else *medium*: it may be meant, as a name beside a comment is. Also *medium*
where the right to call it was revoked from PUBLIC alone, so that only the platform's former default grants are left.

**How to mend it.** Ask for the caller in the body (`where user_id = (select auth.uid())`), make the function
`security invoker`, or `revoke execute on function … from public, anon, authenticated`. The finding's script shows the
leak on any database with the project's migrations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.proof import FunctionLeak
from tripoint.model.words import listed
from tripoint.rules._definers import exposed_definers
from tripoint.rules._shared import place_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that leaks."""
    leaks = evidence.proof.function_leaks if evidence.proof is not None else ()
    doubts = {(f.name, f.identity): doubt for f, _, doubt in exposed_definers(evidence)} if leaks else {}
    for leak in leaks:
        function = _function(leak, evidence)
        name = f"{leak.function}({', '.join(leak.identity)})"
        doubt = doubts.get((leak.function, leak.identity))
        if not (leak.changed or leak.deleted or leak.whole):
            doubt = doubt or "what it hands out may be meant for everyone"
        who = "Whoever holds the public key" if leak.role == "anon" else "A signed-in stranger"
        passes = (
            "a stranger passes"
            if leak.signed_in
            else "who is not signed in passes (what is compared with NULL is neither true nor false)"
        )
        asks = f"; it asks who calls, and {passes}" if leak.asks else ""
        yield Fault(
            subject=str(leak.function),
            message=f"{who} who calls {name} {_done(leak)}, which policies keep from them{asks}.",
            marks=place_marks(function.place if function is not None else None, "security definer"),
            severity="high" if doubt is None else "medium",
            severity_reason=doubt,
            help="Ask for the caller in the body, or revoke execute from public, anon and authenticated.",
            script=leak.script,
        )


def _function(leak: FunctionLeak, evidence: Evidence) -> Function | None:
    overloads = evidence.defined.functions.get(leak.function, ())
    return next((f for f in overloads if f.identity == leak.identity), next(iter(overloads), None))


def _done(leak: FunctionLeak) -> str:
    done = []
    if leak.read:
        done.append(f"is given another user's {listed((f'{table}.{column}' for table, column in leak.read), 5)}")
    if leak.changed:
        done.append(f"changes another user's {listed((f'{table}.{column}' for table, column in leak.changed), 5)}")
    if leak.deleted:
        done.append(f"deletes another user's row of {listed(map(str, leak.deleted), 5)}")
    return " and ".join(done)


RULE = Rule("function-leaks-rows", "schema", "high", check, needs=("migrations",), by_proof=True)
