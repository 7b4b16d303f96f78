"""`tripoint serve`: the HTML report in a browser, which renews itself whenever a file of the project is saved."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Iterator

from tripoint.commands.auditing import Audited, Lines, audit_once
from tripoint.commands.local_server import ADDRESS, LocalServer
from tripoint.commands.outcome import CommandError, Outcome, Screen, broken
from tripoint.commands.watch import changes, waited_for, watcher_of
from tripoint.formats.format import RenderOptions
from tripoint.formats.html import render
from tripoint.model.words import counted
from tripoint.reading.memory import Memory

__all__ = ["run"]

PORT = 7837
"""The port that is taken where none is asked for, and it is free."""


def run(arguments: argparse.Namespace, screen: Screen) -> Iterator[Outcome]:
    """Serve without end, and give a line for each audit; raise CommandError where there is nothing to serve."""
    watcher = watcher_of(arguments)
    server = _listen(arguments.port)
    token = secrets.token_hex(4)  # tells a page that this server is another one
    number = 0
    memory = Memory()

    def publish() -> str:
        version = f"{token}-{number}"
        audited = audit_once(arguments, screen, memory=memory)
        server.publish(version, _page(audited, version))
        return _found(audited)

    try:
        found = publish()
        server.start()
        if arguments.open:
            import webbrowser

            webbrowser.open(server.url)
        watched = f"{counted(watcher.files, 'file')} watched"
        yield Outcome(f"The report is at {server.url} until Ctrl-C.\n", said=f"{found} · {watched}")
        while True:
            changed = waited_for(watcher)
            start = time.perf_counter()
            number += 1
            try:
                found = publish()
            except CommandError as error:
                server.complain(str(error))
                yield Outcome("", 2, error=str(error))
            except Exception as error:
                outcome = broken(error)
                server.complain(outcome.error or "")
                yield outcome
            else:
                took = f"{changes(changed, arguments.path)}, audited in {time.perf_counter() - start:.2f} s"
                yield Outcome("", said=f"{took} · {found}")
    finally:
        server.stop()


def _listen(port: int | None) -> LocalServer:
    try:
        return LocalServer(PORT if port is None else port)
    except OSError as error:
        if port is not None:
            raise CommandError(f"port {port} of {ADDRESS} can't be listened at: {error.strerror or error}") from error
    except OverflowError as error:
        raise CommandError(f"{port} is no port: they go from 1 to 65535") from error
    return LocalServer(0)


def _page(audited: Audited, version: str) -> str:
    return render(audited.audit, RenderOptions(read_line=Lines(audited.tree), live=version))


def _found(audited: Audited) -> str:
    return counted(sum(finding.suppressed is None for finding in audited.audit.findings), "finding")
