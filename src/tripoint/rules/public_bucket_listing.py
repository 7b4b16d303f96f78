"""A public storage bucket whose files anyone can list.

**What it finds.** A bucket that is public, and a policy on `storage.objects` that shows all of its files to everyone
or to signed-in users: its condition is `true` or no more than the bucket's name.

**Why it matters.** Files of a public bucket are served by their address without any policy. This one lets whoever holds
the public key find the names of all files.

**How to mend it.** Drop the policy, or, where users replace or remove their files (which takes a policy for select),
show each user their own folder: `(storage.foldername(name))[1] = (select auth.uid())::text`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Bucket, Policy
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.rules._conditions import always_passes
from tripoint.rules._policies import policy_mark, roles_of
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each public bucket that can be listed."""
    objects = evidence.defined.tables.get(Name("storage", "objects"))
    for key, bucket in sorted(evidence.defined.buckets.items()):
        if not bucket.public or objects is None:
            continue
        policies = [p for _, p in sorted(objects.policies.items()) if _shows(p, bucket)]
        if not policies:
            continue
        who = "anyone" if any("anon" in roles_of(p) for p in policies) else "every signed-in user"
        yield Fault(
            subject=f"storage.buckets/{key}",
            message=f'The bucket {key} is public, and policy "{policies[0].name}" lets {who} list all of its files.',
            marks=(
                *(mark for policy in policies for mark in policy_mark(policy, "shows every file")),
                *((Mark(bucket.place, "migrations", "related", "public bucket"),) if bucket.place else ()),
            ),
            help="Files of a public bucket are served without a policy: drop it, or limit it to the user's own folder.",
        )


def _shows(policy: Policy, bucket: Bucket) -> bool:
    if not policy.permissive or policy.command not in ("select", "all"):
        return False
    roles = roles_of(policy)
    return any(always_passes(policy.using, role) for role in roles) or (bool(roles) and _names(policy.using, bucket.id))


def _names(expression: str | None, bucket: str) -> bool:
    """Whether a condition is `bucket_id = '…'` and nothing more, of this bucket."""
    node = parse_expression(expression) if expression else None
    body = node.get("A_Expr", {}) if node is not None else {}
    if body.get("kind") != "AEXPR_OP" or strings(body["name"]) != ("=",):
        return False
    sides = (body["lexpr"], body["rexpr"])
    columns = [strings(side["ColumnRef"]["fields"])[-1] for side in sides if "ColumnRef" in side]
    return columns == ["bucket_id"] and any(_text(side) == bucket for side in sides)


def _text(node: dict[str, object]) -> str | None:
    inner = node
    while "TypeCast" in inner:
        inner = inner["TypeCast"]["arg"]  # type: ignore[index]
    constant = inner.get("A_Const", {})
    return constant.get("sval", {}).get("sval") if isinstance(constant, dict) else None


RULE = Rule("public-bucket-listing", "schema", "low", check, needs=("migrations",))
