"""An argument parser that complains in one sentence, and says what was probably meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from tripoint.model.regex import regex

__all__ = ["Parser", "parsed"]

_CHOICE = regex(r"argument (\S+): invalid choice: (.+) \(choose from (.+)\)")
"""How argparse says it; the choices stand in quotes up to Python 3.11."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence on standard error, with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """End the program."""
        self.exit(2, f"tripoint: {self._sentence(message)}\n")

    def _sentence(self, message: str) -> str:
        if message.endswith("required: COMMAND"):
            return "no command is given: tripoint audit looks at this folder, tripoint --help lists the others"
        choice = _CHOICE.fullmatch(message)
        if choice is None:
            return f"{message} (see {self.prog} --help)"
        option, value, known = choice[1], choice[2], [one.strip(" '\"") for one in choice[3].split(",")]
        meant = _meant(value.strip("'\""), known)
        if option == "COMMAND":
            return f"there is no command {value}" + (meant or f"; {self.prog} --help lists them")
        return f"{option} can't be {value}" + (meant or f"; it is one of {', '.join(known)}")

    def refuse(self, command: str, word: str) -> NoReturn:
        """End the program, since the command does not take this word."""
        if not word.startswith("-"):
            self.error(f"{command} takes no further argument {word!r}")
        name = word.partition("=")[0]
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        told = _meant(name, known, 0.75) or f" (see {self.prog} --help)"
        self.exit(2, f"tripoint: {command} has no option {name}{told}\n")


def parsed(parser: Parser, commands: dict[str, Parser], argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; raise SystemExit where they are wrong or only ask for help."""
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        commands[arguments.command].refuse(arguments.command, unknown[0])
    return arguments


def _meant(word: str, known: Sequence[str], cutoff: float = 0.6) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f"; did you mean {near[0]}?" if near else ""
