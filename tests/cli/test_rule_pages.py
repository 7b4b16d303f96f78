"""`docs/rules/` holds what the rules say of themselves, and nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_pages_are_current() -> None:
    pages = runpy.run_path(str(ROOT / "tools" / "rule_pages.py"))["pages"]()
    found = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert found == pages, "run python tools/rule_pages.py"


def test_every_page_says_why_and_how() -> None:
    for path in (ROOT / "docs" / "rules").glob("*-*.md"):
        text = path.read_text("utf-8")
        assert "**What it finds.**" in text, path.name
        assert "**Why it matters.**" in text, path.name
        assert "**How to mend it.**" in text, path.name
