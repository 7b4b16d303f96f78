"""An extension in the schema that the API serves.

**What it finds.** `create extension` into `public`.

**Why it matters.** Its functions become part of the API, and its objects stand among the application's own.

**How to mend it.** `create extension … with schema extensions`, or `alter extension … set schema extensions` where
the extension allows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import place_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each extension in an exposed schema."""
    settings = evidence.database.settings
    if evidence.database.platform != "supabase":
        return
    for name, extension in sorted(evidence.defined.extensions.items()):
        brought = evidence.platform.extensions.get(name)
        moved = brought is None or brought.schema != extension.schema
        if moved and extension.schema in settings.exposed_schemas:
            yield Fault(
                subject=name,
                message=f"The extension {name} is installed in {extension.schema}, which the API serves.",
                marks=place_marks(extension.place, "created here"),
                help=f"create extension {name} with schema extensions;",
            )


RULE = Rule("extension-in-public", "schema", "info", check, needs=("migrations",))
