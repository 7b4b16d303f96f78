"""Names of an audited project that mean something to a format stay names in all of them."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tripoint.cli import main
from tripoint.reading import read_one
from tripoint.sql.read import read_sql

NAMES = (
    'x"; drop table users; --',
    "x'); drop table users; --",
    "a\n::error file=x::pwned",
    "a%0A::stop-commands::b",
    "a\x1b[31m\x1b]8;;http://x\x07b",
    "a\u202eb\u2066c\u200bd",
    "a\u2028b\u0085c\rd",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "]]><x/>",
    "](javascript:alert(1))![x](http://x/y)",
    "`|`` \\| a",
    "**a** @everyone #1 ~~~",
    "a\n\n# Heading\n\n- [ ] x",
    "```\na",
    'a" ]; evil [label="b',
    '"}\n  evil { int x }\n  a {',
    '"] {\n}\nTable evil {\n  id int\n}\nTable "a',
    "%%{init: {}}%%",
    "*/ drop table users; /*",
    "$$; drop table users; $$",
    "--> <!-- tripoint:schema end -->",
    "{{ 7 * 7 }} ${x} %s {0}",
    "'''",
    "a" * 63,
    "#{x}\\",
)
FORMATS = ("terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab", "pull-request")
DIAGRAMS = ("mermaid", "dbml", "dot", "svg")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
PLAIN = "harmless"


def project(root: Path, names: tuple[str, ...]) -> Path:
    """Write a project in which every place that takes a name has one of these."""

    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def literal(text: str) -> str:
        return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    sql, code, document = [], [], ["# Data model\n"]
    for number, name in enumerate(names):
        # The number keeps names that are cut to 63 bytes apart.
        table = f"{number} {name}"[:50]
        sql.append(
            f"create table public.{quoted(table)} (id uuid primary key, {quoted(name)} text default {literal(name)},"
            f" other uuid references public.{quoted(f'{number} gone ' + name[:30])} (id));\n"
            f"comment on table public.{quoted(table)} is {literal(name)};\n"
            f"create policy {quoted(name[:50])} on public.{quoted(table)} using (true);\n"
            f"create type public.{quoted('e' + table)} as enum ({literal(name)});\n"
        )
        code.append(
            f"supabase.from({json.dumps(table)}).select({json.dumps('id, ' + json.dumps(name + ' gone'))})\n"
            f"supabase.from({json.dumps('lost ' + table)}).select('id')\n"
            f"supabase.rpc({json.dumps('f' + table)})\n"
        )
        line = " ".join(name.split())
        document.append(f"## {line}\n\n| Field | Type |\n|---|---|\n| `id` | uuid |\n| {line} | {line} |\n\n")
    files = {
        "supabase/migrations/20260101000000_start.sql": "".join(sql),
        "src/app.ts": "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient('u', 'k')\n"
        + "".join(code),
        "docs/data-model.md": "".join(document),
    }
    for number, name in enumerate(names):
        usable = name.replace("/", "_").replace("\0", "")[:80]
        files[f"src/{number}{usable}.ts"] = files["src/app.ts"][:110] + f"supabase.from('lost {number}').select('id')\n"
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("hostile"), NAMES)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("plain"), tuple(f"{PLAIN}{number}" for number in range(len(NAMES))))


SAID: dict[tuple[str, ...], str] = {}
"""What each command line printed: none changes the projects, so none is run twice."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    words = tuple(map(str, arguments))
    if words not in SAID:
        code = main([*words, "--no-cache"])
        said = capsys.readouterr()
        assert said.err == "" or code == 0, said.err
        assert code in (0, 1)
        SAID[words] = said.out
    return SAID[words]


