"""What an audit takes grows with the project, not with the ways through it; what grows faster is bounded, and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import tripoint.audit
import tripoint.judge
import tripoint.resolve
from tripoint.assemble import mask_credentials
from tripoint.cli import main
from tripoint.model.catalog import Catalog
from tripoint.rules import load_rules
from tripoint.sql.evaluate import Budget, evaluate_do

MIGRATION = "supabase/migrations/20260101000000_start.sql"
TABLE = "create table public.t (id int primary key, a text);\nalter table public.t enable row level security;\n"
SECURED = "create table t{0} (id int primary key); alter table t{0} enable row level security;\n"


def written(form: str, count: int, *shifts: int) -> str:
    """Return a form again and again, filled in with its number and with numbers beside it."""
    return "".join(form.format(n, *((n + shift) % count for shift in shifts)) for n in range(count))


MANY_WAYS: dict[str, str] = {
    "views that read two views each": TABLE
    + "create view v0 as select * from t; create view v1 as select * from t;\n"
    + "".join(f"create view v{n} as select * from v{n - 1} join v{n - 2} using (id);\n" for n in range(2, 60)),
    "views of the caller's rights that read two each": TABLE
    + "create view v0 with (security_invoker) as select * from t; create view v1 as select * from t;\n"
    + "".join(
        f"create view v{n} with (security_invoker) as select * from v{n - 1} join v{n - 2} using (id);\n"
        for n in range(2, 60)
    )
    + "create policy p on t using (exists (select 1 from v59));\n",
    "policies that ask two tables each": written(SECURED, 60)
    + written(
        "create policy p on t{0} using (exists (select 1 from t{1} x) and exists (select 1 from t{2} x));\n", 60, 1, 2
    ),
    "a chain of policies": written(SECURED, 250)
    + written("create policy p on t{0} using (exists (select 1 from t{1} x));\n", 250, 1),
    "a chain of partitions": "create table p0 (id int, primary key (id)) partition by range (id);\n"
    + "".join(
        f"create table p{n + 1} partition of p{n} for values from (1) to (2) partition by range (id);\n"
        for n in range(1200)
    ),
}


@pytest.fixture
def audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Return what audits a project with this migration, and gives the report."""

    def run(sql: str, *options: str) -> dict[str, Any]:
        (tmp_path / MIGRATION).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / MIGRATION).write_text(sql, "utf-8")
        code = main(["audit", str(tmp_path), "--no-cache", "--format", "json", "--fail-on", "never", *options])
        said = capsys.readouterr()
        assert code == 0, said.err
        report: dict[str, Any] = json.loads(said.out)
        return report

    return run


@pytest.mark.parametrize("what", MANY_WAYS)
def test_ways_are_not_counted_through(
    audited: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 30)
    report = audited(MANY_WAYS[what])
    assert [notice for notice in report["notices"] if notice["kind"] == "internal"] == []
    assert report["findings"]


def test_the_ways_still_lead_where_they_led(audited: Callable[..., dict[str, Any]]) -> None:
    found = audited(MANY_WAYS["views that read two views each"])["findings"]
    exposed = {f["subject"] for f in found if f["rule"] == "security-definer-view"}
    assert exposed == {f"public.v{n}" for n in range(60)}
    (circle,) = (f for f in audited(MANY_WAYS["a chain of policies"])["findings"] if f["rule"] == "policy-recursion")
    assert "public.t1/p, public.t2/p, public.t3/p, public.t4/p, public.t5/p and 244 more" in circle["message"]


def test_all_loops_of_a_project_share_what_is_followed() -> None:
    """A file may hold thousands of blocks, each of which alone runs fewer statements than are followed of one."""
    loop = "begin for n in 1..50 loop execute format('create table t%s (id int)', n); end loop; end"
    budget = Budget(80)
    for effects, reasons in ((50, []), (27, ["the block runs too many statements to follow"])):
        found = evaluate_do(loop, "plpgsql", Catalog(), budget=budget)
        assert len(found.effects) == effects
        assert [one.reason for one in found.undecided] == reasons


