"""The example changed at random in one place: the report changes there and nowhere else."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example.persona_studio import audited, files

Data = dict[str, Any]

CHANGES = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FILES = files()
CODE = sorted(p for p in FILES if p.endswith((".ts", ".tsx")))
SQL = sorted(p for p in FILES if p.endswith(".sql"))
DOCUMENTS = sorted(p for p in FILES if p.endswith(".md"))
DEFINED = sorted({t.decode() for p in SQL for t in re.findall(rb"create table if not exists public\.(\w+)", FILES[p])})
KEYS = [
    (path, match.span("key"), match["column"].decode(), match["target"].decode())
    for path in SQL
    for match in re.finditer(
        rb"\n  (?P<column>\w+) uuid[\w ]*?(?P<key> references (?P<target>[\w.]+) \(id\)[a-z ]*)", FILES[path]
    )
]
"""Every foreign key of the migrations: file, where its clause stands, column and referenced table."""


EMBEDDED = ("persona_social_accounts", "social_platforms", "resonance_research")
"""The tables that stand in another table's select: whose uses are known only as long as that table is."""
GUESSED = ("agents", "channels", "agent_channels")
"""The names whose meaning is guessed from all tables together."""


@cache
def _before() -> str:
    return json.dumps(audited(FILES))


def before() -> Data:
    data: Data = json.loads(_before())
    return data


def spots(node: object, change: Callable[[Data], None]) -> None:
    """Apply a change to every spot of an audit."""
    if isinstance(node, dict):
        if "end_column" in node:
            change(node)
        else:
            for value in node.values():
                spots(value, change)
    elif isinstance(node, list):
        for value in node:
            spots(value, change)


def canonical(node: Any) -> Any:
    """The same data whatever the order of its lists."""
    if isinstance(node, dict):
        return {key: canonical(value) for key, value in node.items()}
    if isinstance(node, list):
        return sorted((canonical(value) for value in node), key=lambda value: json.dumps(value, sort_keys=True))
    return node


def without(data: Data, *names: str) -> Data:
    """Leave out what speaks of one of the names, and what is counted or guessed over the whole project."""
    word = re.compile(rf"\b(?:{'|'.join(names)})\b")
    kept = copy.deepcopy(data)
    for finding in kept["findings"]:
        finding["suggestions"] = []
        for spot in finding["spots"]:
            spot["fingerprint"] = None  # made of the whole statement, which may speak of the name further on
    for part in ("tables", "functions", "enums", "relationships", "findings", "notices"):
        kept[part] = [entry for entry in kept[part] if not word.search(json.dumps(entry))]
    del kept["summary"]
    return kept


@CHANGES
@given(st.sampled_from(CODE + SQL + DOCUMENTS), st.integers(1, 40))
def test_moved_lines_move_the_places_and_nothing_else(path: str, lines: int) -> None:
    shifted = audited({**FILES, path: b"\n" * lines + FILES[path]})
    expected = before()

    def change(spot: Data) -> None:
        if spot["path"] == path and spot["note"] != "by counter, not by minutes":
            spot["line"] += lines
            spot["end_line"] += lines

    spots(expected, change)
    assert shifted == expected


@CHANGES
@given(st.sampled_from([path for path in CODE if path.startswith(("app/", "components/", "lib/campaigns/"))]))
def test_moved_file_moves_the_places_and_nothing_else(path: str) -> None:
    folder, _, name = path.rpartition("/")
    target = f"{folder}/moved/{name}"
    held = dict(FILES)
    held[target] = held.pop(path).replace(b"'./", b"'../")
    expected = before()

    def change(spot: Data) -> None:
        if spot["path"] == path:
            spot["path"] = target

    spots(expected, change)
    for file in expected["files"]:
        if file["path"] == path:
            file["path"] = target
    assert canonical(audited(held)) == canonical(expected)


@CHANGES
@given(st.sampled_from(KEYS))
def test_dropped_foreign_key_is_gone_and_nothing_else(key: tuple[str, tuple[int, int], str, str]) -> None:
    path, (start, end), column, target = key
    data = FILES[path]
    after = audited({**FILES, path: data[:start] + b" " * (end - start) + data[end:]})
    place = data[:start].rindex(b"create table if not exists public.")
    match = re.match(rb"create table if not exists public\.(\w+)", data[place:])
    assert match is not None
    origin = f"public.{match[1].decode()}.{column}"
    (relationship,) = [r for r in before()["relationships"] if r["from"] == origin]
    left = [r for r in after["relationships"] if r["from"] == origin]
    if any(spot["witness"] == "documents" for spot in relationship["spots"]):
        assert [(r["to"], r["status"]) for r in left] == [(relationship["to"], "documented-only")]
    else:
        assert left == []
    others = [r for r in before()["relationships"] if r["from"] != origin]
    assert [r for r in after["relationships"] if r["from"] != origin] == others
    names = (match[1].decode(), target.rpartition(".")[2])
    assert without(after, *names) == without(before(), *names)


@pytest.mark.parametrize("witness", ["migrations", "code", "documents"])
@CHANGES
@given(data=st.data())
def test_renamed_table_is_found_in_that_witness_and_nothing_else(witness: str, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from(DEFINED))
    new = f"zq{old[2:]}"
    paths = {"migrations": SQL, "code": CODE, "documents": DOCUMENTS}[witness]
    word = re.compile(rf"(?<![\w-]){old}(?![\w-])".encode())
    held = {path: word.sub(new.encode(), content) if path in paths else content for path, content in FILES.items()}
    after = audited(held)
    was, now = table(before(), old), table(after, old)
    renamed = table(after, new)
    part = {"migrations": "defined", "code": "used", "documents": "documented"}[witness]
    assert calls(renamed[part]) == calls(was[part])
    assert now[part] == []
    for other in {"defined", "used", "documented"} - {part}:
        assert calls(now[other]) == calls(was[other])
        assert renamed[other] == []
    found = {(f["rule"], f["subject"]) for f in after["findings"]}
    if witness == "code" and was["used"]:
        assert ("missing-table", f"public.{new}") in found
    if witness == "migrations" and was["used"]:
        assert ("missing-table", f"public.{old}") in found
    if witness == "migrations":
        assert ("undocumented-table", f"public.{new}") in found
    if witness == "documents" and was["documented"]:
        assert {("undocumented-table", f"public.{old}"), ("documented-but-missing", f"public.{new}")} <= found
    others = (*GUESSED, *(EMBEDDED if witness != "documents" else ()))
    assert without(after, old, new, *others) == without(before(), old, new, *others)


def calls(found: list[Data]) -> list[tuple[str, int, int]]:
    """Where the spots are, but for names embedded in another table's select: those hang on that table and its keys."""
    return [where(spot) for spot in found if spot["note"] != "embedded here"]


def table(data: Data, name: str) -> Data:
    empty: Data = {"documented": [], "defined": [], "used": []}
    return next((entry for entry in data["tables"] if entry["name"] == f"public.{name}"), empty)


def where(spot: Data) -> tuple[str, int, int]:
    return spot["path"], spot["line"], spot["column"]
