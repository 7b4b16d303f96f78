"""The static rules say the same of what the text was read as and of what PostgreSQL makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agreement.agree import drop, hold
from tripoint.bind.bodies import bind_bodies
from tripoint.bind.sql import SqlBinder
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Database, Evidence, Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.rules import load_rules
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql
from tripoint.supabase import base_catalog

TESTS = Path(__file__).parent.parent
SETTINGS = Settings(auto_expose_new_tables=True)
RULES = [rule for rule in load_rules() if rule.family == "schema" and rule.needs == ("migrations",)]
KNOWN_OF_TEXT_ALONE = "a definer function whose default grants are left"
"""A server does not tell the platform's own default grants from those of the project."""
OF_THE_TEXT = {
    "policy-references-missing",
    "policy-compares-with-itself",
    "dangling-foreign-key",
    "name-outside-search-path",
}
"""What they find is refused by a server, or told from names that only the text has."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    binaries, template = platform_template("supabase", SETTINGS)
    with Server(template=template, binaries=binaries) as server:
        yield server


def schemas() -> list[tuple[str, bytes]]:
    """Return the SQL of every planted hole and of every case of a rule on the schema, with its name."""
    found: list[tuple[str, bytes]] = []
    for path in sorted((TESTS / "rules" / "holes").glob("*.sql")):
        for part in re.split(r"^-- hole: ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            title, text = part.split("\n", 1)
            found.append((title, re.split(r"^-- file: ", text, flags=re.MULTILINE)[0].encode()))
    names = {rule.name for rule in RULES} - OF_THE_TEXT
    for path in sorted((TESTS / "cases").glob("*/*/supabase/migrations/*.sql")):
        case = path.relative_to(TESTS / "cases").parts[0]
        if case in names and len(list(path.parent.iterdir())) == 1:
            found.append((f"{case}/{path.relative_to(TESTS / 'cases').parts[1]}", path.read_bytes()))
    return found


def said(catalog: Catalog, base: Catalog, data: bytes) -> set[tuple[str, str, str]]:
    evidence = Evidence(Database("default", "", "supabase", settings=SETTINGS, definition="migrations"), catalog, base)
    evidence.bodies = bind_bodies(SqlBinder(evidence), lambda path: data)
    return {
        (rule.name, fault.subject, fault.severity or rule.severity)
        for rule in RULES
        if rule.name not in OF_THE_TEXT
        for fault in rule.check(evidence)
    }


def test_rules_on_a_fold_and_on_a_replay_agree(server: Server) -> None:
    base = base_catalog(SETTINGS)
    differing: dict[str, object] = {}
    spoke: set[str] = set()
    for title, data in schemas():
        held = hold(server, [("a.sql", data)], base)
        folded = fold([(path, read_sql(text)) for path, text in held.accepted], base, "supabase")
        text = dict(held.accepted)["a.sql"]
        of_text, of_server = said(folded.catalog, base, text), said(held.catalog, base, text)
        spoke |= {name for name, _, _ in of_text}
        if of_text != of_server and not folded.opaque and title != KNOWN_OF_TEXT_ALONE:
            differing[title] = (sorted(of_text - of_server), sorted(of_server - of_text))
        drop(server, held)
    assert not differing, "\n".join(f"{k}: {v}" for k, v in differing.items())
    assert len(spoke) >= 25  # the comparison is of something
