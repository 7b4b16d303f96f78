"""What pg_cron runs, as the last of the migrations leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.bind.jobs import jobs_in
from tripoint.sql.read import read_sql


def jobs(*files: str) -> list[tuple[str, str, str | None]]:
    """Return the name and command of each job, and what stands at its place where it stands there as it is."""
    data = [file.encode() for file in files]
    found = jobs_in((str(at), read_sql(text)) for at, text in enumerate(data))
    return [
        (
            one.name,
            one.command,
            data[int(one.place.path)][one.place.start : one.place.end].decode() if one.exact else None,
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["select cron.schedule('a', '0 1 * * *', 'select 1');"], [("a", "select 1", "select 1")]),
        (["select cron.schedule('a', '0 1 * * *', $$select 1$$);"], [("a", "select 1", "select 1")]),
        (["select cron.schedule('0 1 * * *', $x$select 1$x$);"], [("without a name", "select 1", "select 1")]),
        (["select cron.schedule('a', '* * * * *', 'select ''b''');"], [("a", "select 'b'", None)]),
        (
            ["select cron.schedule(job_name => 'a', schedule => '* * * * *', command => 'select 1');"],
            [("a", "select 1", "select 1")],
        ),
        (
            ["do $$ begin if true then perform cron.schedule('a', '* * * * *', $b$select 1$b$); end if; end $$;"],
            [("a", "select 1", "select 1")],
        ),
        (
            [
                "select cron.schedule('a', '* * * * *', 'select 1');",
                "select cron.schedule('a', '* * * * *', 'select 2');",
            ],
            [("a", "select 2", "select 2")],
        ),
        (["select cron.schedule('a', '* * * * *', 'select 1');", "select cron.unschedule('a');"], []),
        (
            [
                "select cron.schedule('a', '@daily', 'select 1'); select cron.schedule('b', '@daily', 'select 2')",
                "select cron.unschedule(jobid) from cron.job where jobname = 'a';",
            ],
            [("b", "select 2", "select 2")],
        ),
        (
            ["select cron.schedule('a', '* * * * *', 'select 1');", "delete from cron.job where jobname = 'a';"],
            [],
        ),
        (
            [
                "do $$ begin perform cron.unschedule('a'); perform cron.schedule('a', '* * * * *', 'select 1'); end $$",
            ],
            [("a", "select 1", "select 1")],
        ),
        (["select cron.schedule('a', '* * * * *', 'select ' || 'x');"], []),
        (["select cron.schedule('a', '* * * * *', 'select 1'::text);"], [("a", "select 1", "select 1")]),
        (["select cron.schedule('a', '* * * * *', format('select %s', 1));"], []),
        (["-- select cron.schedule('a', '* * * * *', 'select 1');\nselect 1;"], []),
        (["select count(*) from cron.job where jobname = 'a';"], []),
    ],
)
def test_what_is_scheduled_in_the_end(files: list[str], found: list[tuple[str, str, str | None]]) -> None:
    assert jobs(*files) == found


def test_the_names_in_a_job_are_held_against_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "supabase/migrations/20250101000000_init.sql"
    path.parent.mkdir(parents=True)
    path.write_text(
        """create extension pg_cron;
create table public.drafts (id bigint primary key, saved_at timestamptz);
create function public.tidy() returns void language sql as $$ delete from public.drafts $$;
select cron.schedule('tidy', '0 3 * * *', 'select public.tidy()');
select cron.schedule('old', '0 3 * * *', $$delete from drafts where saved_on < now() - interval '1 day'$$);
select cron.schedule('lost', '0 3 * * *', 'select public.sweep()');
"""
    )
    found = {
        (one.rule, one.subject, one.severity, one.spots[0].line, one.spots[0].column)
        for one in audit_folder(tmp_path).findings
        if one.rule.startswith("missing")
    }
    assert found == {
        ("missing-column", "public.drafts.saved_on", "medium", 5, 69),
        ("missing-function", "public.sweep", "medium", 6, 51),
    }
