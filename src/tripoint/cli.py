"""The command line: arguments in, text and an exit code out. Nothing else in the package prints or writes a file.

Exit codes: 0 nothing at or above `--fail-on`; 1 findings at or above it; 2 the command itself could not be done, with
one sentence on standard error. Nothing is imported before it is needed: `--version` answers as fast as Python starts.
"""

from __future__ import annotations

import gc
import os
import sys

from tripoint import __version__

_PIECE = 1 << 20
TYPE_CHECKING = False
"""What `typing.TYPE_CHECKING` is, without importing `typing`."""
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from typing import NoReturn, TextIO

    from tripoint.commands.outcome import Outcome, Screen

__all__ = ["main", "start"]


def start() -> NoReturn:
    """Run the command line and end the process at once.

    Python would take every module and record apart first, which takes longer than checking a small project.
    """
    # What a command makes stays until its end: not to be searched for cycles every now and then. What audits more than
    # once has it searched in between, since half of what an audit makes is in cycles.
    gc.disable()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    if (sys.argv[1:] if argv is None else list(argv)) == ["--version"]:
        sys.stdout.write(f"tripoint {__version__}\n")
        return 0
    _load_records()
    from tripoint.commands.arguments import parse_arguments

    code = 0
    lasting = False
    try:
        arguments = parse_arguments(argv)
        lasting = getattr(arguments, "watch", False)
        for outcome in _run(arguments):
            code = _deliver(outcome, arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        # What goes on until it is interrupted has thereby come to its end.
        return 0 if lasting else _fail("interrupted", 130)
    return code


def _load_records() -> None:
    """Load msgspec with the `typing` of the standard library.

    It takes `typing_extensions` where that is installed, which says nothing else and costs more than msgspec itself.
    """
    missing = "typing_extensions" not in sys.modules
    if missing:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401
    finally:
        if missing:
            del sys.modules["typing_extensions"]


def _speak_utf8(stream: TextIO) -> None:
    """Write UTF-8 with plain line ends whatever the locale; what UTF-8 can't say is written as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _run(arguments: Namespace) -> Iterator[Outcome]:
    """Run the command that was asked for, and give what it has to say; only its own module is loaded."""
    from importlib import import_module

    from tripoint.commands.outcome import CommandError, Outcome, broken

    try:
        command = import_module(f"tripoint.commands.{arguments.command}")
        said: Outcome | Iterator[Outcome] = command.run(arguments, _screen(arguments))
        if isinstance(said, Outcome):
            yield said
        else:
            yield from said
    except CommandError as error:
        yield Outcome("", 2, error=str(error))
    except Exception as error:
        yield broken(error)


def _screen(arguments: Namespace) -> Screen:
    from tripoint.commands.outcome import Screen

    to_file = getattr(arguments, "output", None) not in (None, "-")
    return Screen.of(os.environ, sys.stdout, sys.stderr, plain=arguments.no_color or to_file)


def _deliver(outcome: Outcome, arguments: Namespace) -> int:
    target = getattr(arguments, "output", None)
    for path, text in outcome.files:
        try:
            _write(path, text, arguments)
        except OSError as error:
            return _fail(f"{path} could not be written: {error.strerror or error}", 2)
    try:
        if target is not None and target != "-" and outcome.text:
            _write(target, outcome.text, arguments)
        else:
            for start in range(0, len(outcome.text), _PIECE):  # what is written is encoded first: not all at once
                sys.stdout.write(outcome.text[start : start + _PIECE])
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along has seen enough. Python would complain when it closes the stream: give it another.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = target if target not in (None, "-") else "the output"
        return _fail(f"{where} could not be written: {error.strerror or error}", 2)
    code = outcome.exit_code
    if outcome.error is not None:
        code = _fail(outcome.error, code)
    if outcome.said is not None:
        sys.stderr.write(f"{outcome.said}\n")
    return code


def _write(path: str, text: str, arguments: Namespace) -> None:
    from tripoint.commands.files import write_file

    write_file(path, text, getattr(arguments, "path", None))


def _fail(sentence: str, exit_code: int) -> int:
    sys.stderr.write(f"tripoint: {sentence}\n")
    return exit_code
