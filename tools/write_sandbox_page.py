"""Write the table of `docs/sandbox.md` from the ways out that the tests try: `python tools/write_sandbox_page.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from postgres.escapes import ESCAPES  # noqa: E402

PAGE = ROOT / "docs" / "sandbox.md"
INTRODUCTION = """# The sandbox

Migrations of an audited project are untrusted code. `tripoint audit --replay` runs them on an embedded PostgreSQL that
is made for one run and thrown away:

- They run as the role `postgres`, which is no superuser and can't become one (PostgreSQL 16 or later).
- All that needs a superuser is done before the first of their statements. The few things that PostgreSQL keeps to
  superusers and real migrations do (event triggers, foreign data wrappers, publications of everything) are done by
  helpers that leave out the code that would run.
- Extensions are stand-ins in SQL, or trusted ones of PostgreSQL itself. One more is C code: pgvector,
  whose index methods no SQL can stand for. It is let in where the namespaces stand and nowhere else (elsewhere its
  types and operators are a stand-in, and an `hnsw` or `ivfflat` index is a notice): a fault in it would give an
  attacker a process without network, files or rights, and so would any fault in the server itself.
- tripoint's own driver sends the statements; `psql` is never used. Rows are dropped, each statement has a time limit
  that is kept from outside, and a server that does not obey is killed with all of its processes.
- Where the system has user namespaces (for root and for ordinary users), the server lives in namespaces of its own: no
  network, no other process, no file but its programs, the system's libraries and its data, which lie in a memory file
  system of bounded size. Elsewhere the operating system's limits and a private folder remain, and the report says
  which walls stood.
- The server ends with tripoint, also when tripoint is killed, and leaves no process, shared memory or folder behind.

Each line is tried in the tests on a server of the platform, as root and as an ordinary user, with the same outcome: a
way is *refused* (with PostgreSQL's code), or *done* without harm, or the server is *lost* and the replay says so.

| what is tried | outcome | what closes it |
|---|---|---|
"""


def main() -> None:
    """Write the page."""
    rows = [f"| {escape.name} | {escape.outcome} | {escape.closed_by} |\n" for escape in ESCAPES]
    PAGE.write_text(INTRODUCTION + "".join(rows), "utf-8")


if __name__ == "__main__":
    main()
