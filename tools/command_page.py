"""Write `docs/commands.md`: what the command line says of itself. Run it after an option changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tripoint.commands.arguments import make_parser

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def page() -> str:
    """Return the page's text."""
    lines = [
        "# Commands",
        "",
        "`PATH` is the project's folder, by default the current one. `tripoint COMMAND --help` says the same.",
    ]
    for action in make_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, parser in action.choices.items():
                lines += _command(name, parser, told[name])
    return "\n".join(lines) + "\n"


def _command(name: str, parser: argparse.ArgumentParser, told: str) -> Iterator[str]:
    """The page of one command, written from its options: argparse's own help differs from Python to Python."""
    positional = [_shown(action) for action in parser._actions if not action.option_strings]
    said = parser.description or f"{told}."
    yield from ("", f"## {name}", "", f"`{' '.join(['tripoint', name, '[OPTIONS]', *positional])}`")
    yield from ("", said[:1].upper() + said[1:])
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if action.dest not in ("help", "path")]
        if not actions:
            continue
        usual = group.title in ("options", "optional arguments", "positional arguments")
        title = {"positional arguments": "Argument"}.get(group.title or "", "Option") if usual else group.title or ""
        yield from ("", f"| {title[:1].upper()}{title[1:]} | |", "|---|---|")
        for action in actions:
            yield f"| `{_spelled(action)}` | {_help(action)} |"


def _shown(action: argparse.Action) -> str:
    word = action.metavar if isinstance(action.metavar, str) else None
    word = word or ("VALUE" if action.choices and action.option_strings else action.dest.upper())
    return f"[{word}]" if action.nargs == "?" else word


def _spelled(action: argparse.Action) -> str:
    if not action.option_strings:
        return _shown(action)
    return ", ".join(action.option_strings) + ("" if action.nargs == 0 else f" {_shown(action)}")


def _help(action: argparse.Action) -> str:
    text = (action.help or "").replace("|", "\\|")
    choices = ", ".join(f"`{choice}`" for choice in action.choices or ())
    return f"{text}; one of {choices}" if choices and action.metavar is None else text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
