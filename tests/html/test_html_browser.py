"""A person with a browser: the report of 300 tables, and one whose names try to take the page over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from browser_chromium import chromium
from diagram.odd_schema import ODD_TABLES, many_tables, odd_sql, write_project
from formats.audit_sample import sample_audit
from tripoint.cli import main
from tripoint.formats.format import RenderOptions
from tripoint.formats.html import render
from tripoint.model.audit import Proposal

CODE = """\
import { createClient } from '@supabase/supabase-js'
const db = createClient(process.env.URL!, process.env.KEY!)
export const one = await db.from('table_3').select('id, title')
export const two = await db.from('shelves').select('*').eq('owner_id', 1)
"""


HUB = "create table accounts (id bigint primary key);\n" + "".join(
    f"create table part_{n} (id bigint primary key, account_id bigint references accounts, "
    f"before_id bigint references part_{max(n - 1, 0)});\n"
    for n in range(9)
)
"""Nine tables that refer to one, and each to the one before it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name, sql in (("many", many_tables(300)), ("odd", odd_sql()), ("few", many_tables(5)), ("hub", HUB)):
        folder = write_project(tmp_path_factory.mktemp(name), sql)
        (folder / "src").mkdir()
        (folder / "src/page.ts").write_text(CODE)
        made[name] = folder / "report.html"
        assert main(["audit", str(folder), "--format", "html", "-o", str(made[name]), "--fail-on", "never"]) == 0
    folder = tmp_path_factory.mktemp("several")
    for app, sql in (("shop", "create table shelves (name text);"), ("jobs", "create table tasks (name text);")):
        migrations = folder / "apps" / app / "supabase" / "migrations"
        migrations.mkdir(parents=True)
        (migrations / "20250101000000_start.sql").write_text(f"create table common (name text);\n{sql}")
    made["several"] = folder / "report.html"
    assert main(["audit", str(folder), "--format", "html", "-o", str(made["several"]), "--fail-on", "never"]) == 0
    return made


class Visitor(Protocol):
    """Opens a report by its name."""

    def __call__(self, name: str, scheme: str = "light", width: int = 1280) -> Page: ...


class Visit:
    """A page and what went wrong on it."""

    def __init__(self, browser: Browser, path: Path, scheme: str, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda r: None if r.url.startswith("file:") else self.faults.append(r.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def visit(browser: Browser, reports: dict[str, Path]) -> Iterator[Visitor]:
    visits: list[Visit] = []

    def open_(name: str, scheme: str = "light", width: int = 1280) -> Page:
        visits.append(Visit(browser, reports[name], scheme, width))
        return visits[-1].page

    yield open_
    for one in visits:
        one.context.close()
        assert one.faults == []


def go(page: Page, part: str) -> None:
    page.locator("nav").get_by_role("link", name=part).click()


def test_of_several_databases_one_is_drawn_and_each_finding_names_its_own(visit: Visitor) -> None:
    page = visit("several")
    go(page, "Findings")
    names = page.locator("#finding-list .subject").all_inner_texts()
    assert {"common in apps/shop", "common in apps/jobs"} <= set(names)
    page.locator("#find-database").select_option("apps/shop")
    assert 0 < shown_findings(page) < len(names)
    go(page, "Diagram")
    canvas = page.locator("#canvas")
    expect(canvas).to_contain_text("tasks")
    expect(canvas).not_to_contain_text("shelves")
    page.locator("#show-database").select_option("apps/shop")
    expect(canvas).to_contain_text("shelves")
    expect(canvas).not_to_contain_text("tasks")
    page.locator("#find-box").fill("tasks")
    page.locator("#find-box").press("Enter")
    expect(canvas).to_contain_text("tasks")
    expect(page.locator("#show-database")).to_have_value("apps/jobs")


def shown_findings(page: Page) -> int:
    return page.locator("#finding-list > .finding:visible").count()


def test_findings_are_searched_and_filtered(visit: Visitor) -> None:
    page = visit("many")
    expect(page.get_by_role("heading", name="findings")).to_be_visible()
    go(page, "Findings")
    all_ = shown_findings(page)
    assert all_ > 100
    page.get_by_role("searchbox", name="Search findings").fill("shelves")
    assert shown_findings(page) == 1
    page.get_by_role("searchbox", name="Search findings").fill("")
    page.locator("#view-findings .chip.high").click()
    assert 0 < shown_findings(page) < all_
    page.locator("#view-findings .chip.high").click()
    page.locator("#find-rule").select_option("missing-table")
    assert shown_findings(page) == 1


def test_the_overview_shows_the_first_of_each_rule(visit: Visitor) -> None:
    page = visit("many")
    rules = page.evaluate(
        """() => [...document.querySelectorAll(".first a")].map((link) =>
          DATA.findings.find((finding) => `#finding/${finding.id}` === link.hash).rule)"""
    )
    assert 1 < len(rules) == len(set(rules)) <= 5
    assert page.locator(".first .note").first.inner_text().strip().split(" more ")[1] in rules


def test_a_finding_shows_its_code(visit: Visitor) -> None:
    page = visit("many", "dark")
    go(page, "Findings")
    page.get_by_role("searchbox", name="Search findings").fill("shelves")
    page.locator(".finding:visible > summary").press("Enter")
    body = page.locator(".finding[open] .body")
    expect(body.locator("mark").first).to_have_text("shelves")
    expect(body.locator(".place").first).to_have_text("src/page.ts:4")
    body.get_by_role("link", name="Open shelves").click()
    expect(page.locator("#panel-title")).to_have_text("shelves")
    page.locator("#panel").get_by_role("link", name="No migration creates").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".finding[open] > summary")).to_be_focused()


