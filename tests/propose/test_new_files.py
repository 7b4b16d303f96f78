"""Names and frames of new migrations, by layout."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from propose.proposing import NOW
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Database, Evidence, MigrationFile
from tripoint.propose.draft import Draft
from tripoint.propose.files import NotPlaced, lay, new_files, with_room

DRAFT = Draft(
    "default", "missing-table", "public.notes", "create table notes ();\n", "create_notes", "drop table notes;\n"
)


def project(layout: str, *files: tuple[str, str | None]) -> Evidence:
    migrations = tuple(MigrationFile(path, version, layout) for path, version in files)
    platform = "supabase" if layout == "supabase" else "postgresql"
    return Evidence(Database("default", "", platform, migrations), Catalog(), Catalog())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layout", "files", "path"),
    [
        (
            "supabase",
            [("supabase/migrations/20260101000000_a.sql", "20260101000000")],
            "20260314150926_create_notes.sql",
        ),
        (
            "supabase",
            [("supabase/migrations/20270101000000_a.sql", "20270101000000")],
            "20270101000001_create_notes.sql",
        ),
        ("supabase", [("supabase/migrations/202601010000_a.sql", "202601010000")], "202603141509_create_notes.sql"),
        ("supabase", [("supabase/migrations/007_a.sql", "007")], "008_create_notes.sql"),
        (
            "supabase",
            [
                ("supabase/migrations/20260101000000_a.sql", "20260101000000"),
                ("supabase/migrations/20260109_b.sql", "20260109"),
            ],
            "20260314150926_create_notes.sql",
        ),
        ("supabase", [("supabase/migrations/20260131_a.sql", "20260131")], "20260314150926_create_notes.sql"),
        ("supabase", [("supabase/migrations/20260531_a.sql", "20260531")], "20260601000000_create_notes.sql"),
        ("goose", [("db/20260131_a.sql", "20260131")], "20260201_create_notes.sql"),
        (
            "prisma",
            [("prisma/migrations/20260101000000_a/migration.sql", "20260101000000_a")],
            "20260314150926_create_notes/migration.sql",
        ),
        ("golang-migrate", [("db/000009_a.up.sql", "000009")], "000010_create_notes.up.sql"),
        ("flyway", [("sql/V1__a.sql", "1"), ("sql/V2__b.sql", "2")], "V3__create_notes.sql"),
        ("flyway", [("sql/V1.9__a.sql", "1.9"), ("sql/V1.10__b.sql", "1.10")], "V1.11__create_notes.sql"),
        ("flyway", [("sql/V1_1__a.sql", "1.1")], "V1_2__create_notes.sql"),
        ("prisma", [("prisma/migrations/0_init/migration.sql", "0_init")], "20260314150926_create_notes/migration.sql"),
        ("goose", [("db/00001_a.sql", "00001")], "00002_create_notes.sql"),
        ("dbmate", [("db/migrations/20260101000000_a.sql", "20260101000000")], "20260314150926_create_notes.sql"),
        ("node-pg-migrate", [("migrations/1700000000000_a.sql", "1700000000000")], "1773500966000_create_notes.sql"),
        (
            "diesel",
            [("migrations/2026-01-01-000000_a/up.sql", "20260101000000")],
            "2026-03-14-150926_create_notes/up.sql",
        ),
        ("numbered", [("sql/01-a.sql", "01")], "02-create_notes.sql"),
    ],
)
def test_the_last_name_is_followed(layout: str, files: list[tuple[str, str]], path: str) -> None:
    made = new_files(DRAFT, project(layout, *files), lambda path: False, NOW)
    assert made.path.endswith("/" + path)
    assert made.path.startswith(files[-1][0].split("/")[0] + "/")
    assert next(iter(made.texts)) == made.path


@pytest.mark.parametrize(
    ("layout", "path", "expected"),
    [
        ("goose", "db/1_a.sql", "-- +goose Up\ncreate table notes ();\n\n-- +goose Down\ndrop table notes;\n"),
        ("dbmate", "db/1_a.sql", "-- migrate:up\ncreate table notes ();\n\n-- migrate:down\ndrop table notes;\n"),
        ("supabase", "supabase/migrations/1_a.sql", "create table notes ();\n"),
    ],
)
def test_the_text_has_the_runners_frame(layout: str, path: str, expected: str) -> None:
    made = new_files(DRAFT, project(layout, (path, "1")), lambda path: False, NOW)
    assert made.texts[made.path] == expected


def test_the_way_down_stands_beside_it_where_the_runner_wants_it() -> None:
    made = new_files(DRAFT, project("golang-migrate", ("db/01_a.up.sql", "01")), lambda path: False, NOW)
    assert made.texts == {
        "db/02_create_notes.up.sql": "create table notes ();\n",
        "db/02_create_notes.down.sql": "drop table notes;\n",
    }


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("20260101000000", "20260102000000"), "20260101235959"),
        (("202601010000", "202601020000"), "202601012359"),
        (("001", "202601020000"), "202601012359"),
        (("10", "20"), "19"),
        (("001", "002"), None),
    ],
)
def test_before_another_migration(versions: tuple[str, str], expected: str | None) -> None:
    evidence = project("supabase", *((f"supabase/migrations/{v}_a.sql", v) for v in versions))
    draft = replace(DRAFT, before=evidence.database.migrations[1])
    if expected is None:
        with pytest.raises(NotPlaced, match="no number is free"):
            new_files(draft, evidence, lambda path: False, NOW)
    else:
        made = new_files(draft, evidence, lambda path: False, NOW)
        assert made.path == f"supabase/migrations/{expected}_create_notes.sql"


def test_a_version_in_use_is_passed_over() -> None:
    evidence = project("supabase", ("supabase/migrations/20260101000000_a.sql", "20260101000000"))
    first = new_files(DRAFT, evidence, lambda path: False, NOW).path
    assert new_files(DRAFT, evidence, lambda path: path == first, NOW).path.endswith("/20260314150927_create_notes.sql")


def test_before_a_version_of_several_parts() -> None:
    evidence = project("flyway", ("sql/V1.1__a.sql", "1.1"), ("sql/V1.2__b.sql", "1.2"))
    draft = replace(DRAFT, before=evidence.database.migrations[1])
    assert new_files(draft, evidence, lambda path: False, NOW).path == "sql/V1.1.1__create_notes.sql"
    first = replace(DRAFT, before=evidence.database.migrations[0])
    assert new_files(first, evidence, lambda path: False, NOW).path == "sql/V0.1__create_notes.sql"


@pytest.mark.parametrize("layout", ["graphile-migrate", "drizzle", "sqitch", "atlas", "rails"])
def test_layouts_that_are_generated_are_refused(layout: str) -> None:
    with pytest.raises(NotPlaced, match=f"a migration of {layout} can't be written"):
        new_files(DRAFT, project(layout, ("db/1_a.sql", "1")), lambda path: False, NOW)


def test_without_room_it_goes_further_back() -> None:
    versions = ("20260101000000", "20260102000000", "20260102000001", "20260102000003")
    evidence = project("supabase", *((f"supabase/migrations/{v}_a.sql", v) for v in versions))
    found = [with_room(file, evidence, 1).version for file in evidence.database.migrations]
    assert found == ["20260101000000", "20260102000000", "20260102000000", "20260102000003"]
    assert with_room(evidence.database.migrations[3], evidence, 2).version == "20260102000000"
    counted = project("numbered", ("sql/1_a.sql", "1"), ("sql/2_b.sql", "2"))
    assert with_room(counted.database.migrations[1], counted, 1).version == "2"


def test_what_a_file_that_declares_the_whole_lacks_is_added_to_it() -> None:
    evidence = project("schema", ("db/a.sql", None), ("db/b.sql", None))
    assert new_files(DRAFT, evidence, lambda path: True, NOW).path == "db/b.sql"
    early = replace(DRAFT, before=evidence.database.migrations[0], sql="one;\n")
    placed = [new_files(draft, evidence, lambda path: True, NOW) for draft in (early, replace(early, sql="two;\n"))]
    late = new_files(replace(DRAFT, sql="three;\n"), project("schema", ("db/a.sql", None)), lambda path: True, NOW)
    before = b"\xef\xbb\xbfcreate table t () -- ;"
    laid = lay((*placed, late), lambda path: before)
    assert laid.buffers == {"db/a.sql": b"\xef\xbb\xbfone;\n\ntwo;\n\ncreate table t () -- ;\n;\n\nthree;\n"}
    data = laid.buffers["db/a.sql"]
    spans = [laid.spans[id(files)] for files in (*placed, late)]
    assert [data[start:end] for start, end in spans] == [b"one;\n", b"two;\n", b"three;\n"]
    assert data[laid.moved["db/a.sql"] :].startswith(before[3:], 3)
    assert b"one;\r\n" in lay(placed, lambda path: b"a;\r\n").buffers["db/a.sql"]


def test_without_migrations_it_is_not_said_that_something_is_missing() -> None:
    evidence = Evidence(Database("default", "", "supabase", (), definition="orm"), Catalog(), Catalog())
    with pytest.raises(NotPlaced, match="the database may hold this"):
        new_files(DRAFT, evidence, lambda path: False, NOW)
