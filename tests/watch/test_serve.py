"""`tripoint serve`: who gets the report, who doesn't, and that it renews itself."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser_chromium import chromium
from tripoint.commands.local_server import LocalServer
from watch.lasting import Lasting, lasting, project

Headers = dict[str, str]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    one = LocalServer(0)
    one.publish("v1", "<p>secret</p>")
    one.start()
    yield one
    one.stop()


def ask(server: LocalServer, method: str = "GET", path: str = "/", **headers: str) -> tuple[int, Headers, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=names)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_the_page_for_whoever_opened_it(server: LocalServer) -> None:
    own = f"http://localhost:{server.server_port}"
    for headers in (
        {},
        {"Host": f"localhost:{server.server_port}"},
        {"Origin": own},
        {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},  # a link that was followed
    ):
        status, answered, body = ask(server, **headers)
        assert (status, body) == (200, b"<p>secret</p>"), headers
        assert answered["Cache-Control"] == "no-store"
        assert answered["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answered["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answered["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "127.0.0.1:{port}.evil.example"},
        {"Host": "user@127.0.0.1:{port}"},
        {"Host": "[::1]:{port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/events"])
def test_no_page_for_others(server: LocalServer, headers: Headers, path: str) -> None:
    sent = {name: value.replace("{port}", str(server.server_port)) for name, value in headers.items()}
    status, answered, body = ask(server, path=path, **sent)
    assert status == 403
    assert b"secret" not in body
    assert not any(name.startswith("Access-Control") for name in answered)


@pytest.mark.parametrize(
    "lines", [b"GET / HTTP/1.0", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: a"]
)
def test_a_request_without_one_host(server: LocalServer, lines: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as connection:
        connection.sendall(
            lines.replace(b"{port}", str(server.server_port).encode()) + b"\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b" 403 " in answer.partition(b"\r\n")[0]
    assert b"secret" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_get(server: LocalServer, method: str) -> None:
    status, answered, body = ask(server, method)
    assert (status, answered["Allow"]) == (405, "GET, HEAD")
    assert b"secret" not in body


def test_there_is_one_page(server: LocalServer) -> None:
    for path in ("/etc/passwd", "/../../etc/passwd", "/index.html", "/%2e%2e/"):
        assert ask(server, path=path)[0] == 404, path
    assert ask(server, "HEAD")[0::2] == (200, b"")


def test_it_listens_on_loopback_alone(server: LocalServer) -> None:
    assert server.socket.getsockname() == ("127.0.0.1", server.server_port)
    with pytest.raises(OSError, match="in use"):
        LocalServer(server.server_port)


def test_who_listens_is_told(server: LocalServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.request("GET", "/events")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"

    def event() -> tuple[str, str]:
        name, data = answer.readline(), answer.readline()
        assert answer.readline() == b"\n"
        return name.decode().split(": ", 1)[1].strip(), data.decode().split(": ", 1)[1].strip()

    assert (event(), event()) == (("version", "v1"), ("problem", ""))
    server.complain("a\nb: c")
    assert (event(), event()) == (("version", "v1"), ("problem", "a b: c"))
    server.publish("v2", "")
    assert (event(), event()) == (("version", "v2"), ("problem", ""))
    connection.close()


def address(command: Lasting) -> str:
    assert command.process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/", command.process.stdout.readline())
    assert found is not None
    return found[0]


def test_the_browser_follows(tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    with lasting("serve", str(root), "--port", "0") as command, chromium() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address(command))
        assert "2 files watched" in command.said()
        page.locator("nav").get_by_role("link", name="Findings").click()
        page.get_by_role("searchbox", name="Search findings").fill("shelves")
        expect(page.locator("#finding-list > .finding:visible")).to_have_count(0)
        with (root / "page.ts").open("a") as code:
            code.write("db.from('shelves').select('id')\n")
        assert "page.ts changed" in command.said()
        # It came by itself, and the search still stands.
        expect(page.locator("#finding-list > .finding:visible")).to_have_count(1)
        expect(page.get_by_role("searchbox", name="Search findings")).to_have_value("shelves")
        (root / "tripoint.toml").write_text("nonsense = 1")
        assert "nonsense" in command.said()
        expect(page.locator(".live")).to_contain_text("unknown key 'nonsense'")
        (root / "tripoint.toml").unlink()
        assert "tripoint.toml changed" in command.said()
        expect(page.locator(".live")).to_be_hidden()
        assert faults == []
        assert command.interrupt() == 0
        expect(page.locator(".live")).to_contain_text("has ended")


def test_a_taken_port_is_said(tmp_path: Path, server: LocalServer) -> None:
    with lasting("serve", str(project(tmp_path / "project")), "--port", str(server.server_port)) as command:
        assert f"port {server.server_port} of 127.0.0.1 can't be listened at" in command.said()
        assert command.process.wait(60) == 2


def test_a_project_that_cannot_be_audited(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with lasting("serve", str(tmp_path / "empty"), "--port", "0") as command:
        assert "holds no files to read" in command.said()
        assert command.process.wait(60) == 2
