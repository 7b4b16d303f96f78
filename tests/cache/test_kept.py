"""What is kept of a project's SQL decides nothing: each state is found as it is found without a cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit
from tripoint.cache import Cache
from tripoint.config import Config
from tripoint.formats import RenderOptions, format_named
from tripoint.kept import Kept
from tripoint.options import Options
from tripoint.tree import WorkTree

FIRST = "supabase/migrations/20240101000000_first.sql"
SECOND = "supabase/migrations/20240102000000_second.sql"
PAGE = "src/page.ts"
CONFIG = "supabase/config.toml"

PROJECT = {
    CONFIG: 'project_id = "books"\n',
    FIRST: (
        "create table public.books (id bigint primary key, title text);\n"
        "create function public.count_books() returns bigint language sql as $$ select count(*) from shelves $$;\n"
        "create function public.touch() returns trigger language plpgsql as $$ begin\n"
        "  insert into changed_rows select * from new_rows; return null; end $$;\n"
        "create function public.widen() returns void language plpgsql as $$ begin\n"
        "  alter table public.books add column extra text; end $$;\n"
        "create trigger touched after insert on public.books referencing new table as new_rows\n"
        "  for each statement execute function public.touch();\n"
    ),
    PAGE: (
        "import { Client } from 'pg'\n"
        "import { createClient } from '@supabase/supabase-js'\n"
        "const supabase = createClient(process.env.URL!, process.env.SUPABASE_ANON_KEY!)\n"
        "await supabase.from('books').select('id, subtitle')\n"
        "await new Client().query('select extra from books')\n"
    ),
}

EDITS = {
    "code alone": {PAGE: PROJECT[PAGE] + "await supabase.from('readers').select('id')\n"},
    "code that makes a table": {PAGE: PROJECT[PAGE] + "await new Client().query('create table shelves (id int)')\n"},
    "another migration": {SECOND: "create table public.shelves (id bigint primary key);\n"},
    "a body": {FIRST: PROJECT[FIRST].replace("from shelves", "from readers")},
    "a trigger's clause, as long as before": {
        FIRST: PROJECT[FIRST].replace("new table as new_rows", "new table as old_rows")
    },
    "settings": {CONFIG: PROJECT[CONFIG] + "[api]\nauto_expose_new_tables = false\n"},
    "a comment before it all": {FIRST: "-- the library\n" + PROJECT[FIRST]},
}


def _write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _found(folder: Path, cache: Cache | None) -> str:
    audited = audit(WorkTree(folder), Config(), Options(cache=cache))
    return format_named("json").render(audited, RenderOptions())


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_each_state_is_found_as_without_a_cache(edit: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    _write(folder, PROJECT)
    with Cache(str(tmp_path / "cache")) as cache:
        before = _found(folder, None)
        assert "shelves" in before
        assert [_found(folder, cache), _found(folder, cache)] == [before, before]
        _write(folder, edit)
        after = _found(folder, None)
        assert after != before
        assert [_found(folder, cache), _found(folder, cache)] == [after, after]
        _write(folder, PROJECT)
        (folder / SECOND).unlink(missing_ok=True)
        assert _found(folder, cache) == before


def test_what_is_kept_is_not_made_again_and_what_does_not_last_is_not_kept(tmp_path: Path) -> None:
    with Cache(str(tmp_path / "cache")) as cache:
        kept = Kept(cache)
        key = kept.key("names", ["a", "b"])
        assert key != kept.key("names", ["ab"])
        assert kept.get(key, list[str], lambda: ["once"], lambda made: False) == ["once"]
        assert kept.get(key, list[str], lambda: ["twice"], lambda made: True) == ["twice"]
        assert kept.get(key, list[str], lambda: ["never"], lambda made: True) == ["twice"]
        assert kept.get(key, dict[str, int], lambda: {"another make": 1}, lambda made: True) == {"another make": 1}
