"""Which statements of a file take effect: not those of a down section, not those of a transaction that rolls back."""

from __future__ import annotations

from tripoint.sql.facts import SqlFacts, Statement

__all__ = ["effective_statements", "is_way_back"]

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
    return [statement for statement in facts.statements if not is_way_back(facts, statement.start)]


def is_way_back(facts: SqlFacts, offset: int) -> bool:
    """Whether a byte of a file lies in a section that undoes the migration."""
    turns = [down for mark, at in facts.marks if at <= offset and (down := _is_down(mark)) is not None]
    return bool(turns) and turns[-1]


def _is_down(mark: str) -> bool | None:
    words = mark.lower().replace("migrate:", "migrate ").split()
    if words[-1] in ("!ups", "!downs"):
        return words[-1] == "!downs"
    if words[0] == "changeset":
        systems = next((word[5:].strip("\"'").split(",") for word in words if word.startswith("dbms:")), [])
        ours = any(one.lstrip("!") in ("postgresql", "all") for one in systems)
        return bool(systems) and ours == any(one.startswith("!") for one in systems)
    if len(words) > 1 and words[1] in ("up", "down"):
        return words[1] == "down"
    return None
