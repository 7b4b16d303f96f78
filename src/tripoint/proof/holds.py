"""Whether the policies of a table, such as one that is proposed, hold for two generated users."""

from __future__ import annotations

from msgspec import Struct

from tripoint.model.name import Name
from tripoint.proof.prove import Matrix

__all__ = ["Held", "policies_hold"]


class Held(Struct, frozen=True):
    """The verdict on one table. `holds` is None where it could not be shown; `reason` says why it is not true."""

    holds: bool | None
    reason: str | None = None


def policies_hold(found: Matrix, table: Name) -> Held:
    """Return whether a user reaches their own row of `table`, and a stranger, with or without a session, no other's.

    A table whose rows belong to nobody holds where nobody without the server's key may write it.
    """
    cells = [cell for cell in found.access if cell.table == str(table) and cell.role != "service_role"]
    if not cells:
        return Held(None, f"nothing was seen of {table}: no client reaches it, or it was not made")
    for cell in cells:
        if cell.outcome == "not-proven":
            return Held(None, f"{cell.operation} by {cell.role} is not proven: {cell.reason}")
    owned = any(cell.rows == "own" for cell in cells)
    for cell in cells:
        foreign = cell.rows == "other" or (cell.role == "anon" and owned)
        if cell.outcome == "allowed" and (foreign or (not owned and cell.operation != "select")):
            whose = "another user's row" if owned else "a row"
            return Held(False, f"{cell.role} may {cell.operation} {whose}")
    if owned and not any(c.rows == "own" and c.operation == "select" and c.outcome == "allowed" for c in cells):
        return Held(False, "a user does not see their own row")
    return Held(True)
