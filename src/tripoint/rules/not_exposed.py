"""A call into a schema that the API does not serve.

**What it finds.** `schema('private').from(…)` or `rpc` where the schema is not among the exposed schemas
(`[api].schemas` in `supabase/config.toml`; `public` and `graphql_public` where it is not set).

**Why it matters.** Every request is refused: `PGRST106`, "The schema must be one of the following".

**How to mend it.** Expose the schema, in the configuration and in the project's API settings, or move what is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import ANY_SCHEMA, Query
from tripoint.model.words import counted, listed
from tripoint.rules._shared import bindings, code_mark


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each schema that the code asks for and the API does not serve."""
    settings = evidence.database.settings
    if evidence.database.platform != "supabase" or settings.place is None:
        return
    found: dict[str, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "table", "function"):
        schema = binding.query.schema
        if schema is None or schema == ANY_SCHEMA or binding.query.name is None:
            continue
        if schema not in settings.exposed_schemas:
            found[schema].append(binding.query)
    for schema, queries in sorted(found.items()):
        yield Fault(
            subject=schema,
            message=f"The code asks for schema {schema} in {counted(len(queries), 'call')}, but the API serves "
            f"{listed(settings.exposed_schemas)} only: each is refused with PGRST106.",
            marks=(
                *(code_mark(query) for query in queries),
                Mark(settings.place, "migrations", "related", "the API's settings"),
            ),
            severity_reason="as the local configuration says; the hosted project's settings are not known",
            help=f"Add {schema} to [api].schemas, or leave the schema out of the call.",
        )


RULE = Rule("not-exposed", "code", "medium", check, needs=("code",))
