"""A schema that a document alone shows: its tables are held against the code, and nothing else is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.sources.documents.fences import fenced_sql

PAGE = "<script>const db = supabase.createClient(u, k)\ndb.from('hives').select('id, nme')</script>"
READ_ME = """# Setup

| what | how |
|---|---|
| `hives` | kept |

```sql
create table hives (id bigint primary key, name text)
```

1. Then:
   ```
   ALTER TABLE hives ADD COLUMN apiary text
   ```

To begin anew:

```sql
drop table hives;
```
"""


def test_what_a_document_shows_is_held_against_the_code(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(READ_ME, encoding="utf-8")
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    audit = audit_folder(tmp_path)
    # Row security, of which the document does not speak, is no finding.
    (fault,) = [finding for finding in audit.findings if finding.severity != "info"]
    assert (fault.rule, fault.subject, fault.severity) == ("missing-column", "public.hives.nme", "medium")
    assert "only what README.md shows" in (fault.severity_reason or "")
    assert {spot.line for spot in fault.spots if spot.path == "README.md"} == {8}
    unused = [finding.subject for finding in audit.findings if finding.severity == "info"]
    assert unused == ["public.hives.apiary", "public.hives.name"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- all\ncreate table a ()",
        "```sql",
        "```sql\n```",
        "~~~sql\ncreate table a ();\n~~~",
        "é\n```sql\ncreate table a ()\n```",
        READ_ME,
    ],
)
def test_the_blocks_stay_where_they_are(text: str) -> None:
    data = text.encode()
    kept = fenced_sql(data)
    assert len(kept) == len(data)
    assert all(mine in (theirs, ord(" "), ord(";")) for mine, theirs in zip(kept, data, strict=True))


def test_a_document_that_lags_behind_makes_nothing_grave(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(READ_ME, encoding="utf-8")
    page = PAGE.replace("nme", ", ".join(f"column_{number}" for number in range(11)))
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    severities = {f.severity for f in audit_folder(tmp_path).findings if f.rule == "missing-column"}
    assert severities == {"low"}


TYPES = """export type Database = { public: { Tables: { hives: {
  Row: { apiary: string | null; id: number; name: string }
  Insert: { apiary?: string | null; id: number; name: string }
  Update: { apiary?: string | null }
  Relationships: []
} } } }
"""
BY_HAND = TYPES.replace("} } } }", "}; yards: { Row: Yard; Insert: { id: number } } } } }")


@pytest.mark.parametrize(("types", "severity"), [(TYPES, "medium"), (BY_HAND, "low")])
def test_generated_types_alone_are_held_against_the_code(tmp_path: Path, types: str, severity: str) -> None:
    (tmp_path / "database.types.ts").write_text(types, encoding="utf-8")
    (tmp_path / "notes.md").write_text("# Tables\n\n## `hives`\n\n- `id` (bigint)\n- `old` (text)\n", encoding="utf-8")
    more = "; db.from('yards').select('place')" if types == BY_HAND else ""
    (tmp_path / "index.html").write_text(PAGE.replace("</script>", f"{more}</script>"), encoding="utf-8")
    audit = audit_folder(tmp_path)
    told = [(f.subject, f.severity) for f in audit.findings if f.rule == "missing-column"]
    assert told == [("public.hives.nme", severity)]
    assert {f.severity for f in audit.findings if f.rule.startswith("document")} <= {"low"}


def test_of_a_schema_in_pieces_another_piece_may_have_changed_one(tmp_path: Path) -> None:
    (tmp_path / "hives_table.sql").write_text("create table hives (id bigint);", encoding="utf-8")
    (tmp_path / "visits_table.sql").write_text("create table visits (hive bigint);", encoding="utf-8")
    # Some shells write what is sent to a file in UTF-16.
    (tmp_path / "more.sql").write_text("ALTER TABLE hives ADD COLUMN nme text;", encoding="utf-16")
    page = PAGE.replace("nme", "nme, queen").replace("</script>", "; db.from('visits').select('*')</script>")
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    told = {(finding.rule, finding.subject): finding.severity for finding in audit_folder(tmp_path).findings}
    assert told["missing-column", "public.hives.nme"] == "low"
    assert told["missing-column", "public.hives.queen"] == "medium"
    assert told["row-security-disabled", "public.hives"] == "medium"


def test_of_a_schema_in_pieces_one_may_be_lost(tmp_path: Path) -> None:
    (tmp_path / "hives_table.sql").write_text(
        "create table hives (id int, yard int references yards);", encoding="utf-8"
    )
    (tmp_path / "visits_table.sql").write_text("create table visits (hive bigint);", encoding="utf-8")
    (tmp_path / "boxes_table.sql").write_text("create table boxes (id int);", encoding="utf-8")
    asked = "".join(f"; db.from('{name}').select('*')" for name in ("visits", "boxes", "yards", "keepers", "queens"))
    (tmp_path / "index.html").write_text(PAGE.replace("</script>", f"{asked}</script>"), encoding="utf-8")
    rules = {finding.rule for finding in audit_folder(tmp_path).findings}
    assert "missing-baseline" in rules
    assert "missing-table" not in rules


def test_what_its_name_makes_a_schema_may_be_a_piece_of_one(tmp_path: Path) -> None:
    names = ("hives", "visits", "boxes", "yards", "keepers")
    (tmp_path / "setup.sql").write_text("create table keepers (id bigint);", encoding="utf-8")
    for name in names[:-1]:
        (tmp_path / f"create_{name}.sql").write_text(f"create table {name} (id bigint);", encoding="utf-8")
    asked = "".join(f"; db.from('{name}').select('id')" for name in names[1:])
    (tmp_path / "index.html").write_text(PAGE.replace("</script>", f"{asked}</script>"), encoding="utf-8")
    told = {(finding.rule, finding.subject): finding.severity for finding in audit_folder(tmp_path).findings}
    assert told["missing-column", "public.hives.nme"] == "medium"
    assert "missing-baseline" not in {rule for rule, _ in told}
