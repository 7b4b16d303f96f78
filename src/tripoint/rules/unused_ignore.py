"""An ignore that hides nothing.

**What it finds.** A comment `tripoint: ignore[rule]` on a line that has no such finding, with the name of no rule, or
without the reason that the settings require; a glob of the settings' `per-path-ignores` that matches no file; and
entries of the settings' baseline that no finding has any more. What this run could not find, for want of a database or
of a proof, is not called unused.

**Why it matters.** What it once hid is mended, or has moved: it misleads, and it will hide the next fault that comes
to stand there.

**How to mend it.** Remove it, or move it to the line of the finding or the line above; `tripoint baseline --prune`
takes out what is mended.
"""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule


def check(evidence: Evidence) -> Iterable[Fault]:
    """Yield nothing: which ignores were without effect shows only when all rules have run (`tripoint.suppress`)."""
    return ()


RULE = Rule("unused-ignore", "schema", "low", check)
