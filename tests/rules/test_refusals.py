"""Which refusals of a replay are findings, and how severe they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

CASES = Path(__file__).parent.parent / "cases"


def migrations(root: Path, *texts: str) -> Path:
    folder = root / "supabase" / "migrations"
    folder.mkdir(parents=True)
    for number, text in enumerate(texts, 1):
        (folder / f"2024010100000{number}_a.sql").write_text(text)
    return root


def test_one_finding_stands_for_an_unknown_beginning() -> None:
    found = audit_folder(CASES / "missing-baseline" / "bad", Options(replay=True)).findings
    assert [f.message for f in found if f.rule == "migration-fails"] == []
    (baseline,) = [f for f in found if f.rule == "missing-baseline"]
    assert "a replay refuses" in baseline.message


def test_a_syntax_error_is_one_whatever_the_beginning_holds(tmp_path: Path) -> None:
    changes = "".join(f"alter table t{number} add column a int;\n" for number in range(4))
    project = migrations(tmp_path, changes, "create tabel t (id int);")
    found = audit_folder(project, Options(replay=True)).findings
    assert [f.subject for f in found if f.rule == "migration-fails"] == ["20240101000002_a.sql"]


def test_an_extension_may_have_been_switched_on_by_hand(tmp_path: Path) -> None:
    project = migrations(tmp_path, "select cron.schedule('a', '* * * * *', 'select 1');")
    (found,) = [f for f in audit_folder(project, Options(replay=True)).findings if f.rule == "migration-fails"]
    assert (found.severity, found.severity_reason) == ("medium", "the extension may have been switched on by hand")
    assert "cron comes with the extension pg_cron, which no migration creates" in found.message


def test_a_refusal_that_no_fault_explains_is_a_notice(tmp_path: Path) -> None:
    project = migrations(tmp_path, "create extension plv8;")
    audit = audit_folder(project, Options(replay=True))
    assert [f for f in audit.findings if f.rule == "migration-fails"] == []
    (notice,) = [notice for notice in audit.notices if "in the replay" in notice.reason]
    assert notice.spot is not None
    assert notice.spot.path == "supabase/migrations/20240101000001_a.sql"
    assert notice.reason.endswith("which is no finding: the replay's server lacks it")


NOTES = """create table public.notes (id bigint primary key, owner uuid not null, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (owner = (select auth.uid()));"""
RETYPE = "alter table public.notes alter column owner type text;"
DROP = "alter table public.notes drop column owner;"


@pytest.mark.parametrize(
    "texts, severity",
    [
        ((NOTES, DROP), "high"),
        ((NOTES, DROP + "alter table public.notes drop column title;"), "high"),
        ((NOTES, "alter table public.notes drop column title;"), "medium"),
        ((NOTES, "do $$ begin perform public.change(); end $$;", DROP), "medium"),
        ((NOTES, "alter table public.notes add column title text;"), None),
        ((NOTES, DROP, "alter table public.notes add column title text;"), None),
        ((NOTES, RETYPE), "high"),
        ((NOTES, RETYPE.replace("owner", "body")), None),
        ((NOTES, NOTES, DROP), "medium"),
        ((NOTES, NOTES, "alter table public.notes drop column title;"), None),
        (("alter table public.memos add column a int;", NOTES, DROP), None),
    ],
)
def test_what_the_newest_migration_alone_does_in_vain_is_told(
    tmp_path: Path, texts: tuple[str, ...], severity: str | None
) -> None:
    found = audit_folder(migrations(tmp_path, *texts), Options(select=frozenset({"refused-statement"}))).findings
    last = f"2024010100000{len(texts)}_a.sql"
    assert [(f.subject, f.severity) for f in found] == ([(last, severity)] if severity is not None else [])


@pytest.mark.parametrize(
    "made, change, says",
    [
        ("create view public.v as select owner from public.notes;", RETYPE, "view public.v depends on column owner"),
        ("create function public.f(a int) returns int language sql as 'select 1';",
         "create or replace function public.f(b int) returns int language sql as 'select 1';",
         "Drop the function first, then create it"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_in_the_way_and_what_to_do(tmp_path: Path, made: str, change: str, says: str) -> None:
    table = "create table public.notes (id bigint primary key, owner uuid);"
    (found,) = audit_folder(
        migrations(tmp_path, table + made, change), Options(select=frozenset({"refused-statement"}))
    ).findings
    assert says in f"{found.message} {found.help}"


@pytest.mark.parametrize(
    "head, body",
    [
        ("total(variadic parts int[]) returns int", "begin return parts[1]; end"),
        ("days(n int) returns table (day date)", "begin days.day := current_date + days.n; return next; end"),
    ],
)
def test_a_body_that_calls_its_parameters_by_the_functions_name_or_takes_many_is_whole(
    tmp_path: Path, head: str, body: str
) -> None:
    function = f"create function public.{head} language plpgsql as $$ {body} $$;"
    audit = audit_folder(migrations(tmp_path, NOTES, function), Options(select=frozenset({"refused-statement"})))
    assert (audit.findings, audit.notices) == ((), ())


def test_a_type_that_nothing_makes_is_told_where_the_column_is_given_it(tmp_path: Path) -> None:
    change = "alter table public.notes alter column body type mood using body::mood;"
    root = migrations(tmp_path, NOTES, change, "create table public.tags (id int primary key);")
    (found,) = audit_folder(root, Options(select=frozenset({"refused-statement"}))).findings
    assert found.subject == "20240101000002_a.sql"
    assert 'type "mood" does not exist' in found.message


NAMED = "create type public.mood as enum ('ok'); create table public.notes (mood text default 'ok');"
RENAMED = "alter table public.notes alter column mood type public.mood using mood::public.mood;"


@pytest.mark.parametrize("replay", [False, True])
def test_what_a_replay_answers_is_no_notice_too(tmp_path: Path, replay: bool) -> None:
    audit = audit_folder(migrations(tmp_path, NAMED, RENAMED), Options(replay=replay))
    refused = [f.rule for f in audit.findings if f.rule in ("refused-statement", "migration-fails")]
    assert refused == ["migration-fails" if replay else "refused-statement"]
    assert len([notice for notice in audit.notices if "would refuse" in notice.reason]) == (not replay)
