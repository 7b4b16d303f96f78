"""Hostile things in a project, each audited, and what came of each: the table of `docs/security.md` is made of this."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

__all__ = ["HOSTILES", "Hostile", "attempt", "table"]

MIGRATION = "supabase/migrations/20260101000000_start.sql"
NEXT = "supabase/migrations/20260102000000_next.sql"
CODE = "src/app.ts"
CLIENT = "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('u', 'k')\n"
PROJECT = {
    MIGRATION: "create table public.notes (id uuid primary key);\n"
    "alter table public.notes enable row level security;\n",
    CODE: CLIENT + "export const a = () => supabase.from('notes').select('id')\n",
    "docs/data-model.md": "# Data model\n\n## notes\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n",
}


class Hostile(Struct, frozen=True):
    """Something hostile: how it is put into a project, where, and what is said of it.

    `put` is given the project's folder, a folder outside of it, and a program that leaves a trace when it runs.
    """

    name: str
    put: Callable[[Path, Path, Path], object]
    outcome: str
    path: str = CODE


def write(path: str, data: str | bytes) -> Callable[[Path, Path, Path], object]:
    """Return what puts a file into the project."""

    def put(root: Path, outside: Path, program: Path) -> None:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())

    return put


def link(path: str, to: str) -> Callable[[Path, Path, Path], object]:
    """Return what puts a link into the project; `OUT` stands for the folder outside."""

    def put(root: Path, outside: Path, program: Path) -> None:
        (root / path).symlink_to(to.replace("OUT", str(outside)))

    return put


def configured(*lines: str, attributes: str = "") -> Callable[[Path, Path, Path], object]:
    """Return what makes the project a repository with these settings; `PROGRAM` and `OUT` are filled in."""

    def put(root: Path, outside: Path, program: Path) -> None:
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "one")
        (root / CODE).write_text(PROJECT[CODE] + "// changed\n")
        git(root, "commit", "-qam", "two")
        for hook in (
            "post-index-change",
            "pre-commit",
            "fsmonitor-watchman",
            "query-watchman",
            "reference-transaction",
        ):
            target = root / ".git/hooks" / hook
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(program)
        if attributes:
            (root / ".gitattributes").write_text(attributes)
        text = "\n".join(lines).replace("PROGRAM", str(program)).replace("OUT", str(outside))
        (outside / "included").write_text(f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n")
        with (root / ".git/config").open("a") as config:
            config.write(text + "\n")
        os.utime(root / CODE, (1, 1))

    return put


def git(folder: Path, *arguments: str) -> None:
    """Run git as the owner of the repository."""
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True)


def bind_socket(root: Path, outside: Path, program: Path) -> None:
    """Put a socket into the project."""
    here = os.open(root / "src", os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/x.ts")
    finally:
        os.close(here)


def bare_repository(root: Path, outside: Path, program: Path) -> None:
    """Make the folder itself a bare repository."""
    git(root, "init", "-q", "--bare")
    with (root / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {program}\n")


def nested_repository(root: Path, outside: Path, program: Path) -> None:
    """Put a repository with a hostile configuration into a folder of a repository."""
    configured()(root, outside, program)
    inner = root / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "a.ts").write_text(PROJECT[CODE])
    with (inner / ".git/config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {program}\n")


def deep_folders(root: Path, outside: Path, program: Path) -> None:
    """Put 300 folders into each other."""
    folder = root / "src"
    for _ in range(300):
        folder = folder / "d"
        folder.mkdir()
    (folder / "x.ts").write_text(PROJECT[CODE])


def planted_package(root: Path, outside: Path, program: Path) -> None:
    """Put modules into the project that Python would import if the folder were on its path."""
    trace = f"import subprocess\nsubprocess.run([{str(program)!r}])\n"
    for name in (
        "tripoint/__init__.py",
        "tripoint/cli.py",
        "sitecustomize.py",
        "usercustomize.py",
        "msgspec.py",
        "re.py",
    ):
        write(name, trace)(root, outside, program)


READ = "read"
DEEP = 10_000
BLANKS, WORD = " " * 100_000, "a" * 100_000
LONG_LINES = (
    f"# Schema{BLANKS}x\n\n## Table: {BLANKS} `x`\n\n## {WORD} `x`\n\n- `id{BLANKS}x\n"
    f"- a: {BLANKS}x\n- a: {',' * 100_000}\n\n**Purpose**: {BLANKS}x\n\n"
    f"```mermaid\nclassDiagram\nclass A {{\n  {WORD}\n  {BLANKS}x\n}}\n```\n"
)
EXECUTED = "[core]\n\tfsmonitor = PROGRAM\n\tpager = PROGRAM\n\teditor = PROGRAM\n\tsshCommand = PROGRAM"

HOSTILES: tuple[Hostile, ...] = (
    Hostile(
        "a link to a file outside", link("src/x.ts", "OUT/secret.ts"), "is a link that leaves the project", "src/x.ts"
    ),
    Hostile("a link to a folder outside", link("src/x", "OUT"), "is a link that leaves the project", "src/x"),
    Hostile(
        "a link to /etc/passwd as a document",
        link("docs/x.md", "/etc/passwd"),
        "is a link that leaves the project",
        "docs/x.md",
    ),
    Hostile("a link out as a migration", link(NEXT, "OUT/secret.sql"), "is a link that leaves the project", NEXT),
    Hostile(
        "a link through two others to the outside",
        lambda r, o, p: (
            link("a", "b")(r, o, p),
            link("b", "src/../../")(r, o, p),
            link("src/x.ts", "../a/OUT")(r, o, p),
        ),
        "is a link that leaves the project, as are 2 more",
        "a",
    ),
    Hostile("a link to itself", link("src/x.ts", "x.ts"), "is a link that leads back to itself", "src/x.ts"),
    Hostile("a link to a device", link("src/x.ts", "/dev/zero"), "is a link that leaves the project", "src/x.ts"),
    Hostile(
        "a named pipe that nobody writes to", lambda r, o, p: os.mkfifo(r / "src/x.ts"), "is a named pipe", "src/x.ts"
    ),
    Hostile(
        "a named pipe as the settings",
        lambda r, o, p: os.mkfifo(r / "tripoint.toml"),
        "is a named pipe",
        "tripoint.toml",
    ),
    Hostile("a socket", bind_socket, "is a socket", "src/x.ts"),
    Hostile(
        "folders that link to each other",
        lambda r, o, p: (link("src/a", "../docs")(r, o, p), link("docs/b", "../src")(r, o, p)),
        READ,
    ),
    Hostile("folders nested 300 deep", deep_folders, "is nested deeper than 200 folders", "src/d"),
    Hostile(
        "a name that is not UTF-8",
        lambda r, o, p: open(os.fsencode(r) + b"/src/\xff.ts", "w").close(),
        "has a name that is not UTF-8",
        "src/",
    ),
    Hostile(
        "a line of 100 MB",
        lambda r, o, p: os.truncate(os.open(r / "src/x.ts", os.O_CREAT | os.O_WRONLY, 0o644), 100 << 20),
        "left out as larger than the size limit",
        "src/x.ts",
    ),
    Hostile(
        "a document of 100 MB",
        lambda r, o, p: os.truncate(os.open(r / "docs/x.md", os.O_CREAT | os.O_WRONLY, 0o644), 100 << 20),
        "left out as larger than the size limit",
        "docs/x.md",
    ),
    Hostile(
        "a line of 1.9 MB of code",
        write("src/x.ts", PROJECT[CODE] + "const x = '" + "x" * 1_900_000 + "'"),
        READ,
        "src/x.ts",
    ),
    Hostile(
        "a line of 1.9 MB of Markdown", write("docs/x.md", "# Data model\n\n" + "word " * 380_000), READ, "docs/x.md"
    ),
    Hostile(
        f"SQL nested {DEEP:,} deep",
        write(NEXT, "select " + "(" * DEEP + "1" + ")" * DEEP + ";"),
        'PostgreSQL: memory exhausted at or near "("',
        NEXT,
    ),
    Hostile(
        f"a condition of {DEEP:,} parts",
        write(NEXT, "select 1 where " + "a = 1 and " * DEEP + "true;"),
        "PostgreSQL: more than 4000 operators in one statement",
        NEXT,
    ),
    Hostile(
        f"code nested {DEEP:,} deep",
        write("src/x.ts", PROJECT[CODE] + "const x = " + "[" * DEEP + "]" * DEEP),
        READ,
        "src/x.ts",
    ),
    Hostile(
        f"{DEEP:,} calls in a chain",
        write("src/x.ts", PROJECT[CODE] + "supabase.from('notes')" + ".eq('id', 1)" * DEEP),
        READ,
        "src/x.ts",
    ),
    Hostile(
        f"an embed nested {DEEP:,} deep",
        write("src/x.ts", CLIENT + "supabase.from('notes').select('" + "a(" * DEEP + ")" * DEEP + "')"),
        READ,
        "src/x.ts",
    ),
    Hostile(
        f"Markdown quotes and lists nested {DEEP:,} deep",
        write("docs/x.md", "# Data model\n\n" + ">" * DEEP + " a\n\n" + "- " * DEEP + "a\n"),
        READ,
        "docs/x.md",
    ),
    Hostile(
        f"a table of {DEEP:,} columns",
        write(
            NEXT, "create table public.wide (id uuid primary key" + "".join(f", c{n} int" for n in range(DEEP)) + ");"
        ),
        READ,
        NEXT,
    ),
    Hostile(
        "Kotlin that its grammar's parser never ends on",
        write("app/x.kt", "val supabase = createSupabaseClient(u, k) { install(Postgrest) }\nval e = 1\n@a"),
        READ,
        "app/x.kt",
    ),
    Hostile(
        f"settings nested {DEEP:,} deep",
        write("tripoint.toml", "a = " + "[" * DEEP + "]" * DEEP),
        "refused: tripoint.toml: is no valid TOML: it is nested too deeply or holds a value out of range",
        "tripoint.toml",
    ),
    Hostile(
        "a setting whose key has 75,000 parts",
        write("tripoint.toml", "a." * 75_000 + "b = 1\n"),
        "refused: tripoint.toml:1: is no valid TOML: a key of more than 64 parts",
        "tripoint.toml",
    ),
    Hostile(
        "the platform's settings with a key of 75,000 parts",
        write("supabase/config.toml", "a." * 75_000 + "b = 1\n"),
        "is no valid TOML (A key of more than 64 parts (at line 1, column 1)), so the platform's defaults are assumed",
        "supabase/config.toml",
    ),
    Hostile(
        "a compose file of one word, and a Dockerfile of blank lines, of a million bytes each",
        lambda r, o, p: (
            write("compose.yaml", "a" * 1_000_000)(r, o, p),
            write("Dockerfile", "\n" * 1_000_000)(r, o, p),
        ),
        READ,
    ),
    Hostile(
        "a migration of 50,000 headings, each with a way back, a document whose lines are of blanks or of one word, "
        "and a condition of 100,000 blanks",
        lambda r, o, p: (
            write(NEXT, "select 1;\n" + "-- Down\ndrop table a;\n" * 50_000)(r, o, p),
            write("docs/schema.md", LONG_LINES)(r, o, p),
            write("src/steps.ts", f"if (a.b) supabase.from('a');\nif ({' ' * 100_000}#) supabase.from('b');\n")(
                r, o, p
            ),
        ),
        READ,
    ),
    Hostile(
        "settings with a glob that would backtrack without end",
        write(
            "tripoint.toml",
            f"exclude = [{json.dumps('*a' * 40 + 'b')}, {json.dumps('**/' * 30 + 'x')}, {json.dumps('{a,b}' * 12)}]\n",
        ),
        READ,
    ),
    Hostile(
        "a baseline outside the project",
        write("tripoint.toml", 'baseline = "../outside/secret.json"\n'),
        "refused: tripoint.toml:1: baseline must be a path inside the project, relative to its root",
        "tripoint.toml",
    ),
    Hostile(
        "a baseline that is /etc/passwd",
        write("tripoint.toml", 'baseline = "/etc/passwd"\n'),
        "refused: tripoint.toml:1: baseline must be a path inside the project, relative to its root",
        "tripoint.toml",
    ),
    Hostile(
        "migrations outside the project",
        write("tripoint.toml", '[[databases]]\nname = "a"\nmigrations = "../outside"\n'),
        "refused: tripoint.toml:3: databases[1].migrations must be a path inside the project, relative to its root",
        "tripoint.toml",
    ),
    Hostile("packages named `tripoint`, `msgspec`, `re` and `sitecustomize.py`", planted_package, READ),
    Hostile(
        "`core.fsmonitor`, pager, editor, ssh command and hooks of a repository",
        configured(EXECUTED, "\thooksPath = OUT"),
        READ,
    ),
    Hostile(
        "filters and `textconv` of a repository",
        configured(
            '[filter "e"]\n\tclean = PROGRAM\n\tsmudge = PROGRAM\n\tprocess = PROGRAM\n\trequired = true',
            '[diff "e"]\n\ttextconv = PROGRAM\n\tcommand = PROGRAM\n[diff]\n\texternal = PROGRAM',
            attributes="* filter=e diff=e\n",
        ),
        READ,
    ),
    Hostile(
        "settings of a repository that include others",
        configured('[include]\n\tpath = OUT/included\n[includeIf "gitdir:**"]\n\tpath = OUT/included'),
        READ,
    ),
    Hostile(
        "a remote that is a program, in a partial clone",
        configured('[remote "origin"]\n\turl = ext::PROGRAM\n\tpromisor = true\n[extensions]\n\tpartialClone = origin'),
        READ,
    ),
    Hostile(
        "aliases named like git's own commands",
        configured(
            "[alias]\n\tls-files = !PROGRAM\n\tcat-file = !PROGRAM\n[pager]\n\tls-files = PROGRAM\n\tlog = PROGRAM"
        ),
        READ,
    ),
    Hostile(
        "signatures that a program verifies",
        configured("[log]\n\tshowSignature = true\n[gpg]\n\tprogram = PROGRAM"),
        READ,
    ),
    Hostile("a work tree that is elsewhere", configured("[core]\n\tworktree = OUT"), READ),
    Hostile(
        "alternates that are outside",
        lambda r, o, p: (configured()(r, o, p), (r / ".git/objects/info/alternates").write_text(f"{o}\n")),
        READ,
    ),
    Hostile(
        "a repository inside the repository",
        nested_repository,
        "is a git repository of its own, which is not audited with this",
        "inner",
    ),
    Hostile(
        "a folder that is a bare repository with settings",
        bare_repository,
        READ,
    ),
    Hostile("a `.git` that is no repository", write(".git/config", "[core\n"), READ),
    Hostile("a `.git` file that leads outside", write(".git", "gitdir: ../outside\n"), READ),
)


def attempt(hostile: Hostile, home: Path) -> str:
    """Audit a project with the hostile thing in it, as a person would; return what was said of its file.

    Raises AssertionError where a program ran, something from outside was read, or the audit did not end well.
    """
    root, outside = home / "project", home / "outside"
    outside.mkdir(parents=True)
    trace = home / "ran"
    program = outside / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    program.chmod(0o755)
    (outside / "secret.ts").write_text(CLIENT + "supabase.from('secret_outside').select('id')\n")
    (outside / "secret.sql").write_text("create table public.secret_outside (id int);\n")
    for path, text in PROJECT.items():
        write(path, text)(root, outside, program)
    hostile.put(root, outside, program)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    done = subprocess.run(
        [Path(sys.executable).with_name("tripoint"), "audit", "--format", "json", "--no-cache", "."],
        cwd=root,
        env=environment,
        capture_output=True,
        timeout=300,
    )
    said, error = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert not trace.exists(), "a program ran"
    assert "secret_outside" not in said + error, "something outside was read"
    assert "root:" not in said + error
    assert "Traceback" not in error, error
    assert "internal error" not in said + error, error
    if done.returncode == 2:
        return f"refused: {error.removeprefix('tripoint: ').strip()}"
    assert done.returncode in (0, 1), error
    return _said_of(hostile.path, json.loads(said))


def _said_of(path: str, audit: dict[str, Any]) -> str:
    for notice in audit["notices"]:
        spot = notice["spot"]
        if notice["kind"] in ("unread", "unparsed") and spot is not None and spot["path"].startswith(path):
            return str(notice["reason"])
    if any(file["path"] == path for file in audit["files"]):
        return READ
    (left_out,) = audit["left_out"]
    return f"left out as {left_out['reason']}"


def table() -> str:
    """Return the table of what is tried, as Markdown."""
    rows = [f"| {hostile.name} | {hostile.outcome} |" for hostile in HOSTILES]
    return "\n".join(["| in the project | what comes of it |", "|---|---|", *rows])