def test_unknown_tables_beyond_some_are_not_asked_what_they_mean(
    audited: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "".join(f"create table t{n} (id int primary key, o int references gone{n});\n" for n in range(6))
    monkeypatch.setattr(tripoint.resolve, "MOST_PAIRS", 24)
    told = [notice["reason"] for notice in audited(sql)["notices"]]
    assert any(reason.startswith("what 4 unknown tables may mean was not looked for") for reason in told), told


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "sarif"])
@pytest.mark.parametrize("text", ["sk-", "eyJ", "\x1b", "\u0301"], ids=ascii)
def test_a_long_line_beside_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    calls = "; ".join(f"db.from('gone{n}').select('id')" for n in range(5))
    (tmp_path / MIGRATION).write_text(TABLE, "utf-8")
    code = f"import {{ createClient }} from '@supabase/supabase-js'\nconst db = createClient(u, k)\n{calls} // "
    (tmp_path / "main.ts").write_text(code + text * 200_000, "utf-8")
    assert main(["audit", str(tmp_path), "--no-cache", "--format", name, "--fail-on", "never"]) == 0
    said = capsys.readouterr().out
    assert "gone4" in said
    assert len(said) < 2_000_000


def test_what_looks_like_a_credential_is_still_masked() -> None:
    for text in ("sk_live_51abcdefghijklmnop", "eyJhbGciOi12.eyJzdWIi12.abc", "sk-proj-abcdefghijklmnop1"):
        assert mask_credentials(f"key = '{text}'") == "key = '***'"
    assert mask_credentials("pk_order_positions_and_more") == "pk_order_positions_and_more"


def test_an_audit_that_takes_all_its_computing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stuck(*_: Any) -> Any:
        while True:
            pass

    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    (tmp_path / MIGRATION).write_text(TABLE, "utf-8")
    rules = [replace(rule, check=stuck) if rule.name == "no-primary-key" else rule for rule in load_rules()]
    monkeypatch.setattr(tripoint.judge, "load_rules", lambda names: rules)
    monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 2)
    assert main(["audit", str(tmp_path), "--no-cache"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tripoint: the audit took more than 0 minutes of computing and was given up")


def test_modules_that_hand_on_all_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each leads to the client in as many ways as the two before it together."""
    monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 30)
    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    (tmp_path / MIGRATION).write_text(TABLE, "utf-8")
    client = "import { createClient } from '@supabase/supabase-js'\nexport const db = createClient(u, k)\n"
    for n in range(60):
        text = f"export * from './m{n + 1}'\nexport * from './m{n + 2}'\n" if n < 58 else "export const x = 1\n"
        (tmp_path / f"m{n}.ts").write_text(text, "utf-8")
    (tmp_path / "m59.ts").write_text(client, "utf-8")
    uses = "".join(f"import {{ {name} }} from './m0'\n{name}.from('gone').select('id')\n" for name in ("db", "missing"))
    (tmp_path / "main.ts").write_text(uses, "utf-8")
    assert main(["audit", str(tmp_path), "--no-cache", "--format", "json", "--fail-on", "never"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {f["subject"] for f in report["findings"] if f["rule"] == "missing-table"} == {"public.gone"}


NAMED = "export {{ {0} }} from './m{1}'\nexport {{ {0} }} from './m{2}'\n"


def test_modules_that_hand_on_one_name_of_two_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 30)
    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    (tmp_path / MIGRATION).write_text(TABLE, "utf-8")
    for n in range(34):
        text = NAMED.format("db", n + 1, n + 2) + NAMED.format("missing", n + 1, n + 2)
        (tmp_path / f"m{n}.ts").write_text(text, "utf-8")
    for n in (34, 35):
        client = "import { createClient } from '@supabase/supabase-js'\nexport const db = createClient(u, k)\n"
        (tmp_path / f"m{n}.ts").write_text(client, "utf-8")
    uses = "".join(f"import {{ {name} }} from './m0'\n{name}.from('gone').select('id')\n" for name in ("db", "missing"))
    (tmp_path / "main.ts").write_text(uses, "utf-8")
    assert main(["audit", str(tmp_path), "--no-cache", "--format", "json", "--fail-on", "never"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {f["subject"] for f in report["findings"] if f["rule"] == "missing-table"} == {"public.gone"}


def test_objects_that_spread_two_others_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 30)
    (tmp_path / MIGRATION).parent.mkdir(parents=True)
    (tmp_path / MIGRATION).write_text(TABLE, "utf-8")
    code = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\n"
    code += "const o0 = { name: 'gone' }, o1 = { name: 'lost' }\n"
    code += "".join(f"const o{n} = {{ ...o{n - 1}, ...o{n - 2} }}\n" for n in range(2, 32))
    code += "db.from(o31.name).select('id')\ndb.from(o31.missing).select('id')\n"
    (tmp_path / "main.ts").write_text(code, "utf-8")
    assert main(["audit", str(tmp_path), "--no-cache", "--format", "json", "--fail-on", "never"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {f["subject"] for f in report["findings"] if f["rule"] == "missing-table"} == {"public.gone", "public.lost"}
