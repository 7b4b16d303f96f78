"""`docs/rules/` holds what the rules say of themselves, and `docs/commands.md` what the command line does."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_pages_are_current() -> None:
    pages = runpy.run_path(str(ROOT / "tools" / "rule_pages.py"))["pages"]()
    found = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert found == pages, "run python tools/rule_pages.py"


def test_the_page_of_commands_is_current() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "command_page.py"))["page"]()
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == page, "run python tools/command_page.py"


def test_every_page_says_why_and_how() -> None:
    for path in (ROOT / "docs" / "rules").glob("*-*.md"):
        text = path.read_text("utf-8")
        assert "**What it finds.**" in text, path.name
        assert "**Why it matters.**" in text, path.name
        assert "**How to mend it.**" in text, path.name
