"""Tables of the same access stand together, and what is open stands first."""

from __future__ import annotations

from tripoint.formats.access_groups import groups, reasons
from tripoint.model.proof import Access, Operation, Outcome, Rows

OPERATIONS: tuple[Operation, ...] = ("select", "insert", "update", "delete")


def cell(table: str, operation: Operation, rows: Rows, outcome: Outcome, where: str | None = None) -> Access:
    role = "anon" if rows == "any" else "authenticated"
    return Access(
        "default", table, operation, role, rows, outcome, "no value" if outcome == "not-proven" else None, None, where
    )


def table(name: str, stranger: str = "", own: str = "siud") -> list[Access]:
    found = []
    for operation in OPERATIONS:
        found.append(cell(name, operation, "own", "allowed" if operation[0] in own else "denied"))
        found.append(cell(name, operation, "other", "allowed" if operation[0] in stranger else "denied"))
    return found


def test_tables_of_the_same_access_are_one_group_and_the_open_ones_lead() -> None:
    access = [*table("a"), *table("b"), *table("c", "s"), *table("d", "siud"), *table("e")]
    assert [group.names for group in groups(access)] == [("d",), ("c",), ("a", "b", "e")]
    assert [group.names for group in groups(access, frozenset("b"))] == [("b",), ("d",), ("c",), ("a", "e")]
    assert groups(access)[0].operations == OPERATIONS


def test_a_state_has_a_line_only_where_it_makes_a_difference() -> None:
    same, other = cell("a", "select", "other", "denied", "shown"), cell("b", "select", "other", "allowed", "shown")
    first, second = groups([*table("a"), same, *table("b"), other])
    assert (first.names, second.names) == (("b",), ("a",))
    assert ("authenticated", "other", "shown") in first.matrix
    assert ("authenticated", "other", "shown") not in second.matrix


def test_what_is_not_proven_is_told_by_its_reason() -> None:
    access = [cell("a", operation, "own", "not-proven") for operation in OPERATIONS]
    access += [cell("b", "insert", "own", "not-proven"), cell("b", "update", "own", "not-proven"), *table("c")]
    access += [cell("f()", "execute", "any", "not-proven")]
    assert reasons(access) == [("no value", [("a", ""), ("b", " (insert, update)"), ("f()", "")])]


def test_functions_stand_after_tables_with_what_was_tried() -> None:
    access = [cell("f()", "execute", "any", "allowed"), *table("a")]
    assert [group.operations for group in groups(access)] == [OPERATIONS, ("execute",)]
