"""A page on this machine's loopback address, for this machine's user alone.

A browser lets any site send requests to 127.0.0.1, and a foreign name may be made to lead there (DNS rebinding). So a
request counts only when its Host is the address that the server was opened at, and no foreign page sent it
(https://fetch.spec.whatwg.org/#origin-header, https://w3c.github.io/webappsec-fetch-metadata/). Pages come from memory:
no request reaches a file.
"""

from __future__ import annotations

import os
import socketserver
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

__all__ = ["ADDRESS", "LocalServer"]

ADDRESS = "127.0.0.1"

_LISTENERS = 32
"""Pages that can be told of changes at once."""
_HEARTBEAT = 15.0
"""Seconds after which a listener is written to, so that one that has gone is noticed."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Beside the page's own, stricter policy, which stands in the page itself."""


class _State(NamedTuple):
    version: str = ""
    page: bytes = b""
    problem: str = ""


class LocalServer(ThreadingHTTPServer):
    """Serves one page, and tells those who look at it when there is a newer one.

    `/` is the page; `/events` a stream of server-sent events: `version` names the newest page, `problem` says in a
    sentence why there is no newer one.
    """

    daemon_threads = True
    # Elsewhere the option only skips the wait for old connections; on Windows it would share a port that is in use.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int) -> None:
        """Listen on a port of the loopback address, 0 for any that is free. Raises OSError where it is taken."""
        super().__init__((ADDRESS, port), _Handler)
        self._state = _State()
        self._changed = threading.Condition()
        self._listeners = threading.BoundedSemaphore(_LISTENERS)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="serve", daemon=True)
        names = (ADDRESS, "localhost")
        self.hosts = frozenset(f"{name}:{self.server_port}" for name in names)
        """What a request's Host may be."""

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def server_bind(self) -> None:
        """Bind without asking any name server for this machine's name, which the base class does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def start(self) -> None:
        """Serve from now on, on threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no longer, and give the port back."""
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()

    def publish(self, version: str, page: str) -> None:
        """Serve a new page."""
        self._set(_State(version, page.encode("utf-8", "backslashreplace")))

    def complain(self, problem: str) -> None:
        """Say why the page is not renewed; it stays as it is."""
        self._set(self._state._replace(problem=" ".join(problem.split())))

    @property
    def state(self) -> _State:
        """What is served now."""
        return self._state

    def _set(self, state: _State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def newer(self, state: _State) -> _State:
        """Wait for another state than `state`, at most a heartbeat long."""
        with self._changed:
            self._changed.wait_for(lambda: self._state is not state, _HEARTBEAT)
            return self._state

    def listen(self) -> bool:
        """Take one of the places of those who are told; False where all are taken."""
        return self._listeners.acquire(blocking=False)

    def leave(self) -> None:
        """Give a place back."""
        self._listeners.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of browsers that go away in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"
    timeout = 30.0
    """Seconds that a request may take to arrive."""

    def do_GET(self) -> None:
        refusal = self._refusal()
        path = self.path.partition("?")[0]
        if refusal is not None:
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", refusal.encode())
        elif path == "/":
            self._answer(HTTPStatus.OK, "text/html", self.server.state.page)
        elif path == "/events" and self.command == "GET":
            self._tell()
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"there is only /\n")

    do_HEAD = do_GET

    def _refuse(self) -> None:
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"only GET and HEAD\n", Allow="GET, HEAD")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _refuse

    def _refusal(self) -> str | None:
        """Say why a request is none of ours, None where it is."""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].strip().lower() not in self.server.hosts:
            return "this address is not served here\n"
        own = {f"http://{host}" for host in self.server.hosts}
        if any(origin.strip().lower() not in own for origin in self.headers.get_all("Origin") or []):
            return "requests of other sites are refused\n"
        foreign = self.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
        # A link or a bookmark may lead here; what it opens is a page of its own that the other can't look into.
        if foreign and self.headers.get("Sec-Fetch-Mode") != "navigate":
            return "requests of other sites are refused\n"
        return None

    def _answer(self, status: HTTPStatus, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self._send_headers({"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), **headers})
        if status is not HTTPStatus.OK:
            self.close_connection = True  # a body that was sent along is not read
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_headers(self, headers: dict[str, str]) -> None:
        for name, value in {**headers, **_HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()

    def _tell(self) -> None:
        """Send each new state until the page is gone."""
        if not self.server.listen():
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"too many pages are open\n")
            return
        try:
            self.close_connection = True
            self.send_response(HTTPStatus.OK)
            self._send_headers({"Content-Type": "text/event-stream; charset=utf-8", "Connection": "close"})
            told: _State | None = None
            state = self.server.state
            while True:
                if state is told:
                    text = ": still here\n\n"
                else:
                    text = f"event: version\ndata: {state.version}\n\nevent: problem\ndata: {state.problem}\n\n"
                self.wfile.write(text.encode("utf-8", "backslashreplace"))
                self.wfile.flush()
                told = state
                state = self.server.newer(state)
        finally:
            self.server.leave()

    def version_string(self) -> str:
        """What is served, and no more."""
        return "tripoint"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: only `cli.py` prints."""
