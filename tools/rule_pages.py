"""Write `docs/rules/`: one page a rule from its docstring, and an index. Run it after a rule changed."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from tripoint.formats.rule_page import FAMILIES, rule_page, summary_of
from tripoint.rules import load_rules

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    order = list(FAMILIES)
    rules = sorted(load_rules(), key=lambda rule: (order.index(rule.family), rule.name))
    index = ["# Rules", "", "A rule is named for the fault that it finds. `tripoint explain RULE` prints its page."]
    for family, members in groupby(rules, key=lambda rule: rule.family):
        index += ["", f"## {FAMILIES[family]}", "", "| Rule | Default | Finds |", "|---|---|---|"]
        index += [f"| [{rule.name}]({rule.name}.md) | {rule.severity} | {summary_of(rule)} |" for rule in members]
    return {"index.md": "\n".join(index) + "\n", **{f"{rule.name}.md": rule_page(rule) for rule in rules}}


def main() -> None:
    """Bring the folder in step: write what differs, remove what no rule stands for."""
    wanted = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
