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
def audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Return what audits a project with this migration and these modules, and gives the report."""

    def run(sql: str = TABLE, **modules: str) -> dict[str, Any]:
        (tmp_path / MIGRATION).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / MIGRATION).write_text(sql, "utf-8")
        for name, text in modules.items():
            (tmp_path / f"{name}.ts").write_text(text, "utf-8")
        monkeypatch.setattr(tripoint.audit, "MOST_SECONDS", 30)
        code = main(["audit", str(tmp_path), "--no-cache", "--format", "json", "--fail-on", "never"])
        said = capsys.readouterr()
        assert code == 0, said.err
        report: dict[str, Any] = json.loads(said.out)
        return report

    return run


@pytest.mark.parametrize("what", MANY_WAYS)
def test_ways_are_not_counted_through(audited: Callable[..., dict[str, Any]], what: str) -> None:
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


CLIENT = "import {{ createClient }} from '@supabase/supabase-js'\n{0}const db = createClient(u, k)\n".format
USES = "".join(f"import {{ {name} }} from './m0'\n{name}.from('gone').select('id')\n" for name in ("db", "missing"))
NAMED = "export {{ {0} }} from './m{1}'\nexport {{ {0} }} from './m{2}'\n"


def missing(report: dict[str, Any]) -> set[str]:
    return {finding["subject"] for finding in report["findings"] if finding["rule"] == "missing-table"}


def test_modules_that_hand_on_all_of_each_other(audited: Callable[..., dict[str, Any]]) -> None:
    """Each leads to the client in as many ways as the two before it together."""
    modules = {f"m{n}": f"export * from './m{n + 1}'\nexport * from './m{n + 2}'\n" for n in range(58)}
    modules |= {"m58": "export const x = 1\n", "m59": CLIENT("export "), "main": USES}
    assert missing(audited(**modules)) == {"public.gone"}


def test_modules_that_hand_on_one_name_of_two_others(audited: Callable[..., dict[str, Any]]) -> None:
    modules = {f"m{n}": NAMED.format("db", n + 1, n + 2) + NAMED.format("missing", n + 1, n + 2) for n in range(34)} | {
        "m34": CLIENT("export "),
        "m35": CLIENT("export "),
        "main": USES,
    }
    assert missing(audited(**modules)) == {"public.gone"}


def test_objects_that_spread_two_others_each(audited: Callable[..., dict[str, Any]]) -> None:
    code = CLIENT("") + "const o0 = { name: 'gone' }, o1 = { name: 'lost' }\n"
    code += "".join(f"const o{n} = {{ ...o{n - 1}, ...o{n - 2} }}\n" for n in range(2, 32))
    code += "db.from(o31.name).select('id')\ndb.from(o31.missing).select('id')\n"
    assert missing(audited(main=code)) == {"public.gone", "public.lost"}


def test_types_that_are_made_of_each_other(audited: Callable[..., dict[str, Any]]) -> None:
    code = (
        CLIENT("")
        + "type A = Partial<B>\ntype B = Partial<A> | C | D\ntype C = D | B\ntype D = C | { table: 'gone' }\n"
    )
    code += "export const ask = (a: A) => db.from(a.table).select('id')\ndb.from('lost').select('id')\n"
    report = audited(main=code)
    assert missing(report) == {"public.gone", "public.lost"}
    assert report["notices"] == []


DOUBLED = {
    "table": ("const s0 = 'gone'", "`${{s{1}}}${{s{1}}}`", "db.from(s{0}).select('id')"),
    "select": ("const s0 = 'id'", "`${{s{1}}},${{s{1}}}`", "db.from('t').select(s{0})"),
    "sum": ("const s0 = 'id'", "s{1} + ',' + s{1}", "db.from('t').select(s{0})"),
    "unknown": ("const s0 = window.x", "s{1} + ',' + s{1}", "db.from('t').select(s{0})"),
    "filter": ("const s0 = 'id.eq.1'", "`${{s{1}}},${{s{1}}}`", "db.from('t').select('id').or(s{0})"),
    "joined": ("const s0 = ['id']", "[s{1}.join(','), s{1}.join(',')]", "db.from('t').select(s{0}.join(','))"),
    "called": ("const s0 = (x) => x", "(x) => s{1}(x) + ',' + s{1}(x)", "db.from('t').select(s{0}('id'))"),
    "sql": ("const s0 = 'select id from t'", "`${{s{1}}} union all ${{s{1}}}`", "pool.query(s{0})"),
}


@pytest.mark.parametrize("what", DOUBLED)
def test_strings_that_are_made_of_two_others_each(audited: Callable[..., dict[str, Any]], what: str) -> None:
    """What can't be told of the longest is said; what is told beside them is still held against the schema."""
    first, twice, use = DOUBLED[what]
    code = CLIENT("") + f"import {{ Pool }} from 'pg'\nconst pool = new Pool()\n{first}\n"
    code += "".join(f"const s{n} = {twice}\n{use}\n".format(n, n - 1) for n in range(1, 30))
    report = audited(main=code + "db.from('lost').select('id')\npool.query('select bad from t')\n")
    assert "public.t.bad" in {finding["subject"] for finding in report["findings"]}
    assert "public.lost" in str(report["findings"])
    assert [notice["kind"] for notice in report["notices"] if "main.ts" in str(notice)] != []


NESTED = {
    "queries set side by side": " union all ".join(["select id from t"] * 400),
    "choices within choices": "select " + "case when true then 1 else " * 400 + "id" + " end" * 400 + " from t",
    "casts of casts": "select id" + "::int" * 400 + " from t",
}


@pytest.mark.parametrize("what", NESTED)
def test_what_nests_too_deep_costs_itself_alone(audited: Callable[..., dict[str, Any]], what: str) -> None:
    body = "create function f() returns void language sql as $$ {0} $$;\n"
    sql = (
        TABLE + body.format(NESTED[what]) + "create function g() returns int language sql as $$ select bad from t $$;\n"
    )
    sql += f"create policy p on t using (exists ({NESTED[what]}));\n"
    code = CLIENT("") + f"import {{ Pool }} from 'pg'\nconst pool = new Pool()\npool.query(`{NESTED[what]}`)\n"
    report = audited(sql, main=code + "pool.query('select lost from t')\n")
    assert {"public.t.bad", "public.t.lost"} <= {finding["subject"] for finding in report["findings"]}
    told = [notice["reason"] for notice in report["notices"]]
    assert sum("nests too deep" in reason for reason in told) == 3, told
    assert "internal" not in {notice["kind"] for notice in report["notices"]}
