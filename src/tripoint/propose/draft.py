"""What a proposal is made of before it is printed and proven."""

from __future__ import annotations

from msgspec import Struct, field

from tripoint.model.evidence import MigrationFile
from tripoint.model.name import Name

__all__ = ["GUESSES", "ColumnPlan", "Draft", "IndexPlan", "PolicyPlan", "TablePlan", "TriggerPlan"]


GUESSES = frozenset({"by its name", "another system's id, by its name", "nothing shows its type"})
"""The reasons for a type that no code and no document gives."""


class ColumnPlan(Struct):
    """A column to be made, and why it looks like that."""

    name: str
    type: str
    """As `format_type` writes it."""
    nullable: bool = True
    default: str | None = None
    identity: str = ""
    references: Name | None = None
    referenced_column: str = "id"
    on_delete: str = "no action"
    check: str | None = None
    reasons: list[str] = field(default_factory=list)
    serial: bool = False
    """Whether the default is a sequence of its own."""

    @property
    def guessed(self) -> bool:
        """Whether nothing but its name, or nothing at all, says of what type it is."""
        return bool(GUESSES & set(self.reasons))


class IndexPlan(Struct, frozen=True):
    """An index to be made."""

    name: str
    columns: tuple[str, ...]
    reason: str
    unique: bool = False


class PolicyPlan(Struct, frozen=True):
    """A row security policy to be made."""

    name: str
    command: str
    roles: tuple[str, ...]
    using: str | None
    check: str | None
    permissive: bool = True


class TriggerPlan(Struct, frozen=True):
    """A trigger to be made."""

    name: str
    function: Name
    timing: str
    events: tuple[str, ...]
    reason: str


class TablePlan(Struct):
    """A table to be made with all that belongs to it."""

    name: Name
    columns: list[ColumnPlan] = field(default_factory=list)
    key: tuple[str, ...] = ()
    key_reason: str = ""
    uniques: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    """(columns, reason)."""
    indexes: list[IndexPlan] = field(default_factory=list)
    row_security: str | None = None
    """Why row security is enabled; None where it isn't."""
    policies: list[PolicyPlan] = field(default_factory=list)
    policy_reason: str = ""
    writers_open: bool = False
    """Whether the policies leave it to the reader who may write, on purpose."""
    triggers: list[TriggerPlan] = field(default_factory=list)
    grants: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    """(privileges, role)."""
    grant_reason: str = ""
    remarks: list[str] = field(default_factory=list)
    """What could not be put in, and why."""


class Draft(Struct, frozen=True):
    """SQL that would mend one finding, and where it belongs."""

    database: str
    rule: str
    subject: str
    sql: str
    title: str
    """Words for a file's name: `create_personas`."""
    down: str
    """What takes it back, for runners that keep that beside it."""
    before: MigrationFile | None = None
    """The first migration that fails without it; None where it may stand at the end."""
    appended: str | None = None
    """Where `before` is set: the form for the end of the history, for a database to which that
    migration was applied already."""
    completes: bool = False
    """Whether it adds to an earlier draft of the same subject what could not be made there."""
    guessed: tuple[str, ...] = ()
    """Columns whose type nothing shows."""
    withheld: str | None = None
    """Why it is not to be applied as it stands, whatever a proof would show, as a clause."""
    also: tuple[str, ...] = ()
    """Further subjects of the same rule that it mends."""
    writers_open: bool = False
    """Whether its policies leave it to the reader who may write, on purpose."""
