"""The command line: arguments in, text and an exit code out. Nothing else in the package prints or writes a file.

Exit codes: 0 nothing at or above `--fail-on`; 1 findings at or above it; 2 the command itself could not be done, with
one sentence on standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, TextIO

from tripoint import __version__

if TYPE_CHECKING:
    from tripoint.commands.outcome import Outcome, Screen

__all__ = ["main"]

_EPILOG = """\
examples:
  tripoint audit                                     audit the project in this folder
  tripoint audit app --format markdown -o report.md  write the whole report
  tripoint audit --require migrations --fail-on low  guard a pull request
  tripoint explain missing-table                     what a fault is and how to mend it
"""

_SEVERITIES = ("critical", "high", "medium", "low", "info")
_WITNESSES = ("documents", "migrations", "code", "database")
_FORMATS = ("terminal", "markdown", "json")


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"tripoint: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tripoint",
        description="Say where the documents, migrations, code and database of a PostgreSQL application disagree.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tripoint {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    _add_audit(commands.add_parser("audit", help="audit a project", allow_abbrev=False))
    explain = commands.add_parser("explain", help="print a rule's page", allow_abbrev=False)
    explain.add_argument("rule", metavar="RULE", help="a rule's name, as findings show it")
    explain.add_argument("--no-color", action="store_true", help="plain text")
    rules = commands.add_parser("rules", help="list the rules", allow_abbrev=False)
    rules.add_argument("--no-color", action="store_true", help="plain text")
    return parser


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.description = "Audit the schema of a project and report what its witnesses disagree about."
    parser.add_argument("path", nargs="?", default=".", help="the project's folder (default: this one)")
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=_FORMATS, default="terminal", help="default: terminal")
    output.add_argument("-o", "--output", metavar="FILE", help="write the report to FILE instead of printing it")
    output.add_argument("--no-color", action="store_true", help="plain text; NO_COLOR does the same")
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="show every place and every notice")
    volume.add_argument("-q", "--quiet", action="store_true", help="show the findings alone")
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule instead")
    verdict = parser.add_argument_group("verdict")
    verdict.add_argument(
        "--fail-on",
        choices=(*_SEVERITIES, "never"),
        metavar="SEVERITY",
        help=f"exit with 1 from this severity on: {', '.join(_SEVERITIES)} or never (default: high)",
    )
    verdict.add_argument(
        "--require",
        choices=_WITNESSES,
        action="append",
        default=[],
        metavar="WITNESS",
        help=f"exit with 2 where this witness was not heard: {', '.join(_WITNESSES)}",
    )
    verdict.add_argument("--select", metavar="RULES", help="check these rules alone, separated by commas")
    verdict.add_argument("--ignore", metavar="RULES", help="leave these rules out, separated by commas")
    verdict.add_argument("--include-tests", action="store_true", help="audit test code too")
    verdict.add_argument("--config", metavar="FILE", help="read the settings from FILE instead of the project's own")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        return _deliver(_run(arguments), arguments)
    except BrokenPipeError:
        # Whoever read along has seen enough. Python would complain when it closes the stream: give it another.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _fail("interrupted", 130)


def _speak_utf8(stream: TextIO) -> None:
    """Write UTF-8 with plain line ends whatever the locale; what UTF-8 can't say is written as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _run(arguments: argparse.Namespace) -> Outcome:
    """Run the command that was asked for; only its own module is loaded."""
    from importlib import import_module

    from tripoint.commands.outcome import CommandError, Outcome

    try:
        command = import_module(f"tripoint.commands.{arguments.command}")
        outcome: Outcome = command.run(arguments, _screen(arguments))
    except CommandError as error:
        return Outcome("", 2, error=str(error))
    except Exception as error:
        if os.environ.get("TRIPOINT_DEBUG"):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(
            "", 2, error=f"internal error, please report it: {reason} (TRIPOINT_DEBUG=1 shows where it happened)"
        )
    return outcome


def _screen(arguments: argparse.Namespace) -> Screen:
    from tripoint.commands.outcome import Screen

    to_file = getattr(arguments, "output", None) not in (None, "-")
    return Screen.of(os.environ, sys.stdout, sys.stderr, plain=arguments.no_color or to_file)


def _deliver(outcome: Outcome, arguments: argparse.Namespace) -> int:
    target = getattr(arguments, "output", None)
    try:
        if target is not None and target != "-" and outcome.text:
            from tripoint.commands.files import write_file

            write_file(target, outcome.text)
        else:
            sys.stdout.write(outcome.text)
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        where = target if target not in (None, "-") else "the output"
        return _fail(f"{where} could not be written: {error.strerror or error}", 2)
    if outcome.error is not None:
        return _fail(outcome.error, outcome.exit_code)
    return outcome.exit_code


def _fail(sentence: str, exit_code: int) -> int:
    sys.stderr.write(f"tripoint: {sentence}\n")
    return exit_code
