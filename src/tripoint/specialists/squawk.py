"""squawk, a linter of migrations: run on the bytes of each migration, without any settings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place, Problem
from tripoint.sources.migrations.effective import effective_statements
from tripoint.specialists.catalogue import specialist_rule
from tripoint.specialists.program import Unheard, program_of, run_program, workplace
from tripoint.sql.facts import SqlFacts

__all__ = ["run_squawk"]

_ANSWERS = frozenset({0, 1})
"""squawk's exit codes without findings, and with."""

_HABITS = frozenset({"require-lock-timeout", "require-statement-timeout", "require-timeout-settings"})
"""What a project does in each of its migrations or in none: said once, with all of them."""

Notes = list[tuple[str, Problem]]


def run_squawk(
    evidence: Evidence, facts: Mapping[str, Any], read: Callable[[str], bytes | None]
) -> tuple[list[tuple[Rule, Fault]], Notes]:
    """Return squawk's faults in the migrations of one database, and what it could not read; raise Unheard."""
    program = program_of("squawk")
    if program is None:
        raise Unheard("its package brings no program")
    notes: Notes = []
    texts: dict[str, bytes] = {}
    wrapped: dict[bool, list[str]] = defaultdict(list)
    for migration in evidence.database.migrations:
        data = read(migration.path)
        if migration.program:
            continue  # a program, in which there may be no SQL at all
        if data is None or not isinstance(facts.get(migration.path), SqlFacts):
            continue
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            notes.append((migration.path, Problem("unread", 0, 0, "squawk reads UTF-8 alone")))
            continue
        texts[migration.path] = _effective(data, facts[migration.path])
        wrapped[migration.transaction].append(migration.path)
    found: dict[tuple[str, str], list[tuple[Place, str, str | None]]] = defaultdict(list)
    for transaction, paths in sorted(wrapped.items()):
        for path, said in _lint(program, paths, texts, transaction):
            rule, place = str(said.get("rule_name")), _place(path, texts[path], said)
            if rule == "syntax-error":
                reason = f"squawk can't read the file, and checked nothing in it: {said.get('message')}"
                notes.append((path, Problem("unparsed", place.start, place.end, reason)))
            else:
                found[f"squawk/{rule}", "" if rule in _HABITS else path].append(
                    (place, str(said.get("message")), said.get("help"))
                )
    return [_fault(name, path, places) for (name, path), places in sorted(found.items())], _first_each(notes)


def _lint(
    program: Path, paths: list[str], texts: Mapping[str, bytes], transaction: bool
) -> list[tuple[str, dict[str, Any]]]:
    with workplace() as folder:
        (folder / "none.toml").write_bytes(b"")
        names: dict[str, str] = {}
        for number, path in enumerate(paths):
            name = f"{number:05}.sql"
            (folder / name).write_bytes(texts[path])
            names[name] = path
        mode = "--assume-in-transaction" if transaction else "--no-assume-in-transaction"
        command = [str(program), "--config", "none.toml", "--reporter", "json", mode, *names]
        try:
            said = json.loads(run_program(command, folder, _ANSWERS) or "[]")
        except ValueError as error:
            raise Unheard(f"what it prints is no JSON: {error}") from error
    return [(names[entry["file"]], entry) for entry in said if entry.get("file") in names]


def _effective(data: bytes, facts: SqlFacts) -> bytes:
    """Return a file's bytes with blanks in place of what does not run: down sections, commands of psql, COPY data.

    Comments stay, since squawk's own ignores stand in them, and so does every offset.
    """
    text = bytearray(data)
    position = 0
    for statement in [*effective_statements(facts), None]:
        end = statement.start if statement is not None else len(data)
        for line in data[position:end].splitlines(keepends=True):
            if not line.lstrip(b"; \t").startswith((b"--", b"\n", b"\r")) and line.strip(b"; \t\r\n"):
                text[position : position + len(line)] = bytes(b if b in b"\r\n" else 32 for b in line)
            position += len(line)
        position = statement.end if statement is not None else end
    return bytes(text)


def _place(path: str, data: bytes, said: Mapping[str, Any]) -> Place:
    """squawk counts lines from 0 and columns in bytes."""
    starts = [0, *(index + 1 for index, byte in enumerate(data) if byte == 10)]

    def offset(line: Any, column: Any) -> int:
        known = isinstance(line, int) and isinstance(column, int) and 0 <= line < len(starts)
        return min(starts[line] + max(column, 0), len(data)) if known else 0

    start = offset(said.get("line"), said.get("column"))
    return Place(path, start, max(start, offset(said.get("line_end"), said.get("column_end"))))


def _fault(name: str, path: str, places: list[tuple[Place, str, str | None]]) -> tuple[Rule, Fault]:
    rule = specialist_rule(name)
    assert rule is not None
    message = places[0][1].rstrip(".") + "."
    return rule, Fault(
        subject=path.rpartition("/")[2] or "migrations",
        message=message,
        marks=tuple(Mark(place, "migrations") for place, _, _ in places),
        help=next((text for _, _, text in places if text), None),
    )


def _first_each(notes: Notes) -> Notes:
    """Return the first note of each file: one syntax error gives several."""
    return list({path: (path, problem) for path, problem in reversed(notes)}.values())[::-1]
