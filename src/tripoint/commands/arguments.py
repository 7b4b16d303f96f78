"""What the command line takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from tripoint import __version__
from tripoint.commands.arguments_schema import add_diagram, add_docs, add_prove
from tripoint.commands.arguments_shared import add_config, add_fail_on, add_format, add_no_color, add_path
from tripoint.commands.parser import Parser, parsed
from tripoint.config import SPECIALISTS

__all__ = ["make_parser", "parse_arguments"]

_EPILOG = """\
examples:
  tripoint audit                                     audit the project in this folder
  tripoint audit app --format markdown -o report.md  write the whole report
  tripoint audit --require migrations --fail-on low  guard a pull request
  tripoint explain missing-table                     what a fault is and how to mend it
"""

_WITNESSES = ("documents", "migrations", "code", "database")
_GROUPS = ("rule", "file", "table")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    return _parsers()[0]


def _parsers(asked: str | None = None) -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of the command line, and those of its commands: with the options of the one asked for, or all.

    Each option costs argparse a look at the terminal, and one command has a part of them.
    """
    parser = Parser(
        prog="tripoint",
        description="Say where the documents, migrations, code and database of a PostgreSQL application disagree.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tripoint {__version__}")
    # Told its name, argparse need not load what a screen's width takes.
    commands = parser.add_subparsers(
        prog=parser.prog, dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    for name, (told, add) in _COMMANDS.items():
        command = commands.add_parser(name, help=told, allow_abbrev=False)
        if asked not in _COMMANDS or name == asked:
            add(command)
            if name in _CACHING:
                command.add_argument("--no-cache", action="store_true", help="read every file anew, keep nothing")
    return parser, dict(commands.choices)


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.description = "Audit the schema of a project and report what its witnesses disagree about."
    add_path(parser)
    output = parser.add_argument_group("output")
    add_format(output)
    output.add_argument("-o", "--output", metavar="FILE", help="write the report to FILE instead of printing it")
    output.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write the report in a further format to FILE; may be given several times",
    )
    add_no_color(output)
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="show every place and every notice")
    volume.add_argument("-q", "--quiet", action="store_true", help="show the findings alone")
    output.add_argument("--timings", action="store_true", help="say on standard error how long each step and rule took")
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule instead")
    output.add_argument(
        "--group-by", choices=_GROUPS, metavar="WHAT", help="group the terminal's findings by rule, file or table"
    )
    output.add_argument("--watch", action="store_true", help="audit again whenever a file is saved; Ctrl-C ends")
    output.add_argument("--sarif-suppressed", action="store_true", help="let suppressed findings stand in SARIF too")
    _add_changes(parser)
    verdict = parser.add_argument_group("verdict")
    add_fail_on(verdict)
    verdict.add_argument(
        "--require",
        choices=_WITNESSES,
        action="append",
        default=[],
        metavar="WITNESS",
        help=f"exit with 2 where this witness was not heard: {', '.join(_WITNESSES)}",
    )
    _add_scope(parser)


def _add_rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="a rule's name, as findings show it")
    add_no_color(parser)


def _add_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clear", action="store_true", help="remove it")
    parser.set_defaults(no_color=True)


def _add_completion(parser: argparse.ArgumentParser) -> None:
    parser.description = 'Print a shell\'s completion script: eval "$(tripoint completion bash)".'
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")
    parser.set_defaults(no_color=True)


def _add_changes(parser: argparse.ArgumentParser) -> None:
    changes = parser.add_argument_group("only what is new")
    changes.add_argument(
        "--since", metavar="REV", help="compare with where the history of REV parted: only new findings fail"
    )
    changes.add_argument("--baseline", metavar="FILE", help="hide what FILE lists instead of what the settings' does")


