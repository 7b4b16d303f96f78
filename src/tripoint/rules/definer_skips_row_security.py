"""A function that shows or changes other users' rows for whoever calls it.

**What it finds.** A SECURITY DEFINER function in an exposed schema that `anon` or `authenticated` may execute, whose
body reads or writes tables with row level security that would not show that role every row, and that nowhere asks who
is calling (`auth.uid()` and its like, itself or through a function that it calls).

**Why it matters.** The function runs as its owner, for whom the policies do not hold. Whoever calls it with another's
id gets or changes what the policies keep from them.

**Severity.** *Medium*; *high* where it writes to the accounts themselves (`auth.users`), *low* where a secret that it
compares keeps others out, or it tells no more than yes or no.

**How to mend it.** Ask for the caller in the body (`where user_id = (select auth.uid())`), make it `security invoker`,
or revoke the right to execute it from `public`, `anon` and `authenticated`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.catalog import Argument, Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Severity
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.rules._definers import exposed_definers, skipped_tables
from tripoint.rules._functions import spoken
from tripoint.rules._shared import place_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such function."""
    proof = evidence.proof
    # What a proof has shown, function-leaks-rows says.
    shown = {(leak.function, leak.identity) for leak in proof.function_leaks} if proof is not None else set()
    for function, roles, doubt in exposed_definers(evidence):
        skipped = skipped_tables(function, evidence)
        if not skipped or (function.name, function.identity) in shown:
            continue
        written = sorted(str(name) for name, write in skipped.items() if write)
        read = sorted(str(name) for name, write in skipped.items() if not write)
        done = " and ".join(
            f"{verb} {listed(names)}" for verb, names in (("writes to", written), ("reads", read)) if names
        )
        severity, reason = ("low", doubt) if doubt is not None else _severity(function, bool(written))
        if severity == "medium" and _ACCOUNTS in written:
            severity, reason = "high", "whoever calls it changes, makes or deletes any account"
        yield Fault(
            subject=str(function.name),
            message=f"{spoken(function, evidence)} {done} past row security for {listed(roles)}, and never asks who "
            "is calling.",
            marks=place_marks(function.place, "security definer"),
            severity=severity,
            severity_reason=reason,
            help="Ask for the caller in the body, or revoke execute from public, anon and authenticated.",
        )


_ACCOUNTS = "auth.users"
_SECRET = regex(r"token|secret|passw|otp|nonce|(?:^|_)(?:code|pin|hash|key)$", re.IGNORECASE)
_KEPT_SECRET = regex(
    r"(?:token|secret|passw(?:or)?d|passcode|otp|nonce|(?:token|secret|code|password)_hash"
    r"|(?:invit(?:e|ation)|join|access|verif\w*|confirm\w*|magic|share|claim|reset|redeem)_?(?:code|key|link|pin))$",
    re.IGNORECASE,
)
"""What an argument is called whose value only the one has who was given it; a `token_id` or a `setting_key` is none."""
_EQUAL = r"(?:=|<>|!=|is\s+(?:not\s+)?distinct\s+from)"
_OPERAND = r'[\w."]+\s*\(?[\w.,\s"]*\)?'
_SECRET_COLUMN = r"\w*(?:token|secret|passcode|(?:invite|join|access|share|claim)_(?:code|key))(?:_hash)?"
"""A column that holds such a secret: what it is compared with is one, whatever the argument is called."""
_OF_A_DEVICE = regex(r"push|fcm|apns|device|expo", re.IGNORECASE)
_WRITTEN = frozenset({"text", "character varying", "uuid", "bytea", "citext"})
_SHOWS_ROWS = regex(r"^(?:SETOF |TABLE\()|json|record|\[\]$|\.", re.IGNORECASE)
"""A result that can carry a row: a set, a table, JSON, an array, a type of the project."""


def _severity(function: Function, writes: bool) -> tuple[Severity, str | None]:
    """A function that only reads tells little where no argument picks the row, or only who knows a secret can; one that
    writes does little where it compares that secret."""
    given = [a for a in function.arguments if a.mode in ("in", "inout", "variadic") and a.name]
    if writes:
        kept = next((a.name for at, a in enumerate(given, 1) if _keeps_out(a, at, function.body or "")), None)
        if kept is not None:
            return "low", f"it compares its argument {kept}, which only the one who was given it should know"
        if not given:
            return "low", "no argument says what it writes"
        return "medium", None
    if function.returns in ("boolean", "void"):
        return "low", "it tells no more than yes or no"
    secret = next((a.name for a in given if _SECRET.search(a.name or "")), None)
    if secret is not None:
        return "low", f"its argument {secret} reads like what only the one who was given it knows"
    if not function.identity and not _SHOWS_ROWS.search(function.returns or ""):
        return "low", "it returns one value, and no argument picks whose"
    return "medium", None


def _keeps_out(argument: Argument, position: int, body: str) -> bool:
    """Whether an argument is a secret that a condition of the body compares; one that a row is given says nothing."""
    name = argument.name or ""
    if _OF_A_DEVICE.search(name) or argument.type not in _WRITTEN:
        return False
    given = rf"(?:[\w.]+\s*\(\s*)*(?:\w+\.)?(?:{re.escape(name)}\b|\${position}(?!\d))"
    column = rf"(?:\w+\.)?(?!\w*(?:push|fcm|apns|device|expo)){_SECRET_COLUMN}"
    compared = rf"{column}\s*=\s*{given}|{given}\s*=\s*{column}\b"
    if _KEPT_SECRET.search(name):
        compared += rf"|{_OPERAND}\s*{_EQUAL}\s*{given}|{given}[^;=]{{0,40}}?{_EQUAL}"
    condition = rf"\b(?:where|and|or|if|elsif|when|on|not)\b[\s(]*(?:{compared})"
    return re.search(condition, re.sub(r"--[^\n]*", "", body), re.IGNORECASE) is not None


RULE = Rule("definer-skips-row-security", "schema", "medium", check, needs=("migrations",))
