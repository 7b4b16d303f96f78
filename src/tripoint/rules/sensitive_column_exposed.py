"""A column that holds a secret or personal data, in a table whose rows everyone can read.

**What it finds.** A column named for a credential, an identity document or financial data (`api_key`, `password_hash`,
`ssn`, `iban`) in an exposed schema, that `anon` or `authenticated` may select, in a table without row level security or
with a policy that shows every row. It is *high* where no session is needed, else *medium*,
as in a project so young that the platform grants nothing by default.

**Why it matters.** The API returns whole rows: the public key is enough to read the column of every user.

**How to mend it.** Enable row level security with a policy that shows users their own rows; move the column to a table
of its own; or revoke it: `revoke select on … from anon, authenticated`, then grant the other columns by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.rules._access import CLIENT_ROLES, may_see_every_row, privileges
from tripoint.rules._days import without_default_grants
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks

_SENSITIVE = frozenset(
    {
        "2fa_code",
        "2fa_secret",
        "access_token",
        "account_number",
        "api_key",
        "api_secret",
        "api_token",
        "apikey",
        "auth_key",
        "auth_token",
        "backup_code",
        "backup_codes",
        "bank_account",
        "bank_account_number",
        "bearer_token",
        "card_number",
        "client_secret",
        "credit_card",
        "credit_card_number",
        "cvc",
        "cvv",
        "driver_license",
        "drivers_license",
        "encrypted_password",
        "hashed_password",
        "health_record",
        "iban",
        "insurance_number",
        "invitation_token",
        "invite_token",
        "jwt",
        "medical_record",
        "mfa_secret",
        "national_id",
        "oauth_token",
        "otp",
        "otp_code",
        "passphrase",
        "passport_id",
        "passport_number",
        "passwd",
        "password",
        "password_digest",
        "password_hash",
        "pgp_key",
        "pin_code",
        "private_key",
        "pwd",
        "recovery_code",
        "recovery_codes",
        "refresh_token",
        "reset_token",
        "routing_number",
        "secret",
        "secret_key",
        "service_role_key",
        "session_token",
        "signing_secret",
        "social_security",
        "social_security_number",
        "ssh_key",
        "ssn",
        "swift_code",
        "tax_id",
        "token",
        "totp_secret",
        "two_factor_secret",
        "verification_code",
        "webhook_secret",
    }
)
"""Names that stand for such data in nearly every schema; ambiguous ones (`certificate`, `treatment`) are left out."""

_LEDGER = frozenset({"block_num", "block_number", "chain_id", "contract_address", "tx_hash", "transaction_hash"})
"""Columns of what a blockchain's events are kept in: a token there is a currency."""

_BANK = regex(r"bank|iban|swift|routing|branch|ifsc|sort_code|beneficiary|payout|account_?holder|account_(?:name|type)")
"""What stands beside the number of a bank account; a meter and a subscriber have an account number as well."""

_PAID_WITH = regex(r"cvv|cvc|expir|exp_(?:month|year|date)|holder|payment|billing|bank|credit|debit|iban|wallet")
"""What stands beside the number of a card that is paid with; those of a collection are numbered as well."""

_NUMBERED = frozenset({"integer", "bigint", "smallint", "uuid"})
"""Types of a key: such a `tax_id` names a rate in a table of taxes, not who pays them."""

_HUMP = regex(r"(?<=[a-z0-9])(?=[A-Z])")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that shows such columns."""
    for table in own_tables(evidence, "table"):
        if not is_exposed(table, evidence):
            continue
        columns = [column for name, column in _named(table).items() if name in _SENSITIVE]
        found = {
            role: [c for c in columns if _may_read(table, role, c.name)]
            for role in CLIENT_ROLES
            if may_see_every_row(table, role)
        }
        shown = found.get("anon") or found.get("authenticated")
        if not shown:
            continue
        anyone = bool(found.get("anon"))
        severity: Severity = "high" if anyone else "medium"
        reason, held = assumed_grants(table, evidence)[1], tuple[Mark, ...]()
        if severity == "high" and reason is not None and (young := without_default_grants(evidence)) is not None:
            severity, reason = "medium", young
        if not table.row_security:
            severity, reason, held = lowered(evidence, "row security", str(table.name), severity, reason)
        yield Fault(
            subject=str(table.name),
            message=f"{'Whoever holds the public key' if anyone else 'Every signed-in user'} reads "
            f"{listed(c.name for c in shown)} of every row of {table.name}.",
            marks=(
                *(
                    tuple(Mark(c.place, "migrations", "primary", c.name) for c in shown if c.place is not None)
                    or table_marks(table, role="primary")
                ),
                *held,
            ),
            severity=severity,
            severity_reason=reason,
            help="Show users their own rows alone, or keep these columns from the API's roles.",
        )


def _named(table: Table) -> dict[str, Column]:
    """Return the columns by their names in one spelling, without those that mean something else in such a table."""
    named = {_HUMP.sub("_", name).lower().replace("-", "_"): column for name, column in table.columns.items()}
    if _LEDGER & named.keys():
        named.pop("token", None)
    for number, beside in (("account_number", _BANK), ("card_number", _PAID_WITH)):
        if not any(beside.search(name) for name in (table.name.name, *named)):
            named.pop(number, None)
    tax = named.get("tax_id")
    if tax is not None and tax.type in _NUMBERED:
        del named["tax_id"]
    return named


def _may_read(table: Table, role: str, column: str) -> bool:
    return "select" in privileges(table, role) or any(
        g.role in (role, "public") and g.privilege == "select" and g.column == column for g in table.grants
    )


RULE = Rule("sensitive-column-exposed", "schema", "high", check, needs=("migrations",))
