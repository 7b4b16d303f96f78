"""Settings: what is read, and the sentence that a mistake earns."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from tripoint.config import Config, ConfigError, DatabaseConfig, SizeLimits, parse_config, read_config
from tripoint.tree import OverlayTree, WorkTree

FULL = b"""
documents = ["docs/domain-model.md"]
exclude = ["legacy/**"]
tests = ["**/*.check.ts"]
include-tests = true
ignore = ["no-primary-key"]
require = ["migrations", "code"]
require-reason = true
specialists = ["squawk"]
fail-on = "medium"
baseline = "./tripoint-baseline.json"

[severity]
missing-table = "low"

[per-path-ignores]
"app/old/**" = ["missing-table", "*"]

[limits]
sql = 1000
other = 2000

[[databases]]
name = "main"
root = "apps/web/"
platform = "supabase"
migrations = "apps/web/supabase/migrations"
layout = "supabase"
declarative = ["apps/web/supabase/schemas/*.sql"]
exposed-schemas = ["public", "api"]
default-schema = "api"
documents = ["docs/main/**"]
code = ["apps/web/**"]

[[databases]]
name = "jobs"
"""


def test_every_key() -> None:
    config = parse_config(FULL, "tripoint.toml")
    main, jobs = config.databases
    assert {FULL.decode().splitlines()[line - 1].partition(" ")[0]: key for key, line in main.lines.items()} == {
        **{key: key for key in main.lines if key},
        "[[databases]]": "",
    }
    assert set(jobs.lines) == {"", "name"}
    assert replace(config, databases=tuple(replace(entry, lines={}) for entry in config.databases)) == Config(
        path="tripoint.toml",
        databases=(
            DatabaseConfig(
                name="main",
                root="apps/web",
                platform="supabase",
                migrations="apps/web/supabase/migrations",
                layout="supabase",
                declarative=("apps/web/supabase/schemas/*.sql",),
                exposed_schemas=("public", "api"),
                default_schema="api",
                documents=("docs/main/**",),
                code=("apps/web/**",),
            ),
            DatabaseConfig(name="jobs"),
        ),
        documents=("docs/domain-model.md",),
        exclude=("legacy/**",),
        tests=("**/*.check.ts",),
        include_tests=True,
        ignore=("no-primary-key",),
        severity={"missing-table": "low"},
        per_path_ignores={"app/old/**": ("missing-table", "*")},
        require=("migrations", "code"),
        require_reason=True,
        fail_on="medium",
        specialists=("squawk",),
        baseline="tripoint-baseline.json",
        limits=SizeLimits(sql=1000, other=2000),
    )
    assert all(getattr(config, field.name) != field.default for field in fields(Config) if field.default is not None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'\ndocumnts = ["a"]', "tripoint.toml:2: unknown key 'documnts'; did you mean 'documents'?"),
        (b'fail-on = "hihg"', "tripoint.toml:1: unknown value 'hihg' of fail-on; did you mean 'high'?"),
        (b"exclude = 'a'", "tripoint.toml:1: exclude must be an array of strings, not a string"),
        (b"exclude = [\n1]", "tripoint.toml:1: exclude must be an array of strings, not an array"),
        (b"include-tests = 1", "tripoint.toml:1: include-tests must be true or false, not a number"),
        (
            b"\n[severity]\n\nmissing-table = true",
            "tripoint.toml:4: severity.missing-table must be a string, not a boolean",
        ),
        (
            b"[severity]\nmising-table = 'low'",
            "tripoint.toml:2: unknown rule 'mising-table'; did you mean 'missing-table'?",
        ),
        (b"ignore = ['x']", "tripoint.toml:1: unknown rule 'x'; tripoint rules lists them"),
        (b"limits = 3", "tripoint.toml:1: limits must be a table, not a number"),
        (b"[limits]\nsql = 0", "tripoint.toml:2: limits.sql must be a number of bytes between 1 and 1073741824"),
        (b"[databases]\nname = 'a'", "tripoint.toml:1: databases must be an array of tables: [[databases]]"),
        (
            b"[[databases]]\nname='a'\n[[databases]]\nname='b'\nplatfrom='supabase'",
            "tripoint.toml:5: unknown key 'platfrom'; did you mean 'platform'?",
        ),
        (
            b"[[databases]]\nname='a'\n[[databases]]\n",
            "tripoint.toml:3: databases[2] needs a name, as there are several databases",
        ),
        (
            b"[[databases]]\nname='a'\n[[databases]]\nname='a'",
            "tripoint.toml:4: databases[2].name names 'a' a second time",
        ),
        (
            b"[[databases]]\nmigrations = '../other'",
            "tripoint.toml:2: databases[1].migrations must be a path inside the project, relative to its root",
        ),
        (
            b"baseline = '/etc/passwd'",
            "tripoint.toml:1: baseline must be a path inside the project, relative to its root",
        ),
        (b"require = ['docs']", "tripoint.toml:1: unknown value 'docs' of require; did you mean 'documents'?"),
        (b"a = 1\nb = [\n", "tripoint.toml:3: is no valid TOML: invalid value"),
        (
            b"a = 1\n" + b'a."b" . ' * 75_000 + b"c = 1\n",
            "tripoint.toml:2: is no valid TOML: a key of more than 64 parts",
        ),
        (b"ok = 1\n\xff", "tripoint.toml:2: is not UTF-8 text"),
        (
            b"a = " + b"[" * 5000,
            "tripoint.toml: is no valid TOML: it is nested too deeply or holds a value out of range",
        ),
    ],
)
def test_mistakes(text: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "tripoint.toml", rules=["missing-table", "no-primary-key"])
    assert str(caught.value) == message


def test_pyproject_speaks_in_its_own_table_only() -> None:
    text = b"[project]\nname = 'x'\n\n[tool.other]\nexclude = 3\n\n[tool.tripoint]\nexclude = ['a']\n"
    assert parse_config(text, "pyproject.toml").exclude == ("a",)
    assert parse_config(b"[project]\nname = 'tripoint'", "pyproject.toml") == Config()
    with pytest.raises(ConfigError) as caught:
        parse_config(text + b"exlude = []\n[tool.more]\n", "pyproject.toml")
    assert str(caught.value) == "pyproject.toml:9: unknown key 'exlude'; did you mean 'exclude'?"
    nested = b"[tool.tripoint]\n[[tool.tripoint.databases]]\nname='a'\n[[tool.tripoint.databases]]\nname='b'\nrot=''\n"
    with pytest.raises(ConfigError, match=r"pyproject\.toml:6: unknown key 'rot'"):
        parse_config(nested, "pyproject.toml")


def test_which_file_is_read(tmp_path: Path) -> None:
    tree = WorkTree(tmp_path)
    assert read_config(tree) == Config()
    project = {"pyproject.toml": b"[tool.tripoint]\nexclude = ['a']\n"}
    assert read_config(OverlayTree(tree, project)).exclude == ("a",)
    both = OverlayTree(tree, project | {"tripoint.toml": b"exclude = ['b']"})
    assert read_config(both).exclude == ("b",)
    assert read_config(both).path == "tripoint.toml"


def test_a_single_database_needs_no_name() -> None:
    assert parse_config(b"[[databases]]\nroot = 'app'", "tripoint.toml").databases[0].name == "default"


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_any_bytes_are_settings_or_an_error(data: bytes) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_config(data, "tripoint.toml"), Config)


KEYS = st.sampled_from(
    [
        "documents",
        "exclude",
        "severity",
        "databases",
        "limits",
        "fail-on",
        "root",
        "per-path-ignores",
        "name",
        '"a b"',
        "x",
    ]
)
VALUES = st.sampled_from(
    [
        '"a"',
        "'high'",
        "1",
        "true",
        "[]",
        "['a', 'b']",
        "{}",
        "{ sql = 5 }",
        "{ x = 'low' }",
        "1979-05-27",
        "inf",
        '"""\nx = 1\n"""',
    ]
)
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}]".format, KEYS),
    st.builds("[[{}]]".format, KEYS),
    st.builds("[tool.tripoint.{}]".format, KEYS),
    st.just("# x"),
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["tripoint.toml", "pyproject.toml"]))
def test_errors_point_into_the_file(lines: list[str], path: str) -> None:
    text = "\n".join(lines)
    raised: ConfigError | None = None
    try:
        parse_config(text.encode(), path)
    except ConfigError as error:
        raised = error
    if raised is not None:
        assert raised.path == path
        assert raised.line is None or 1 <= raised.line <= text.count("\n") + 1
        assert "\n" not in raised.message
