"""The specialists' rules by name: what each finds, and how much its findings weigh here."""

from __future__ import annotations

from typing import Final

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Severity

__all__ = ["specialist_names", "specialist_rule"]

_SQUAWK_NAMES: Final = """
adding-field-with-default adding-foreign-key-constraint adding-not-nullable-field adding-required-field
adding-serial-primary-key-field ban-add-column ban-add-composite-attribute ban-add-enum-value
ban-alter-database-options ban-alter-domain-with-add-constraint ban-alter-extension
ban-alter-function-options ban-alter-generated-expression ban-alter-identity ban-alter-policy-condition
ban-alter-policy-roles ban-alter-role-options ban-alter-row-level-security ban-alter-sequence-values
ban-alter-system-options ban-alter-view-options ban-char-field ban-concurrent-index-creation-in-transaction
ban-create-domain-with-constraint ban-create-policy ban-detach-inheritance ban-disable-trigger
ban-drop-column ban-drop-constraint ban-drop-database ban-drop-domain ban-drop-extension ban-drop-function
ban-drop-generated-expression ban-drop-index ban-drop-not-null ban-drop-policy ban-drop-schema
ban-drop-sequence ban-drop-table ban-drop-type ban-drop-view ban-duplicate-column-assignments
ban-new-write-restriction ban-replace-view-function ban-replica-identity ban-revoke ban-set-default
ban-set-schema ban-truncate-cascade ban-uncommitted-transaction changing-column-type
constraint-missing-not-valid disallowed-unique-constraint identifier-too-long prefer-bigint-over-int
prefer-bigint-over-smallint prefer-identity prefer-repack prefer-robust-stmts prefer-text-field
prefer-timestamp-tz renaming-column renaming-object renaming-table require-concurrent-index-creation
require-concurrent-index-deletion require-concurrent-partition-detach
require-concurrent-reindex require-enum-value-ordering require-lock-timeout require-statement-timeout
require-table-schema require-timeout-settings transaction-nesting
"""
_SQUAWK: Final = tuple(_SQUAWK_NAMES.split())
"""Of squawk 2.70."""

_BREAKS: Final = frozenset({"adding-required-field", "ban-concurrent-index-creation-in-transaction"})
"""What PostgreSQL refuses when the migration runs on a table with rows, or in a transaction."""

