"""Which statements of a file take effect: not those of a down section, not those of a transaction that rolls back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from tripoint.model.place import Problem
from tripoint.sql.facts import SqlFacts, Statement

__all__ = ["effective_statements", "way_back_that_runs", "without_way_back"]

_RUNS = "by its heading, what follows undoes the migration: not read, though the Supabase CLI runs the whole file"

_BEGIN = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START"})
_END = frozenset({"TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE"})


def effective_statements(facts: SqlFacts) -> list[Statement]:
    """Return the statements of a file that take effect, in order.

    Knowing beforehand that a transaction or a savepoint is rolled back spares a copy of the catalog at each BEGIN.
    """
    kept: list[Statement] = []
    begun: int | None = None
    savepoints: list[tuple[str, int]] = []
    for statement in _up_section(facts):
        if statement.kind != "TransactionStmt" or not statement.node:
            kept.append(statement)
            continue
        kind, name = statement.node.get("kind"), statement.node.get("savepoint_name", "")
        if kind in _BEGIN:
            begun = len(kept) if begun is None else begun
        elif kind in _END:
            begun, savepoints = (len(kept) if statement.node.get("chain") else None), []
        elif kind == "TRANS_STMT_ROLLBACK":
            if begun is not None:
                del kept[begun:]
            begun, savepoints = (len(kept) if statement.node.get("chain") else None), []
        elif kind == "TRANS_STMT_SAVEPOINT":
            savepoints.append((name, len(kept)))
        elif kind in ("TRANS_STMT_ROLLBACK_TO", "TRANS_STMT_RELEASE"):
            while savepoints and savepoints[-1][0] != name:
                savepoints.pop()
            if savepoints and kind == "TRANS_STMT_ROLLBACK_TO":
                del kept[savepoints[-1][1] :]
            elif savepoints:
                savepoints.pop()
        kept.append(statement)
    return kept


def _up_section(facts: SqlFacts) -> list[Statement]:
    """Return the statements outside of what runners mark as the way back, or as another database's."""
    if not facts.marks:
        return list(facts.statements)
    turns = _turns(facts)
    return [statement for statement in facts.statements if not _lies_back(turns, statement.start)]


def without_way_back(facts: SqlFacts) -> list[Problem]:
    """Return the problems of a file but for those in a section that undoes the migration."""
    turns = _turns(facts)
    return [problem for problem in facts.problems if not _lies_back(turns, problem.start)]


def way_back_that_runs(facts: SqlFacts, layout: str | None) -> Problem | None:
    """Return what is to be said of a section that undoes a migration whose runner knows no sections."""
    if layout != "supabase" or not facts.marks:
        return None
    turns = _turns(facts)
    first = next((one for one in facts.statements if _lies_back(turns, one.start)), None)
    return Problem("unsupported", first.start, first.end, _RUNS) if first is not None else None


def _lies_back(turns: list[tuple[bool, int]], offset: int) -> bool:
    before = bisect_right(turns, offset, key=lambda turn: turn[1])
    return before > 0 and turns[before - 1][0]


def _turns(facts: SqlFacts) -> list[tuple[bool, int]]:
    """Return where the sections of a file begin, and whether each is the way back."""
    turns: list[tuple[bool, int]] = []
    starts = [one.start for one in facts.statements]
    up: int | None = None
    for at, (mark, start) in enumerate(facts.marks):
        down = _is_down(mark)
        first = mark.lower().split()[0]
        if first in _HEADINGS and (down is None or (down and not _parts(starts, mark, up, start))):
            end = facts.marks[at + 1][1] if at + 1 < len(facts.marks) else None
            down = True if _undoes(facts, starts, start, end) else False if first == "up" else None
        if down is not None:
            turns.append((down, start))
        up = start if first == "up" else up
    return turns


def _parts(starts: list[int], mark: str, up: int | None, start: int) -> bool:
    """Whether `Down Migration` parts a file in two: it is all that its line says, with statements above it, or a
    section up with statements is over. Else it is a remark in its head: `Down migration (manual): DROP TABLE …`."""
    if mark.lower().rstrip(" \t-=*#:") == "down migration":
        return bool(starts) and starts[0] < start
    return up is not None and bisect_right(starts, up) < bisect_left(starts, start)


def _is_down(mark: str) -> bool | None:
    """Return whether what follows a runner's mark is the way back; None for marks that begin no section."""
    words = mark.lower().replace("migrate:", "migrate ").split()
    if words[-1] in ("!ups", "!downs"):
        return words[-1] == "!downs"
    if words[0] == "changeset":
        systems = next((word[5:].strip("\"'").split(",") for word in words if word.startswith("dbms:")), [])
        ours = any(one.lstrip("!") in ("postgresql", "all") for one in systems)
        return bool(systems) and ours == any(one.startswith("!") for one in systems)
    if words[0] in ("up", "down") and words[1:2] == ["migration"]:  # node-pg-migrate
        return words[0] == "down"
    if words[0] == "create" or words[0].startswith("//"):  # tern, MyBatis
        return True
    if words[0] in ("+goose", "+migrate", "migrate") and words[1] in ("up", "down"):
        return words[1] == "down"
    return None


_HEADINGS = frozenset({"up", "down", "rollback", "undo", "revert"})
_TAKING = frozenset({"DropStmt", "DropRoleStmt", "DeleteStmt"})


def _undoes(facts: SqlFacts, starts: list[int], start: int, end: int | None) -> bool:
    """Whether all that stands below a mere heading takes away, and something stands above that made it."""
    last = len(starts) if end is None else bisect_left(starts, end)
    kept = [one for one in facts.statements[bisect_left(starts, start) : last] if one.kind != "TransactionStmt"]
    return bool(kept) and starts[0] < start and all(map(_takes_away, kept))


def _takes_away(statement: Statement) -> bool:
    if statement.kind != "AlterTableStmt":
        return statement.kind in _TAKING
    parts = [part.get("AlterTableCmd", {}).get("subtype", "") for part in statement.node.get("cmds", ())]
    return all(part.startswith("AT_Drop") or part == "AT_DisableRowSecurity" for part in parts)
