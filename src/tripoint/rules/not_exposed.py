"""A call into a schema that the API does not serve.

**What it finds.** `schema('private').from(…)` or `rpc` where the schema is not among the exposed schemas
(`[api].schemas` in `supabase/config.toml`; `public` and `graphql_public` where it is not set); or a call that asks for
PostgreSQL's own catalog, such as `from('pg_tables')` or `schema('information_schema')`.

**Why it matters.** Every request is refused: `PGRST106`, "The schema must be one of the following", or `PGRST205` where
the table is looked for in a schema that is served.

**How to mend it.** Expose the schema, in the configuration and in the project's API settings, or move what is needed.
What the catalog says is asked through a function of `public`, or in SQL on the server.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import lookup_table, query_table_name, system_relation
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.query import ANY_SCHEMA, Query
from tripoint.model.words import counted, listed
from tripoint.rules._shared import bindings, code_mark


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each schema that the code asks for and the API does not serve."""
    yield from _of_the_catalog(evidence)
    settings = evidence.database.settings
    if evidence.database.platform != "supabase" or settings.place is None:
        return
    found: dict[str, list[Query]] = defaultdict(list)
    for binding in bindings(evidence, "table", "function"):
        schema = binding.query.schema
        if schema is None or schema == ANY_SCHEMA or binding.query.name is None:
            continue
        if binding.query.kind == "table" and _system(binding.query, evidence) is not None:
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


def _of_the_catalog(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each of PostgreSQL's own schemas that the code asks the API for."""
    asked: dict[str, list[tuple[Name, Query]]] = defaultdict(list)
    for binding in bindings(evidence, "table"):
        name = _system(binding.query, evidence)
        if name is not None and name.schema not in evidence.database.settings.exposed_schemas:
            asked[name.schema].append((name, binding.query))
    for schema, found in sorted(asked.items()):
        guard = next((query.guarded for _, query in found if query.guarded), None)
        expected = guard is not None and all(query.guarded for _, query in found)
        relations = sorted({name.name for name, _ in found})
        codes = sorted({"PGRST106" if query.schema == schema else "PGRST205" for _, query in found})
        yield Fault(
            subject=schema,
            message=f"The code asks for {listed(relations)} of {schema} in {counted(len(found), 'call')}, but the API "
            f"does not serve PostgreSQL's own catalog: each is refused with {listed(codes, word='or')}.",
            marks=tuple(code_mark(query) for _, query in found),
            severity="low" if expected else "medium",
            severity_reason=f"the code expects that it may fail: {guard}" if expected else None,
            help="Ask through a function of public, or in SQL on the server.",
        )


def _system(query: Query, evidence: Evidence) -> Name | None:
    name = query_table_name(query, evidence)
    if name is None or lookup_table(name, evidence) is not None:
        return None
    return system_relation(name)


RULE = Rule("not-exposed", "code", "medium", check, needs=("code",))
