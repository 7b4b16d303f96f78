"""Does twice as much take twice as long? `python -m benchmarks.doubling [PART …]` asks it of every language and shape.

A shape is a project with `n` of one thing: functions, branches that assign one variable, steps of one chain, policies
on one table. `n` is raised until an audit computes for `--least` seconds, and then the shortest of a few audits of `n`
and of `2n` are compared. Up to about 2.3 is linear, with what caches of the processor add; 4 is quadratic. The exit
code is 1 where anything grows faster. Of a shape whose depth is bounded no more is measured than is allowed.
"""

# ruff: noqa: E501
# A shape is a line.
from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.shapes import CODE, MIGRATION, SCHEMA, Make, around, each
from tripoint.audit import Options, audit
from tripoint.config import read_config
from tripoint.tree import OverlayTree, WorkTree

LIMIT = 2.3


class Language:
    """How a language says the few things that the shapes are made of."""

    def __init__(
        self,
        suffix: str,
        head: str,
        *,
        function: str,
        insert: str,
        row: str,
        assign: str,
        branch: str,
        select: str,
        step: str,
        go_on: str,
        plus: str,
        model: str,
        request: str,
        end: str = "\n}\n",
    ) -> None:
        self.suffix = suffix
        self.head = head
        self.function = function
        self.insert, self.row, self.assign, self.branch = insert, row, assign, branch
        self.select, self.step, self.go_on, self.plus = select, step, go_on, plus
        self.model, self.request, self.end = model, request, end

    def project(self, body: str) -> Mapping[str, str]:
        return {MIGRATION: SCHEMA, f"src/main{self.suffix}": self.head + body}

    def inside(self, lines: Iterator[str]) -> str:
        """Return a function of these statements."""
        indent = "    " if self.suffix == ".py" else ""
        return self.function.replace("#", "0") + "".join(f"{indent}{line}\n" for line in lines) + self.end

    def within(self, statement: str) -> str:
        """Return a branch with a statement, on one line."""
        return self.branch.replace("@", statement)

    def shapes(self) -> dict[str, Make]:
        def of(text: str, i: int) -> str:
            return text.replace("#", str(i))

        def functions(n: int) -> str:
            return "".join(
                of(self.function, i) + ("    " if self.end == "\n" else "") + of(self.select, i) + "\n" + self.end
                for i in range(n)
            )

        def assigned(n: int) -> str:
            row = of(self.row, 0)
            lines = [_declared(self, row), *(self.within(self.assign.replace("@", of(self.row, i))) for i in range(n))]
            return self.inside(iter([*lines, self.insert]))

        def used(n: int) -> str:
            lines = [_declared(self, of(self.row, 0))]
            for i in range(n):
                lines += [self.assign.replace("@", of(self.row, i)), self.insert]
            return self.inside(iter(lines))

        def branches(n: int) -> str:
            line = [self.within(f"{_declared(self, of(self.row, i))}{_then(self)}{self.insert}") for i in range(n)]
            return self.inside(iter(line))

        def deep(n: int) -> str:
            statement = of(self.select, 0)
            if self.suffix == ".py":
                lines = "".join("    " + "  " * i + "if a:\n" for i in range(n))
                return self.function.replace("#", "0") + lines + "    " + "  " * n + statement + "\n"
            opened, closed = self.branch.split("@")
            return self.inside(iter([opened * n + statement + closed * n]))

        def chain(n: int) -> str:
            return self.inside(iter([of(self.select, 0).rstrip(";") + "".join(of(self.step, i) for i in range(n))]))

        def builder(n: int) -> str:
            first = _declared(self, of(self.select, 0).removeprefix("await ").rstrip(";"), "q")
            return self.inside(iter([first, *(of(self.go_on, i) for i in range(n))]))

        def pieces(n: int) -> str:
            text = f" {self.plus} ".join(f'"{name},"' for name in ("a", "b") * (n // 2)) + f' {self.plus} "c"'
            return self.inside(iter([self.select.replace('"id"', text)]))

        def models(n: int) -> str:
            return "".join(of(self.model, i) for i in range(n)) + functions(1)

        def requests(n: int) -> str:
            return self.inside(of(self.request, i) for i in range(n))

        def parameters(n: int) -> str:
            return self.inside(
                iter([of(self.request, 0).replace("id", "id" + "".join(f"&a=neq.{i}" for i in range(n)))])
            )

        made = {
            "functions": functions,
            "branches assign": assigned,
            "assigned and used": used,
            "a variable a branch": branches,
            "deep": deep,
            "chain": chain,
            "builder": builder,
            "pieces": pieces,
            "models": models,
            "requests": requests,
            "parameters": parameters,
        }
        return {name: lambda n, shape=shape: self.project(shape(n)) for name, shape in made.items()}  # type: ignore[misc]


def _declared(language: Language, value: str, name: str = "row") -> str:
    keyword = {".ts": "let ", ".dart": "var ", ".swift": "var ", ".kt": "var ", ".rs": "let mut "}
    sign = ":=" if language.suffix == ".go" else "="
    end = ";" if language.suffix in (".ts", ".dart", ".rs") else ""
    return f"{keyword.get(language.suffix, '')}{name} {sign} {value}{end}"


def _then(language: Language) -> str:
    return " " if language.suffix in (".ts", ".dart", ".rs") else "; "


LANGUAGES = {
    "typescript": Language(
        ".ts",
        "import { createClient } from '@supabase/supabase-js'\nconst db = createClient(u, k)\n",
        function="async function f#(a: any) {\n",
        insert="await db.from('orders').insert(row);",
        row="{ a: #, b: 'x' }",
        assign="row = @;",
        branch="if (a) { @ }",
        select='await db.from("orders").select("id");',
        step=".eq('a', #)",
        go_on="q = q.eq('a', #)",
        plus="+",
        model="interface M# { a: string; b?: number; c: M0[] }\n",
        request="await fetch(`${SUPABASE_URL}/rest/v1/orders?select=id`);",
    ),
    "python": Language(
        ".py",
        "from supabase import create_client\ndb = create_client(u, k)\n",
        function="def f#(a):\n",
        insert='db.table("orders").insert(row).execute()',
        row='{"a": #, "b": "x"}',
        assign="row = @",
        branch="if a: @",
        select='db.table("orders").select("id")',
        step='.eq("a", #)',
        go_on='q = q.eq("a", #)',
        plus="+",
        model="class M#(BaseModel):\n    a: str\n    b: int = Field(alias='c')\n",
        request="requests.get(f'{SUPABASE_URL}/rest/v1/orders?select=id')",
        end="\n",
    ),
    "dart": Language(
        ".dart",
        "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal db = Supabase.instance.client;\n",
        function="Future<void> f#(a) async {\n",
        insert="await db.from('orders').insert(row);",
        row="{'a': #, 'b': 'x'}",
        assign="row = @;",
        branch="if (a) { @ }",
        select='await db.from("orders").select("id");',
        step=".eq('a', #)",
        go_on="q = q.eq('a', #);",
        plus="+",
        model="class M# { final String a; final int? b; M#({required this.a, this.b});\n"
        "  factory M#.fromJson(Map<String, dynamic> j) => M#(a: j['a'], b: j['b']);\n"
        "  Map<String, dynamic> toJson() => {'a': a, 'b': b}; }\n",
        request="await http.get(Uri.parse('$supabaseUrl/rest/v1/orders?select=id'));",
    ),
    "swift": Language(
        ".swift",
        "import Supabase\nlet db = SupabaseClient(supabaseURL: u, supabaseKey: k)\n",
        function="func f#(a: Bool) async throws {\n",
        insert='try await db.from("orders").insert(row).execute()',
        row='["a": "#", "b": "x"]',
        assign="row = @",
        branch="if a { @ }",
        select='try await db.from("orders").select("id")',
        step='.eq("a", value: #)',
        go_on='q = q.eq("a", value: #)',
        plus="+",
        model='struct M#: Codable { let a: String; let b: Int?\n  enum CodingKeys: String, CodingKey { case a, b = "c" } }\n',
        request='try await URLSession.shared.data(from: URL(string: "\\(supabaseURL)/rest/v1/orders?select=id")!)',
    ),
    "kotlin": Language(
        ".kt",
        "import io.github.jan.supabase.createSupabaseClient\nimport io.github.jan.supabase.postgrest.from\n"
        "val db = createSupabaseClient(u, k) { install(Postgrest) }\n",
        function="suspend fun f#(a: Boolean) {\n",
        insert='db.from("orders").insert(row)',
        row='mapOf("a" to #, "b" to "x")',
        assign="row = @",
        branch="if (a) { @ }",
        select='db.from("orders").select(Columns.raw("id"))',
        step='.also { println("#") }',
        go_on='q = q.eq("a", #)',
        plus="+",
        model='@Serializable\ndata class M#(val a: String, @SerialName("c") val b: Int? = null)\n',
        request='client.get("$supabaseUrl/rest/v1/orders?select=id")',
    ),
    "go": Language(
        ".go",
        'package main\nimport "github.com/supabase-community/supabase-go"\nvar db, _ = supabase.NewClient(u, k, nil)\n',
        function="func f#(a bool) {\n",
        insert='db.From("orders").Insert(row, false, "", "", "").Execute()',
        row='map[string]any{"a": #, "b": "x"}',
        assign="row = @",
        branch="if a { @ }",
        select='db.From("orders").Select("id", "", false)',
        step='.Eq("a", "#")',
        go_on='q = q.Eq("a", "#")',
        plus="+",
        model='type M# struct {\n  A string `json:"a"`\n  B *int `json:"b,omitempty"`\n}\n',
        request='http.Get(supabaseURL + "/rest/v1/orders?select=id")',
    ),
    "rust": Language(
        ".rs",
        'use postgrest::Postgrest;\nfn db() -> Postgrest { Postgrest::new("https://x.supabase.co/rest/v1") }\n',
        function="async fn f#(a: bool, db: &Postgrest) {\n",
        insert='db.from("orders").insert(row).execute().await;',
        row='r#"{"a": 1}"#'.replace("#", "\0"),
        assign="row = @;",
        branch="if a { @ }",
        select='db.from("orders").select("id");',
        step='.eq("a", "#")',
        go_on='q = q.eq("a", "#");',
        plus="+",
        model="#[derive(Serialize)]\nstruct M# { a: String, b: Option<i32> }\n".replace("#[", "\0["),
        request='client.get(format!("{}/rest/v1/orders?select=id", supabase_url)).send().await;',
    ),
}


def sql(make: Callable[[int], str], before: str = SCHEMA) -> Make:
    return lambda n: {MIGRATION: before + make(n)}


BODY = "create function f() returns void language plpgsql as $$ declare x int; begin\n"

SQL: dict[str, Make] = {
    "tables": sql(each("create table t# (id int primary key, o bigint references orders (id));")),
    "columns": sql(around("create table t (", "c# text", ", ", ");")),
    "columns altered": sql(each("alter table orders add column c# text;")),
    "columns altered at once": sql(around("alter table orders ", "add column c# text", ", ", ";")),
    "columns to and fro": sql(each("alter table orders add column x text; alter table orders drop column x;")),
    "renames": sql(each("alter table orders rename to orders_; alter table orders_ rename to orders;")),
    "columns renamed": sql(each("alter table orders rename a to x; alter table orders rename x to a;")),
    "policies": sql(each("create policy p# on orders for select using (a = auth.uid()::text);")),
    "policies of tables": sql(
        each("create table t# (id int); alter table t# enable row level security; create policy p on t# using (true);")
    ),
    "policies replaced": sql(each("drop policy if exists p on orders; create policy p on orders using (a = 'x');")),
    "indexes": sql(each("create index i# on orders (a, b);")),
    "keys": sql(
        each("alter table orders add constraint k# foreign key (o) references orders (id);"),
        SCHEMA + "alter table orders add column o bigint;",
    ),
    "checks": sql(each("alter table orders add constraint k# check (a <> 'x#');")),
    "triggers": sql(
        each("create trigger g# before update on orders for each row execute function f();"),
        SCHEMA + "create function f() returns trigger language plpgsql as $$ begin return new; end $$;",
    ),
    "grants": sql(each("grant select on orders to anon; revoke select on orders from anon;")),
    "comments": sql(each("comment on column orders.a is 'x#';")),
    "enum values": sql(each("alter type e add value 'v#';"), "create type e as enum ('a');"),
    "functions": sql(each("create function f#() returns bigint language sql as $$ select id from orders $$;")),
    "functions replaced": sql(
        each("create or replace function f() returns bigint language sql as $$ select id from orders $$;")
    ),
    "overloads": sql(
        each("create type y# as (a int); create function f(a y#) returns int language sql as $$ select # $$;")
    ),
    "views": sql(each("create view v# as select id, a from orders where b = 'x';")),
    "views of views": sql(lambda n: "create view v0 as select id, a from orders;" + _views(n)),
    "expressions with": sql(around("create view v as with ", "c# as (select id from orders)", ", ", " select 1 as x;")),
    "expressions with, each of the one before": sql(
        lambda n: (
            "create view v as with c0 as (select id from orders)"
            + "".join(f", c{i} as (select id from c{i - 1})" for i in range(1, n))
            + f" select id from c{n - 1};"
        )
    ),
    "arms": sql(around("create view v as select case ", "when a = 'x#' then id", " ", " end as x from orders;")),
    "arms in a function": sql(
        around(BODY + "x := case ", "when x = # then (select id from orders)", " ", " end; end $$;")
    ),
    "unions": sql(around("create view v as ", "select id from orders", " union all ", ";")),
    "joins": sql(
        lambda n: "create view v as select 1 as x from orders" + each(" join orders o# on o#.id = orders.id")(n) + ";"
    ),
    "targets": sql(around("create view v as select ", "a as a#", ", ", " from orders;")),
    "conditions": sql(around("create view v as select id from orders where ", "a = 'x#'", " or ", ";")),
    "list of values": sql(around("create view v as select id from orders where a in (", "'x#'", ", ", ");")),
    "rows": sql(around("insert into orders (id, a) values ", "(#, 'x')", ", ", ";")),
    "inserts": sql(each("insert into orders (id, a) values (#, 'x');")),
    "subqueries deep": sql(
        lambda n: "create view v as select id from " + "(select id from " * n + "orders" + ") x" * n + ";"
    ),
    "statements of a function": sql(around(BODY, "update orders set a = 'x' where id = #;", "\n", " end $$;")),
    "variables of a function": sql(
        around(
            "create function f() returns void language plpgsql as $$ declare ",
            "x# int;",
            " ",
            " begin select id into x0 from orders; end $$;",
        )
    ),
    "assignments in a function": sql(around(BODY, "x := x + #;", "\n", " end $$;")),
    "branches of a function": sql(around(BODY, "if x = # then update orders set a = 'x'; end if;", "\n", " end $$;")),
    "else-ifs of a function": sql(
        lambda n: (
            BODY + "if x = 0 then null;" + each(" elsif x = # then update orders set a = 'x';")(n) + " end if; end $$;"
        )
    ),
    "do blocks": sql(each("do $$ begin execute 'alter table orders add column c# text'; end $$;")),
    "guards of columns": sql(
        each(
            "create table t# (id int, a text); do $$ begin if not exists (select 1 from information_schema.columns"
            " where table_schema = 'public' and table_name = 't#' and column_name = 'b') then"
            " alter table t# add column b text; end if; end $$;"
        )
    ),
    "guards of one table": sql(
        each(
            "do $$ begin if not exists (select 1 from information_schema.columns where table_name = 'orders'"
            " and column_name = 'c#') then alter table orders add column c# text; end if; end $$;"
        )
    ),
    "guards of policies": sql(
        each(
            "create table t# (id int); do $$ begin if not exists (select 1 from pg_policies where tablename = 't#'"
            " and policyname = 'p') then create policy p on t# using (true); end if; end $$;"
        )
    ),
    "guards of constraints": sql(
        each(
            "create table t# (id int); do $$ begin if not exists (select 1 from pg_constraint where conname = 'k#')"
            " then alter table t# add constraint k# check (id > 0); end if; end $$;"
        )
    ),
    "do loop over what is asked": sql(
        around(
            "",
            "create table t# (id int, a text);",
            "\n",
            """do $$ declare r record; begin
for r in select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'
  and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'a') loop
  if not exists (select 1 from information_schema.columns where table_name = r.relname and column_name = 'a') then
    raise exception 'no a';
  end if;
end loop; end $$;""",
        )
    ),
    "do loop": sql(
        lambda n: (
            "do $$ declare t text; begin foreach t in array array["
            + each("'t#'", ", ")(n)
            + "] loop execute format('create table %I (id int)', t); end loop; end $$;"
        )
    ),
    "partitions": sql(
        each("create table p# partition of p for values from (#0) to (#9);"),
        "create table p (id int) partition by range (id);",
    ),
    "broken statements": sql(each("create tabel t# (id int);")),
    "quotes": sql(around("select ", "'x'", " || ", ";")),
    "comments of lines": sql(each("-- x ' $$ #")),
    "templates in templates": sql(lambda n: "{{if .mysql}} insert " * n + "{{if .x}} insert " * n + "{{end}}" * 2 * n),
    "migrations": lambda n: {
        MIGRATION: SCHEMA,
        **{f"supabase/migrations/2026{i:010}_x.sql": f"alter table orders add column c{i} text;" for i in range(1, n)},
    },
    "schemas": sql(each("create schema s#; create table s#.t (id int);")),
    "same name everywhere": sql(
        each("create schema s#; create table s#.orders (id int, a text); create view s#.v as select a from s#.orders;")
    ),
    "drops": sql(each("create table t# (id int); drop table t#;")),
    "roles": sql(each("create role r#; grant select on orders to r#;")),
}


def _views(n: int) -> str:
    return "".join(f"create view v{i} as select id, a from v{i - 1};" for i in range(1, n))


def document(name: str, make: Callable[[int], str]) -> Make:
    return lambda n: {MIGRATION: SCHEMA, f"docs/{name}": make(n)}


DOCUMENTS: dict[str, Make] = {
    "mermaid entities": document("a.mmd", around("erDiagram\n", "  t# {\n    int id PK\n    text a\n  }", "\n", "\n")),
    "mermaid attributes": document("a.mmd", around("erDiagram\n  orders {\n", "    text c#", "\n", "\n  }\n")),
    "mermaid relationships": document("a.mmd", around("erDiagram\n", "  orders ||--o{ t# : has", "\n", "\n")),
    "mermaid the same": document("a.mmd", around("erDiagram\n", "  orders ||--o{ lines : has", "\n", "\n")),
    "mermaid classes": document(
        "a.mmd", around("classDiagram\n", "  class t# {\n    +int id\n  }\n  orders <|-- t#", "\n", "\n")
    ),
    "dbml tables": document("a.dbml", each("Table t# {\n  id int [pk]\n  a text [ref: > orders.id]\n}")),
    "dbml columns": document("a.dbml", around("Table orders {\n", "  c# text [not null]", "\n", "\n}\n")),
    "dbml refs": document("a.dbml", each("Ref: t#.id > orders.id")),
    "dbml notes": document("a.dbml", each("Table t# { Note: 'x' }")),
    "dbml enums": document("a.dbml", around("Enum e {\n", "  v#", "\n", "\n}\n")),
    "markdown headings": document("a.md", each("## `orders`\n\n- `a`: text\n- `c#`: text\n")),
    "markdown rows": document(
        "a.md", around("# orders\n\n| column | type |\n|---|---|\n", "| c# | text |", "\n", "\n")
    ),
    "markdown prose": document("a.md", each("The `orders` table has a column `c#`, see `t#`.")),
    "markdown blocks": document("a.md", each("```sql\ncreate table t# (id int);\n```\n")),
    "markdown lists deep": document("a.md", lambda n: "".join("  " * (i % 60) + f"- `c{i}`\n" for i in range(n))),
}

REVISION = (
    '"""x"""\nfrom alembic import op\nimport sqlalchemy as sa\nrevision = "a"\ndown_revision = None\ndef upgrade():\n'
)


def alembic(make: Callable[[int], str]) -> Make:
    return lambda n: {
        "alembic.ini": "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://x/y\n",
        "alembic/env.py": "",
        "alembic/versions/a_first.py": REVISION
        + "    op.create_table('orders', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text))\n"
        + make(n),
    }


ALEMBIC: dict[str, Make] = {
    "operations": alembic(each("    op.add_column('orders', sa.Column('c#', sa.Text))")),
    "tables": alembic(each("    op.create_table('t#', sa.Column('id', sa.Integer))")),
    "columns": alembic(around("    op.create_table('t', ", "sa.Column('c#', sa.Integer)", ", ", ")\n")),
    "indexes": alembic(each("    op.create_index('i#', 'orders', ['a'])")),
    "execute": alembic(each("    op.execute('alter table orders add column c# text')")),
    "variables": alembic(
        lambda n: each("    x# = 'c#'")(n) + "\n" + each("    op.add_column('orders', sa.Column(x#, sa.Text))")(n)
    ),
    "one variable": alembic(each("    x = 'c#'\n    op.add_column('orders', sa.Column(x, sa.Text))")),
    "branches": alembic(each("    if a:\n        x = 'c#'\n        op.add_column('orders', sa.Column(x, sa.Text))")),
    "loop": alembic(
        lambda n: (
            "    for x in [" + each("'c#'", ", ")(n) + "]:\n        op.add_column('orders', sa.Column(x, sa.Text))\n"
        )
    ),
    "pieces": alembic(lambda n: "    op.execute(" + each("'-- x\\n'", " + ")(n) + ")\n"),
    "helpers": alembic(
        lambda n: (
            each("    f#()")(n) + "\n" + each("def f#():\n    op.add_column('orders', sa.Column('c#', sa.Text))")(n)
        )
    ),
    "batch": alembic(
        lambda n: (
            "    with op.batch_alter_table('orders') as b:\n"
            + each("        b.add_column(sa.Column('c#', sa.Text))")(n)
        )
    ),
    "revisions": lambda n: {
        "alembic.ini": "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://x/y\n",
        "alembic/env.py": "",
        **{
            f"alembic/versions/r{i}.py": "from alembic import op\nimport sqlalchemy as sa\n"
            f'revision = "r{i}"\ndown_revision = {f"{chr(34)}r{i - 1}{chr(34)}" if i else None}\ndef upgrade():\n'
            f"    op.create_table('t{i}', sa.Column('id', sa.Integer))\n"
            for i in range(n)
        },
    },
}

PARTS: dict[str, dict[str, Make]] = {
    **{name: language.shapes() for name, language in LANGUAGES.items()},
    "sql": SQL,
    "documents": DOCUMENTS,
    "alembic": ALEMBIC,
    "code": CODE,
}


def seconds(files: Mapping[str, str], tries: int) -> float:
    """Return the shortest time in seconds of computing of a few audits of a project."""
    best = float("inf")
    with tempfile.TemporaryDirectory() as empty:
        tree = OverlayTree(WorkTree(empty), {path: text.replace("\0", "#").encode() for path, text in files.items()})
        config = read_config(tree)
        for _ in range(tries):
            gc.collect()
            gc.disable()
            begun = time.process_time()
            audit(tree, config, Options())
            best = min(best, time.process_time() - begun)
            gc.enable()
    return best


def compare(make: Make, least: float, most: int) -> tuple[int, float, float]:
    """Return the `n` that was measured, the seconds that it took, and how many times longer twice as much takes."""
    n, taken = 250, 0.0
    floor = seconds(make(2), 2)  # what any audit takes
    while n < most and (taken := seconds(make(n), 1) - floor) < least:
        n = min(most, n * (2 if taken * 4 > least else 4))
    once, twice = seconds(make(n), 3) - floor, seconds(make(2 * n), 2) - floor
    return n, once, twice / max(once, 1e-4)


def main() -> int:
    """Measure the parts that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.doubling", description=__doc__.split("\n\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; or PART:SHAPE")
    parser.add_argument("--least", type=float, default=0.3, help="seconds that the smaller audit takes")
    parser.add_argument("--most", type=int, default=64_000, help="how many of one thing at the most")
    arguments = parser.parse_args()
    failed = False
    for part, shapes in PARTS.items():
        for name, make in shapes.items():
            if arguments.parts and not {part, f"{part}:{name}"} & set(arguments.parts):
                continue
            n, once, ratio = compare(make, arguments.least, arguments.most)
            failed = failed or ratio > LIMIT
            said = " !" if ratio > LIMIT else ""
            print(f"{part:<12}{name:<32}{n:>8,} in {once:>6.2f} s, twice in ×{ratio:.2f}{said}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