def test_a_table_opens_and_closes_by_keyboard(visit: Visitor) -> None:
    page = visit("many")
    go(page, "Tables")
    assert page.locator("#view-tables .inventory").first.locator("tbody tr:visible").count() > 300
    page.keyboard.press("/")
    page.keyboard.type("table_3")
    link = page.get_by_role("link", name="table_3", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(panel.locator(".columns tbody tr")).to_have_count(5)
    expect(panel).to_contain_text("refers to")
    expect(panel).to_contain_text("src/page.ts:3")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()


def test_the_diagram_is_grouped_searched_and_opened(visit: Visitor) -> None:
    page = visit("many")
    go(page, "Diagram")
    expect(page.locator("#canvas .box.group")).to_have_count(5)
    page.get_by_role("button", name="Group part1, 60 tables").press("Enter")
    assert page.locator("#canvas .box:not(.group)").count() >= 60
    page.get_by_role("searchbox", name="Find a table").fill("table_123")
    page.keyboard.press("Enter")
    box = page.get_by_role("button", name="part2.table_123")
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("part2.table_123")
    page.keyboard.press("Escape")
    before = page.locator("#layer").get_attribute("transform")
    page.locator("#canvas").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#layer").get_attribute("transform") != before
    page.get_by_role("button", name="Open all groups").click()
    expect(page.locator("#canvas .box.group")).to_have_count(0)
    assert page.locator("#canvas .box").count() > 300


def test_lines_to_what_all_refer_to_stand_aside(visit: Visitor) -> None:
    def lines() -> int:
        # A straight line has no height, which Playwright takes for invisible.
        shown = "edges => edges.filter(edge => getComputedStyle(edge).display !== 'none').length"
        number: int = page.locator("#canvas .edge").evaluate_all(shown)
        return number

    page = visit("hub")
    go(page, "Diagram")
    assert lines() == 9
    page.locator("#canvas").get_by_role("button", name="part_3").focus()
    assert lines() == 10
    page.locator("#show-lines").select_option("all")
    assert lines() == 18


def test_a_drag_moves_the_diagram_and_opens_nothing(visit: Visitor) -> None:
    page = visit("few")
    go(page, "Diagram")
    box = page.locator("#canvas .box").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=4)
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()
    moved = page.locator("#canvas .box").first.bounding_box()
    assert moved is not None
    assert moved["x"] == pytest.approx(box["x"] + 140, abs=2)
    page.locator("#canvas .box").first.click()
    expect(page.locator("#panel")).to_be_visible()