_PGRLS: Final[dict[str, tuple[Severity, str]]] = {
    "SEC001": ("high", "RLS not enabled on table"),
    "SEC002": ("medium", "FORCE ROW LEVEL SECURITY missing"),
    "SEC003": ("medium", "Permissive policy grants access to PUBLIC"),
    "SEC004": ("high", "Inverted auth check (permits anonymous access)"),
    "SEC005": ("low", "Policy expression does not reference any column of the table"),
    "SEC006": ("medium", "Write-side policy missing WITH CHECK"),
    "SEC007": ("info", "All policies on table are permissive"),
    "SEC008": ("low", "Permissive policy USING clause is constant true"),
    "SEC009": ("low", "RLS enabled but no policies defined"),
    "SEC010": ("low", "Policy clause is constant false"),
    "SEC011": ("low", "Policy expression has an `OR true` branch"),
    "SEC012": ("low", "Table has only RESTRICTIVE policies (silent deny-all)"),
    "SEC013": ("low", "Trigger on RLS-protected table can bypass policies"),
    "SEC014": ("low", "SECURITY DEFINER function bypasses caller's RLS"),
    "SEC015": ("low", "SECURITY DEFINER function exposed to pg_temp shadowing"),
    "SEC016": ("low", "Role with BYPASSRLS attribute bypasses all RLS"),
    "SEC017": ("low", "Function with LEAKPROOF attribute bypasses the RLS barrier"),
    "SEC018": ("low", "Policy compares a column against current_user / session_user"),
    "SEC019": ("info", "Policy calls current_setting() without the missing_ok argument"),
    "SEC020": ("low", "Policy WITH CHECK is constant true but USING is not"),
    "SEC021": ("info", "Policy compares an identity column against a hardcoded literal"),
    "SEC022": ("info", "RLS-enabled table has no write-side policy"),
    "SEC023": ("low", "Policy applies to a role that bypasses RLS"),
    "SEC024": ("info", "Policy calls current_setting() with an unqualified parameter name"),
    "SEC025": ("low", "Policy predicate references a table that has RLS disabled"),
    "SEC026": ("low", "Policy uses LIKE/regex pattern matching against an auth context"),
    "SEC027": ("info", "RLS table has a principal column no policy scopes by"),
    "SEC028": ("low", "Write-side policy WITH CHECK is constant true (open write)"),
    "SEC029": ("low", "Role can SET ROLE to a BYPASSRLS role (RLS-bypass path)"),
    "SEC030": ("info", "Policy scopes by a nullable discriminator column"),
    "SEC031": ("low", "Restrictive policy USING clause is constant true"),
    "SEC032": ("high", "Table has policies but RLS is not enabled"),
    "SEC033": ("high", "Policy scopes by user-modifiable JWT claim (user_metadata)"),
    "SEC034": ("low", "Policy gates on auth.email() (mutable per user; case-sensitive)"),
    "SEC035": ("low", "UNIQUE constraint not scoped to the tenant discriminator"),
    "SEC036": ("high", "Policy EXISTS sub-select against auth.users has no caller binding"),
    "SEC037": ("low", "Policy compares auth.role() to an unknown role name (silent deny)"),
    "SEC038": ("high", "Anonymous read leak (USING is unconditionally true for an unauthenticated session)"),
    "SEC039": ("medium", "Permissive write policy grants access to the anonymous role"),
    "SEC040": ("low", "Write-side policy WITH CHECK drops USING's row scope"),
    "SEC041": ("low", "Partition child bypasses the partitioned parent's RLS"),
    "SEC042": ("high", "Anonymously-executable SECURITY DEFINER function bypasses RLS"),
    "SEC043": ("low", "Legacy-inheritance child bypasses the parent's RLS"),
    "SEC044": ("low", "Default privileges grant future tables to a low-trust role"),
    "SEC045": ("low", "Sensitive column granted to a low-trust role"),
    "SEC046": (
        "high",
        "Policy calls an IMMUTABLE function that reads session state (constant-folded, cross-user leak)",
    ),
    "SEC047": ("low", "Foreign key to an RLS-protected parent is a cross-tenant existence oracle"),
    "SEC048": ("low", "Low-trust role can reach an RLS table's owner that is not FORCE'd"),
    "SEC049": ("low", "PostgREST-exposed table readable by a low-trust role"),
    "SEC050": ("low", "Storage policy not scoped to a bucket (cross-bucket access)"),
    "SEC051": ("low", "Realtime-published table has RLS disabled (unfiltered broadcast)"),
    "SEC052": ("high", "Auth user table exposed through an API-schema view"),
    "SEC053": ("high", "Foreign table exposed in an API schema"),
    "SEC054": ("high", "Materialized view exposed in an API schema"),
    "SEC055": ("low", "Tenant policy uses the silent binding form after the schema adopted the raising one"),
    "PERF001": ("low", "Auth function called per-row in policy USING/WITH CHECK"),
    "PERF002": ("low", "Policy expression uses a VOLATILE function"),
    "PERF003": ("low", "Policy predicate column without leading-column index"),
    "PERF004": ("low", "Policy filters on a function-wrapped column, defeating a plain index"),
    "PERF005": ("info", "RLS table observed to sequentially scan in production"),
    "HYG001": ("medium", "Policy references a column that doesn't exist on the table"),
    "HYG002": ("low", "Policy named like a placeholder"),
    "HYG003": ("info", "Policy duplicates another policy on the same table"),
    "HYG004": ("info", "Policy has no behavioral test"),
    "VIEW001": ("high", "View bypasses RLS without security_invoker"),
    "VIEW002": ("low", "View is not a security barrier"),
    "VIEW003": ("low", "Materialized view captures RLS-protected data at refresh time"),
    "VIEW004": ("low", "View calls SECURITY DEFINER function that reads RLS-protected table"),
}
"""Of pgrls 0.57: an error of it is *high* here where it says that rows leak, and *medium* where it says how to be
safer."""

_DOCS: Final = {
    "squawk": "https://squawkhq.com/docs/{}",
    "pgrls": "`pgrls explain {}`",
}


def specialist_names() -> tuple[str, ...]:
    """Return the names of all rules of the specialists, sorted."""
    return tuple(sorted([*(f"squawk/{name}" for name in _SQUAWK), *(f"pgrls/{name}" for name in _PGRLS)]))


def specialist_rule(name: str) -> Rule | None:
    """Return the rule of a specialist's that is called `tool/rule`; also one that a later version of the tool has."""
    tool, _, own = name.partition("/")
    if tool == "squawk" and own:
        severity: Severity = "medium" if own in _BREAKS else "info" if own.startswith("prefer-") else "low"
        return Rule(name, "migrations", severity, _elsewhere, _page(tool, own, own.replace("-", " ")), ("migrations",))
    if tool == "pgrls" and own:
        severity, title = _PGRLS.get(own, ("low", own))
        return Rule(name, "schema", severity, _elsewhere, _page(tool, own, title), ("database",))
    return None


def _elsewhere(evidence: Evidence) -> tuple[Fault, ...]:
    """Find nothing: a specialist's faults come from the specialist."""
    return ()


def _page(tool: str, own: str, title: str) -> str:
    return (
        f"{title[:1].upper()}{title[1:]}.\n\n"
        f"**What it finds.** A rule of {tool}, which runs where it is asked for (`--with {tool}`) and "
        f"`tripoint[{tool}]` is installed. Its page: {_DOCS[tool].format(own)}.\n\n"
        "**Why it matters.** See there.\n\n"
        "**How to mend it.** See there; the finding's help holds what the tool says."
    )
