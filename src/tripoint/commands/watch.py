"""`tripoint audit --watch`: audit again whenever a file of the project is saved."""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from tripoint.commands.auditing import audit_once, rendered, shows_proposals
from tripoint.commands.outcome import CommandError, Outcome, Screen, broken
from tripoint.compare import compare
from tripoint.formats.escape import visible
from tripoint.model.audit import Audit, Finding
from tripoint.model.words import counted
from tripoint.reading.memory import Memory
from tripoint.reading.pool import dismiss, summon
from tripoint.tree import RootError
from tripoint.tree.watch import Watcher

__all__ = ["changes", "waited_for", "watch", "watcher_of"]

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
"""Home, erase the screen, erase what was scrolled out of it (xterm)."""


def watch(arguments: argparse.Namespace, screen: Screen) -> Iterator[Outcome]:
    """Give an outcome now and after each change, without end; raise CommandError where the folder can't be listed.

    An audit that can't be done, as of settings that are saved half-written, is said, and the next change is waited for.
    """
    watcher = watcher_of(arguments)
    before: _Outcome | None = None
    memory = Memory()
    changed: Sequence[str] = ()
    while True:
        start = time.perf_counter()
        try:
            audited = audit_once(arguments, screen, shows_proposals(arguments), memory)
            outcome = rendered(audited, arguments, screen)
        except CommandError as error:
            outcome = Outcome("", 2, error=str(error))
            said = ""
        except Exception as error:
            outcome = broken(error)
            said = ""
        else:
            said = f"audited in {time.perf_counter() - start:.2f} s"
            if before is not None:
                said += f" after {changes(changed, arguments.path)}: {_difference(audited.audit, before)}"
            before = audited.audit.findings, _undecided(audited.audit)
            del audited  # before the next one is made, and while there is time
        clear = CLEAR if screen.clears and arguments.format == "terminal" and arguments.output in (None, "-") else ""
        text = clear + outcome.text if outcome.text else ""
        parts = [said, f"watching {counted(watcher.files, 'file')}", "Ctrl-C ends"]
        yield replace(outcome, text=text, said=" · ".join(filter(None, parts)))
        changed = waited_for(watcher)


def waited_for(watcher: Watcher) -> tuple[str, ...]:
    """Return which files changed, and get the next audit ready while there is time."""
    gc.collect()
    dismiss()
    summon()
    return watcher.wait()


def watcher_of(arguments: argparse.Namespace) -> Watcher:
    """Return what watches the project of an audit's arguments, but not what the audit writes; raise CommandError."""
    written = [text.partition("=")[2] for text in arguments.report]
    written += [arguments.output] if arguments.output not in (None, "-") else []
    further = [path for path in (arguments.config, arguments.baseline, arguments.database) if path]
    try:
        return Watcher(arguments.path, further=further, unwatched=written)
    except RootError as error:
        raise CommandError(str(error)) from error


def changes(paths: Sequence[str], root: str) -> str:
    """Say which files changed, in a few words."""
    inside = os.path.join(os.path.realpath(root), "")
    shown = [visible(path.removeprefix(inside).replace(os.sep, "/")) for path in paths[:2]]
    more = [f"{len(paths) - 2} more"] if len(paths) > 2 else []
    return f"{', '.join([*shown, *more])} changed" if shown else "a change"


_Outcome = tuple[tuple[Finding, ...], Counter[tuple[str, str]]]
"""The findings of an audit, and what it could not read or decide: all that is kept of it."""


def _undecided(audit: Audit) -> Counter[tuple[str, str]]:
    return Counter((notice.kind, notice.reason) for notice in audit.notices)


def _difference(now: Audit, before: _Outcome) -> str:
    """Say what came and went since the audit before."""
    compared = compare(now, before[0])
    came = Counter(f"{f.rule} {f.subject}" for f in compared.findings if f.state == "new" and f.suppressed is None)
    gone = Counter(f"{f.rule} {f.subject}" for f in compared.mended)
    words = [
        f"{len(found)} {word} ({visible(next(iter(found)))}{', …' if len(found) > 1 else ''})"
        for word, found in (("new", came), ("mended", gone))
        if found
    ]
    unread = _undecided(now) - before[1]
    words += [f"{counted(unread.total(), 'place')} more not read or not decided"] if unread else []
    return ", ".join(words) or "nothing new"
