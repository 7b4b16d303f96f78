"""The rooms of the package import one way (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tripoint

ROOT = Path(tripoint.__file__).parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"model", "__init__"}),
    frozenset({"config"}),
    frozenset({"tree", "sql", "cache"}),
    frozenset({"supabase"}),
    frozenset({"postgres"}),
    frozenset({"sources"}),
    frozenset({"bind", "reading", "fingerprint", "specialists"}),
    frozenset({"resolve", "rules", "suppress", "assemble"}),
    frozenset({"elsewhere", "held", "kept", "mapped", "options"}),
    frozenset({"applied"}),
    frozenset({"project", "earlier"}),
    frozenset({"handed_on", "unseen"}),
    frozenset({"bound"}),
    frozenset({"hear"}),
    frozenset({"judge"}),
    frozenset({"audit"}),
    frozenset({"proof", "compare"}),
    frozenset({"formats", "propose"}),
    frozenset({"commands"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""Lowest first. A room may import the rooms of lower layers and itself, never a sibling of its own layer."""

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            modules = [node.module or ""]
            if node.module == "tripoint":
                modules = [f"tripoint.{alias.name}" for alias in node.names if not alias.name.startswith("__")]
        else:
            continue
        found |= {module.split(".")[1] for module in modules if module.startswith("tripoint.")}
    return found


MODULES = sorted(ROOT.rglob("*.py"))


def test_every_room_has_a_layer() -> None:
    assert {room_of(path) for path in MODULES} <= set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(path)
    upward = {other for other in imported_rooms(path) if other != room and LEVEL[other] >= LEVEL[room]}
    assert not upward, f"{room} may not import {sorted(upward)}"


def test_the_page_on_architecture_says_the_same() -> None:
    page = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text("utf-8")
    line = page.split("Imports run one way:")[1].split("`tests/test_layers.py`")[0]
    said = [set(re.findall(r"\w+", rooms)) for rooms in line.split("→")]
    assert said[::-1] == [{room for room in rooms if not room.startswith("__")} for rooms in LAYERS[:-1]]


def test_a_planted_upward_import_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "x.py"
    planted.write_text("from tripoint.formats import json\nimport tripoint.cli\nfrom tripoint import audit\n")
    assert imported_rooms(planted) == {"formats", "cli", "audit"}
