"""What is said to be refused without a database, held against PostgreSQL: it refuses just that, in the same words."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tripoint.audit import audit
from tripoint.config import Config
from tripoint.options import Options
from tripoint.postgres.server import Server
from tripoint.tree import WorkTree

_TEXT = (Path(__file__).parent / "refused.sql").read_text()
_BASE, _REST = _TEXT.split("-- refused\n")
REFUSED, TAKEN = (part.strip().split("\n\n") for part in _REST.split("-- taken\n"))
_AUTH = "create schema auth; create function auth.uid() returns uuid stable language sql as $$ select null::uuid $$;"


def _answer(server: Server, statements: str) -> str | None:
    """Return the words with which PostgreSQL refuses the statements, None where it takes them."""
    with server.connect("postgres") as connection:
        connection.execute("begin")
        connection.execute((_AUTH + _BASE).encode())
        try:
            connection.execute(statements.encode())
        except psycopg.Error as error:
            return str(error.diag.message_primary)
        finally:
            connection.execute("rollback")
    return None


def _told(folder: Path, statements: str) -> list[str]:
    """Return what the audit says is refused of the statements, in the last of two migrations."""
    for name, text in (("20250101000000_base", _BASE), ("20250102000000_last", statements)):
        path = folder / f"supabase/migrations/{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = audit(WorkTree(str(folder)), Config(), Options(processes=0)).findings
    return [spot.note or "" for one in found if one.rule == "refused-statement" for spot in one.spots]


def _plain(words: str) -> str:
    """Leave out what PostgreSQL says of some names and not of others: their schema, quotes, and that it is an array."""
    return words.replace("public.", "").replace('"', "").replace("[]", "")


@pytest.mark.parametrize("statements", REFUSED)
def test_what_is_refused_is_told(server: Server, tmp_path: Path, statements: str) -> None:
    words = _answer(server, statements)
    assert words is not None
    told = [_plain(reason) for reason in _told(tmp_path, statements)]
    assert len(told) == 1
    if "as enum" in statements:  # PostgreSQL names the index that holds the labels
        assert words.startswith("duplicate key")
        assert told == ["enum label a used more than once"]
    else:
        assert told[0].startswith(_plain(words))


@pytest.mark.parametrize("statements", TAKEN)
def test_what_is_taken_is_not_told(server: Server, tmp_path: Path, statements: str) -> None:
    assert _answer(server, statements) is None
    assert _told(tmp_path, statements) == []
