"""Ignores in comments, the baseline, the settings: what hides what, and what hides nothing."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripoint.config import Config
from tripoint.model.audit import Finding, Spot
from tripoint.suppress import (
    Baseline,
    BaselineEntry,
    BaselineError,
    baseline_of,
    find_ignores,
    prune,
    read_baseline,
    suppress,
    write_baseline,
)

NOTHING = Baseline()


def spot(path: str, line: int, fingerprint: str | None = None, role: str = "primary") -> Spot:
    kind = "related" if role == "related" else "primary"
    return Spot(
        path, line, 1, line, 2, "code", role="primary" if kind == "primary" else "related", fingerprint=fingerprint
    )


def finding(rule: str, *spots: Spot, subject: str = "public.a") -> Finding:
    return Finding(rule, "high", "default", subject, "message", spots)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.sql", "-- tripoint: ignore[missing-table] made elsewhere\ncreate table a ();", 2),
        ("a.sql", "create table a (); -- tripoint: ignore[missing-table] made elsewhere", 1),
        ("a.sql", "/* tripoint: ignore[missing-table] made elsewhere */\n\n\nselect 1;", 4),
        ("a.ts", "db.from('a') // tripoint: ignore[missing-table] made elsewhere", 1),
        ("a.ts", "  // tripoint: ignore[missing-table] made elsewhere\r\n  db.from('a')", 2),
        ("a.ts", "/**\n * tripoint: ignore[missing-table] made elsewhere\n */\nx", 4),
        ("a.tsx", "{/* tripoint: ignore[missing-table] made elsewhere */}\n<A/>", 2),
        ("a.py", "db.table('a')  # tripoint:ignore[missing-table]: made elsewhere", 1),
        ("a.md", "<!-- tripoint: ignore[missing-table] made elsewhere -->\n| a |", 2),
        ("a.md", "| a | <!-- tripoint: ignore[missing-table] made elsewhere -->", 1),
        ("a.vue", "<!-- tripoint: ignore[missing-table] made elsewhere -->\n<a/>", 2),
        ("a.go", "x() // tripoint: ignore[ missing-table ] -- made elsewhere", 1),
        ("a.dbml", "Table a { // tripoint: ignore[missing-table] made elsewhere", 1),
        ("a.pgsql", "-- tripoint: ignore[missing-table] made elsewhere\ncreate table a ();", 2),
        ("a.ts", "db.query(`\n  -- tripoint: ignore[missing-table] made elsewhere\n  select 1 from a`)", 3),
        ("a.mmd", "%% tripoint: ignore[missing-table] made elsewhere\nA ||--o{ B : has", 2),
    ],
)
def test_each_kind_of_comment(path: str, text: str, line: int) -> None:
    (ignore,) = find_ignores(path, text.encode())
    assert ignore.rules == ("missing-table",)
    assert ignore.reason == "made elsewhere"
    assert ignore.line == line
    assert text.encode()[ignore.place.start :].startswith((b"--", b"//", b"/*", b"*", b"#", b"<!--", b"%%"))


def test_comments_of_other_languages_are_none() -> None:
    assert find_ignores("a.py", b"// tripoint: ignore[x]") == ()
    assert find_ignores("a.sql", b"# tripoint: ignore[x]") == ()
    assert find_ignores("a.md", b"Write `<!-- tripoint: ignore[x] -->` there, or -- tripoint: ignore[x].") == ()


def test_several_rules_and_stacked_directives() -> None:
    text = b"-- tripoint: ignore[a, b,,a]\n-- tripoint: ignore[c]\nselect 1;\n"
    first, second = find_ignores("x.sql", text)
    assert (first.rules, first.line) == (("a", "b"), 3)
    assert (second.rules, second.line) == (("c",), 3)


def test_a_whole_file() -> None:
    (ignore,) = find_ignores("x.sql", b"select 1;\n-- tripoint: ignore-file[a] generated")
    assert ignore.line is None
    assert ignore.covers("x.sql", 999, "a")
    assert not ignore.covers("y.sql", 1, "a")


def test_an_example_in_a_code_block_is_never_called_unused() -> None:
    text = b"```sql\n-- tripoint: ignore[a] why\ncreate table t ();\n```\n<!-- tripoint: ignore[a] why -->\n"
    ignores = find_ignores("x.md", text)
    assert [ignore.example for ignore in ignores] == [True, False]
    assert len(suppress([], ignores, NOTHING, Config()).unused) == 1
    hidden = suppress([finding("a", spot("x.md", 3))], ignores, NOTHING, Config())
    assert hidden.findings[0].suppressed == "inline"


def test_one_ignore_hides_one_call() -> None:
    ignores = find_ignores("a.ts", b"db.from('a') // tripoint: ignore[missing-table] x\ndb.from('a')\n")
    result = suppress([finding("missing-table", spot("a.ts", 1), spot("a.ts", 2))], ignores, NOTHING, Config())
    assert [s.suppressed for s in result.findings[0].spots] == ["inline", None]
    assert result.findings[0].suppressed is None
    assert result.unused == ()


def test_a_finding_is_hidden_with_its_last_primary_spot() -> None:
    ignores = find_ignores("a.ts", b"x // tripoint: ignore[r] x")
    given_finding = finding("r", spot("a.ts", 1), spot("b.ts", 2, "f"), spot("c.ts", 3, role="related"))
    baseline = Baseline({"f": BaselineEntry("r", "public.a")})
    (done,) = suppress([given_finding], ignores, baseline, Config()).findings
    assert [s.suppressed for s in done.spots] == ["inline", "baseline", None]
    assert done.suppressed == "inline"


def test_a_related_spot_hides_nothing() -> None:
    ignores = find_ignores("c.ts", b"x // tripoint: ignore[r] x")
    result = suppress([finding("r", spot("a.ts", 1), spot("c.ts", 1, role="related"))], ignores, NOTHING, Config())
    assert result.findings[0].suppressed is None
    assert len(result.unused) == 1


def test_the_settings() -> None:
    config = Config(ignore=("off",), per_path_ignores={"old/**": ("r",), "all/**": ("*",)})
    findings = [
        finding("off", spot("a.ts", 1)),
        finding("off"),
        finding("r", spot("old/a.ts", 1)),
        finding("s", spot("old/a.ts", 1)),
        finding("s", spot("all/a.ts", 1)),
        finding("s"),
    ]
    done = suppress(findings, [], NOTHING, config).findings
    assert [f.suppressed for f in done] == [
        "configuration",
        "configuration",
        "configuration",
        None,
        "configuration",
        None,
    ]


def test_ignores_without_effect_are_faults() -> None:
    text = b"x\n-- tripoint: ignore[missing-table, missing-colum] old\nx\n-- tripoint: ignore all of it\nx\n"
    ignores = find_ignores("a.sql", text)
    known = {"missing-table", "missing-column", "other"}
    faults = suppress([], ignores, NOTHING, Config(), known=known).unused
    assert [fault.message for fault in faults] == [
        "the ignore names missing-colum, which is no rule; did you mean missing-column?",
        "the ignore names no rule: write tripoint: ignore[rule] and a reason",
    ]
    assert text[faults[0].marks[0].place.start :].startswith(b"-- tripoint")
    assert faults[0].marks[0].witness == "migrations"


def test_an_ignore_of_a_rule_that_did_not_run_is_no_fault() -> None:
    ignores = find_ignores("a.sql", b"x -- tripoint: ignore[a] x")
    assert suppress([], ignores, NOTHING, Config(), ran={"b"}, known={"a", "b"}).unused == ()
    (fault,) = suppress([], ignores, NOTHING, Config(), ran={"a"}, known={"a", "b"}).unused
    assert fault.message == "the ignore of a matches no finding on line 1"


def test_a_required_reason() -> None:
    ignores = find_ignores("a.sql", b"x -- tripoint: ignore[a]\ny -- tripoint: ignore[a] because\n")
    findings = [finding("a", spot("a.sql", 1)), finding("a", spot("a.sql", 2))]
    result = suppress(findings, ignores, NOTHING, Config(require_reason=True))
    assert [f.suppressed for f in result.findings] == [None, "inline"]
    assert [fault.message for fault in result.unused] == [
        "the ignore of a gives no reason, which the settings require, so it has no effect"
    ]


def test_baseline_round_trip_and_pruning() -> None:
    findings = suppress(
        [
            finding("r", spot("a.ts", 1, "f1"), spot("a.ts", 2, "f2")),
            finding("q", spot("b.ts", 1, 'f"3'), subject="é\n"),
        ],
        find_ignores("a.ts", b"x // tripoint: ignore[r] x"),
        NOTHING,
        Config(),
    ).findings
    baseline = baseline_of(findings)
    assert set(baseline.entries) == {"f2", 'f"3'}
    text = write_baseline(baseline)
    assert read_baseline(text.encode()) == baseline
    assert json.loads(text)["fingerprints"]["f2"] == {"rule": "r", "subject": "public.a"}
    assert [line[4:8] for line in text.splitlines()[3:5]] == ['"f\\"', '"f2"']
    hidden = suppress(findings, [], baseline, Config()).findings
    assert [f.suppressed for f in hidden] == [None, "baseline"]
    assert baseline_of(hidden).entries.keys() == {"f1", "f2", 'f"3'}
    assert set(prune(baseline, findings[:1]).entries) == {"f2"}
    assert read_baseline(write_baseline(NOTHING).encode()) == NOTHING


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"fingerprints": {}}',
        b'{"schema_version": true, "fingerprints": {}}',
        b'{"schema_version": 2, "fingerprints": {}}',
        b'{"schema_version": 1, "fingerprints": []}',
        b'{"schema_version": 1, "fingerprints": {"a": 1}}',
        b'{"schema_version": 1, "fingerprints": {"a": {"rule": "r"}}}',
        b"[" * 100_000,
    ],
)
def test_damaged_baselines(data: bytes) -> None:
    with pytest.raises(BaselineError, match="baseline"):
        read_baseline(data)


@given(st.binary())
def test_any_bytes_are_a_baseline_or_an_error(data: bytes) -> None:
    with contextlib.suppress(BaselineError):
        read_baseline(data)


PIECES = st.sampled_from(
    [
        b"tripoint:",
        b" ignore",
        b"-file",
        b"[",
        b"a",
        b",",
        b"]",
        b"--",
        b"//",
        b"/*",
        b"*/",
        b"<!--",
        b"-->",
        b"`",
        b"```",
        b"\n",
        b"\r",
        b"\xff",
        b" ",
    ]
)


@given(st.lists(PIECES, max_size=40).map(b"".join), st.sampled_from(["a.sql", "a.md", "a.tsx", "a.py", "a", "a.vue"]))
def test_any_bytes_have_ignores_within_them(data: bytes, path: str) -> None:
    lines = data.count(b"\n") + 1
    for ignore in find_ignores(path, data):
        assert 0 <= ignore.place.start < ignore.place.end <= len(data)
        assert ignore.line is None or 1 <= ignore.line <= lines
        assert data[ignore.place.start : ignore.place.end].count(b"tripoint:") >= 1