def _add_scope(parser: argparse.ArgumentParser) -> None:
    """Add what an audit looks at."""
    scope = parser.add_argument_group("what is audited")
    for name, said in (("--select", "check these rules alone"), ("--ignore", "leave these rules out")):
        scope.add_argument(
            name, metavar="RULES", action="append", default=[], help=f"{said}, separated by commas or given again"
        )
    scope.add_argument("--include-tests", action="store_true", help="audit test code too")
    add_config(scope)
    witness = parser.add_argument_group("the database as a witness")
    witness.add_argument("--replay", action="store_true", help="run the migrations on the embedded PostgreSQL server")
    witness.add_argument("--prove", action="store_true", help="try on it who may do what to whose rows")
    add_specialists(scope)
    witness.add_argument(
        "--database",
        nargs="?",
        const="",
        metavar="URL",
        help="read a live database, and nothing but read; without URL, where PGHOST, PGSERVICE and the like lead; "
        "the path of a .sql file is a pg_dump in its place",
    )


def add_specialists(group: argparse._ActionsContainer) -> None:
    """Add the choice of linters of others."""
    group.add_argument(
        "--with",
        dest="specialists",
        action="append",
        default=[],
        metavar="TOOLS",
        help=f"ask linters of others, too, separated by commas: {', '.join(SPECIALISTS)}; pgrls sees the migrations "
        "replayed",
    )


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the HTML report in a browser on this machine, and renew it whenever a file is saved. It listens on the "
        "loopback address alone, and refuses what other sites ask of it."
    )
    add_path(parser)
    parser.add_argument("--port", type=int, metavar="PORT", help="listen at PORT (default: 7837, else any free one)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    add_no_color(parser)
    _add_changes(parser)
    _add_scope(parser)
    parser.set_defaults(watch=True, timings=False, format="html", output=None, report=[], require=[])


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; raise SystemExit where they are wrong or only ask for help."""
    words = sys.argv[1:] if argv is None else argv
    parser, commands = _parsers(words[0] if words else None)
    return parsed(parser, commands, argv)


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write the findings of today into a file, so that an audit hides them and speaks of new ones alone. "
        "The file is the one that the settings name, else tripoint-baseline.json in the project."
    )
    add_path(parser)
    parser.add_argument("--baseline", metavar="FILE", help="write to FILE instead")
    add_specialists(parser)
    parser.add_argument("--prune", action="store_true", help="take out what is mended, and add nothing")
    parser.add_argument("--include-tests", action="store_true", help="audit test code too")
    add_config(parser)
    add_no_color(parser)


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Look at a project and write a commented tripoint.toml with what was found. Nothing is overwritten."
    )
    add_path(parser)
    add_no_color(parser)


def _add_propose(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Print the SQL that mends what an audit found: missing tables, columns, foreign keys and row security. "
        "Each proposal is replayed with the whole history, and the project audited again."
    )
    add_path(parser)
    parser.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="SUBJECT",
        help="what a finding is about, as the audit names it: also an index or a table that documents alone describe",
    )
    parser.add_argument(
        "--append", action="store_true", help="at the end of the history, also what earlier migrations need"
    )
    parser.add_argument(
        "--write", action="store_true", help="create the migrations, or add to the schema file; nothing is overwritten"
    )
    add_config(parser)
    add_no_color(parser)


def _add_fix(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show as a diff which wrong names in code can be replaced with certainty, and what is left as a suggestion."
    )
    add_path(parser)
    parser.add_argument("--write", action="store_true", help="change the files")
    add_config(parser)
    add_no_color(parser)


# The order of the help is the order in which a project meets them.
_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "audit": ("audit a project", _add_audit),
    "explain": ("say what a rule finds, why it matters and how to mend it", _add_rule),
    "rules": ("list the rules", add_no_color),
    "init": ("write the settings of a project", _add_init),
    "baseline": ("live with what is found today, and hear of what is new", _add_baseline),
    "propose": ("print the SQL that mends it, proven", _add_propose),
    "fix": ("replace wrong names in code", _add_fix),
    "prove": ("show who may do what to whose rows", add_prove),
    "serve": ("show the report in a browser", _add_serve),
    "docs": ("keep a description of the schema in step", add_docs),
    "diagram": ("draw the schema", add_diagram),
    "cache": ("show what is kept of earlier runs, or remove it", _add_cache),
    "completion": ("print a shell's completion script", _add_completion),
}
_CACHING = frozenset({"audit", "propose", "fix", "baseline", "init", "diagram", "docs", "prove"})