def audited(capsys: pytest.CaptureFixture[str], root: Path, name: str) -> str:
    return run(capsys, "audit", root, "--format", name, "--verbose")


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_steers_a_terminal_or_a_line(hostile: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = audited(capsys, hostile, name)
    # A script of the page itself separates keys with a control character.
    assert set(CONTROLS.findall(text)) <= ({"\x01"} if name == "html" else set())


class Tags(HTMLParser):
    """Counts the elements of a page and their attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        self.found.update(f"{tag} {key}" for key, _ in attrs if key.startswith("on"))


def test_the_page_has_no_element_more(hostile: Path, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for root in (hostile, plain):
        tags = Tags()
        tags.feed(audited(capsys, root, "html"))
        found.append(tags.found)
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["markdown", "pull-request"])
def test_markdown_holds_no_markup_of_a_name(hostile: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    for token in parser.parse(audited(capsys, hostile, name)):
        assert not (token.type == "html_block" and re.search(r"<script|<img|<x", token.content)), token.content
        assert not (token.type == "heading_open" and token.tag == "h1" and "Heading" in token.content)
        for child in token.children or ():
            assert not (child.type == "html_inline" and re.search(r"<script|<img|<x", child.content)), child.content
            assert child.type != "image"
            assert not str(child.attrs.get("href", "")).startswith(("javascript:", "http://x"))


def test_machine_formats_are_whole(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subjects = {finding["subject"] for finding in json.loads(audited(capsys, hostile, "json"))["findings"]}
    assert any(NAMES[0] in subject for subject in subjects)
    assert json.loads(audited(capsys, hostile, "sarif"))["runs"]
    assert json.loads(audited(capsys, hostile, "gitlab"))
    assert ElementTree.fromstring(audited(capsys, hostile, "junit")).tag == "testsuites"


def test_every_line_of_the_log_is_a_command_of_ours(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    lines = [line for line in audited(capsys, hostile, "github").splitlines() if line.lstrip().startswith("::")]
    assert lines
    for line in lines:
        assert re.match(r"::(error|warning|notice) (file=[^:,]*,line=\d+|title=tripoint::)", line), line


@pytest.mark.parametrize("name", DIAGRAMS)
def test_diagrams_hold_the_same_entities(
    hostile: Path, plain: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [run(capsys, "diagram", root, "--format", name) for root in (hostile, plain)]
    assert not CONTROLS.findall(texts[0])
    if name == "svg":
        found = [Counter(element.tag for element in ElementTree.fromstring(text).iter()) for text in texts]
        assert "script" not in str(found[0])
        assert set(found[0]) == set(found[1])
        return
    assert len(texts[0].splitlines()) == len(texts[1].splitlines())
    if name != "dot":
        suffix = ".mmd" if name == "mermaid" else ".dbml"
        entities = read_one("document", suffix, texts[0].encode()).entities
        assert "evil" not in {entity.name for entity in entities}


def test_proposed_sql_does_what_it_says_alone(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proposals = json.loads(audited(capsys, hostile, "json"))["proposals"]
    assert len(proposals) >= 3
    # What the command puts around them is the same for each, and each is replayed: a few are enough.
    some = [f"--subject={proposal['subject']}" for proposal in proposals[:3]]
    texts = [run(capsys, "propose", hostile, *some), *(proposal["sql"] for proposal in proposals)]
    for text in texts:
        facts = read_sql(text.encode())
        assert facts.problems == ()
        kinds = {statement.kind for statement in facts.statements}
        assert kinds
        assert kinds <= {"CreateStmt", "AlterTableStmt", "IndexStmt", "CreatePolicyStmt", "GrantStmt", "CreateEnumStmt"}


def test_the_schema_section_stays_one_section(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = hostile / "docs/schema.md"
    assert main(["docs", str(hostile), "--file", "docs/schema.md"]) == 0
    capsys.readouterr()
    text = page.read_text("utf-8")
    assert not CONTROLS.findall(text)
    assert len(re.findall(r"^<!-- tripoint:schema", text, re.MULTILINE)) == 2
    assert main(["docs", str(hostile), "--file", "docs/schema.md", "--check"]) == 0
    capsys.readouterr()
    os.remove(page)
