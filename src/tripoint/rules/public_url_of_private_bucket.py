"""The public address of a file in a bucket that is private.

**What it finds.** `storage.from('avatars').getPublicUrl(…)` where the migrations or `supabase/config.toml` make the
bucket, and not as a public one.

**Why it matters.** The call makes an address without asking anyone. What is opened by it answers "Bucket not found":
the picture stays away, and nothing in the code says why.

**Severity.** *Medium*: the bucket may have been made public by hand, and a fresh environment has it private. *Low*
where a statement that can't be evaluated may change buckets.

**How to mend it.** Make the bucket public, if everyone may see its files, or sign the address: `createSignedUrl`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import Query
from tripoint.model.words import counted
from tripoint.rules._shared import bindings, code_mark


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each private bucket whose files the code gives a public address."""
    if evidence.database.platform != "supabase":
        return
    found: dict[str, list[Query]] = defaultdict(list)
    made_by_code = {query.name for query in evidence.queries if query.kind == "bucket" and query.operation == "insert"}
    for binding in bindings(evidence, "bucket"):
        query = binding.query
        if query.name is not None and not query.alternatives and "getpublicurl" in query.methods:
            found[query.name].append(query)
    for name, queries in sorted(found.items()):
        bucket = evidence.defined.buckets.get(name)
        others = [c.buckets.get(name) for c in (evidence.declared, evidence.held) if c is not None]
        public = bucket is not None and any(one is not None and one.public for one in (bucket, *others))
        if bucket is None or public or name in made_by_code:  # as what the code makes it is not told
            continue
        changed = next((one.reason for one in evidence.opaque if _may_change(one.may_touch)), None)
        yield Fault(
            subject=f"storage.buckets/{name}",
            message=f"The bucket {name} is private, but the code makes public addresses of its files in "
            f'{counted(len(queries), "place")}: they answer "Bucket not found".',
            marks=(
                *(code_mark(query) for query in queries),
                *((Mark(bucket.place, "migrations", "related", "a private bucket"),) if bucket.place else ()),
            ),
            severity="low" if changed is not None else None,
            severity_reason=f"a statement that can't be evaluated may change it: {changed}" if changed else None,
            help=f"update storage.buckets set public = true where id = '{name}'; or createSignedUrl in the code.",
        )


def _may_change(touched: frozenset[str] | None) -> bool:
    return touched is None or "storage.buckets" in touched


RULE = Rule("public-url-of-private-bucket", "code", "medium", check, needs=("migrations", "code"))