def test_the_panel_covers_no_part_of_the_table_it_shows(visit: Visitor) -> None:
    page = visit("few")
    go(page, "Diagram")
    boxes = page.locator("#canvas .box")
    for box in (boxes.first, boxes.last):
        box.click()
        expect(page.locator("#panel")).to_be_visible()
        expect(box).to_have_class(re.compile(r"\bchosen\b"))
        canvas = page.locator("#canvas").bounding_box()
        assert canvas is not None
        page.wait_for_function(
            "([key, left, right]) => { const box = document.querySelector(`[data-key='${key}']`)"
            ".getBoundingClientRect(); return box.left >= left && box.right <= right; }",
            arg=[box.get_attribute("data-key"), canvas["x"], canvas["x"] + canvas["width"]],
        )
        page.keyboard.press("Escape")
        expect(box).not_to_have_class(re.compile(r"\bchosen\b"))


def test_sql_is_copied(browser: Browser, tmp_path: Path) -> None:
    audit = replace(
        sample_audit(), proposals=(Proposal("default", "public.shelves", "create table shelves ();", True),)
    )
    (tmp_path / "report.html").write_text(render(audit, RenderOptions()), encoding="utf-8")
    visit = Visit(browser, tmp_path / "report.html", "light", 1280)
    visit.page.evaluate("document.execCommand = () => { window.selected = getSelection().toString(); return true; }")
    visit.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    go(visit.page, "Findings")
    visit.page.locator("#finding-list summary", has_text="No migration creates public.shelves").click()
    visit.page.get_by_role("button", name="Copy SQL").click()
    expect(visit.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert visit.page.evaluate("window.selected") == "create table shelves ();"
    assert visit.faults == []
    visit.context.close()


def test_names_stay_names(visit: Visitor) -> None:
    page = visit("odd")
    for part in ("Findings", "Tables", "Diagram", "Notices"):
        go(page, part)
    assert page.locator("#canvas .box").count() == len(ODD_TABLES) + 2  # and the two that only the code knows
    go(page, "Tables")
    page.get_by_role("link", name="<img src=x onerror=alert(1)>", exact=True).click()
    expect(page.locator("#panel-title")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 3
    assert page.title() != "taken"
    for card in page.locator("#finding-list > .finding").all():
        card.evaluate("card => { card.open = true; }")
    assert page.locator("img").count() == 0


def test_it_prints_everything(visit: Visitor) -> None:
    page = visit("few")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for part in ("overview", "findings", "tables", "diagram", "notices"):
        expect(page.locator(f"#view-{part}")).to_be_visible()
    assert page.locator(".finding[open]").count() == page.locator(".finding").count() > 0
    assert page.pdf().startswith(b"%PDF")


def test_light_dark_and_the_switch(visit: Visitor) -> None:
    def background(page: Page) -> int:
        color: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return int(color.split("(")[1].split(",")[0])

    assert background(visit("few", "light")) > 200
    page = visit("few", "dark")
    assert background(page) < 60
    page.get_by_role("button", name="Switch between light and dark").click()
    assert background(page) > 200


def test_a_narrow_page_does_not_scroll_sideways(visit: Visitor) -> None:
    page = visit("many", "light", 380)
    for part in ("Overview", "Findings", "Tables", "Diagram"):
        go(page, part)
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        # The row of tabs is scrolled once the part is drawn, which a busy machine does later.
        page.wait_for_function(
            "() => { const tab = document.querySelector('nav a[aria-current]').getBoundingClientRect();"
            " return tab.left >= 0 && tab.right <= 380; }"
        )


def test_every_control_has_a_name(visit: Visitor) -> None:
    page = visit("few")
    for part in ("Findings", "Tables", "Diagram"):
        go(page, part)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, a, input, select, [role=button]")].filter((element) => !(
              element.getAttribute("aria-label") || element.textContent.trim() || element.labels?.length)).length"""
        )
        assert nameless == 0
