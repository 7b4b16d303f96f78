"""`tripoint docs`: keep a description of the schema in step, in one Markdown file or a folder of pages."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.auditing import demanding, settings
from tripoint.commands.diagram import database_named
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import create_file, replace_file
from tripoint.config import ConfigError
from tripoint.formats.diagram import Diagram, around, draw
from tripoint.formats.inventory import Inventory, take_inventory
from tripoint.formats.schema_section import (
    Descriptions,
    comment_statements,
    find_section,
    index_text,
    page_text,
    plain_diagram,
    read_descriptions,
    section_text,
    with_renames,
)
from tripoint.model.audit import Audit
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.rules._section import page_key
from tripoint.rules._shared import own_tables
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["run"]

_DEFAULT = "docs/schema.md"
_RULE = "stale-schema-section"
_MARKDOWN = (".md", ".markdown")
_HEADING = regex(r"^(#{1,6})[ \t]", re.MULTILINE)


class _Change(Struct, frozen=True):
    """A file as it is (None where it is not there yet) and as it should be."""

    path: str
    before: bytes | None
    after: bytes


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Write what is stale and say what was done; with `--check` write nothing and exit with 1 where it is stale."""
    try:
        tree = WorkTree(arguments.path)
        config = settings(tree, arguments.config)
        tree = limited(tree, config)
        screen.progress("auditing")
        # The section says what is defined, so neither documents nor code are read, and no rule is asked.
        current = audit(
            tree,
            replace(demanding(config), specialists=()),
            quick(arguments, Options(schema_only=True, select=frozenset({_RULE}))),
        )
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    target = arguments.file or config.docs or _DEFAULT
    name = database_named(current, arguments.of)
    evidence = next(e for e in current.evidence if e.database.name == name)
    if "migrations" not in evidence.heard:
        raise CommandError("there is no schema to describe: no migrations, schema files or dump were found")
    if not target.endswith((*_MARKDOWN, "/")) and "." in target.rpartition("/")[2][1:]:
        raise CommandError(f"{target} is no Markdown file (.md), and the name of a folder of pages ends with /")
    pages = _Pages(current, take_inventory(current), evidence, tree, target.rstrip("/"))
    single = target.endswith(_MARKDOWN)
    if arguments.comments:
        return Outcome(_comments(evidence, pages, single))
    changes = [change for change in (pages.single() if single else pages.folder()) if change.before != change.after]
    if arguments.check:
        stale = "".join(f"{change.path} is {'missing' if change.before is None else 'stale'}\n" for change in changes)
        return Outcome(stale, int(bool(changes)))
    for change in changes:
        if change.before is None:
            create_file(tree.folder, change.path, change.after)
        else:
            replace_file(tree.folder, change.path, change.before, change.after)
    said = [f"{'created' if change.before is None else 'refreshed'} {change.path}\n" for change in changes]
    return Outcome("".join(said) or f"{target} is up to date\n")


def _comments(evidence: Evidence, pages: _Pages, single: bool) -> str:
    statements = comment_statements(evidence, pages.written(single))
    return "\n".join(statements) + "\n" if statements else "-- Every description is the database's comment already.\n"


class _Pages:
    """The files that hold the description of one database."""

    def __init__(self, current: Audit, inventory: Inventory, evidence: Evidence, tree: WorkTree, target: str) -> None:
        self._audit = current
        self._inventory = inventory
        self._evidence = evidence
        self._tree = tree
        self._target = target
        self._named = evidence.database.name if len(current.evidence) > 1 else None

    def written(self, single: bool) -> Descriptions:
        """Return what people wrote in all the files."""
        found = Descriptions()
        paths = [self._target] if single else self._paths()
        for path in paths:
            section = find_section(self._text(path) or "", self._named)
            if section is not None:
                read = read_descriptions(section.body)
                found.tables.update(read.tables)
                found.columns.update(read.columns)
        return with_renames(found, self._evidence)

    def single(self) -> Iterator[_Change]:
        """Yield the one file: its section in its place, at the end where it has none yet."""
        text = self._text(self._target)
        section = find_section(text, self._named) if text is not None else None
        above = text[: section.start] if text is not None and section is not None else text or ""
        levels = [len(match[1]) for match in _HEADING.finditer(above)]
        level = min(levels[-1] + 1, 6) if levels else 2
        body = section_text(self._audit, self._inventory, self._evidence, self.written(single=True), level)
        yield self._change(self._target, "# Database schema", body)

    def folder(self) -> Iterator[_Change]:
        """Yield an index and a page for every table, also for those that are gone and have a page."""
        diagram = plain_diagram(draw(self._audit, self._inventory, self._evidence.database.name))
        tables = {page_key(str(table.name)): table for table in own_tables(self._evidence)}
        descriptions = self.written(single=False)
        pages = self._pages()
        taken = {path.casefold() for path in pages.values()}
        for key, table in tables.items():
            if key not in pages:
                pages[key] = self._free(table.name, taken)
            near = around(diagram, [table.name], 1)
            yield self._change(pages[key], None, page_text(table, table.name, near, descriptions, self._named))
        for key in sorted(set(pages) - set(tables)):
            schema, _, bare = unquote(key).partition(".")
            gone = page_text(None, Name(schema, bare), Diagram((), ()), descriptions, self._named)
            yield self._change(pages[key], None, gone)
        links = [(table, pages[key].rpartition("/")[2]) for key, table in tables.items()]
        index = index_text(self._evidence, diagram, links, self._named)
        yield self._change(f"{self._target}/index.md", "# Database schema", index)

    def _pages(self) -> dict[str, str]:
        """The pages that there are, by their table as it stands in the marker."""
        found = {}
        for path in self._paths():
            section = find_section(self._text(path) or "", self._named)
            if section is not None and "table" in section.attributes:
                found[section.attributes["table"]] = path
        return found

    def _free(self, name: Name, taken: set[str]) -> str:
        """A path for a new page, also where file names do not tell capitals apart."""
        text = name.name if name.schema == "public" else str(name)
        slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.") or "table"
        for number in range(1, len(taken) + 3):
            path = f"{self._target}/{slug}{f'-{number}' if number > 1 else ''}.md"
            if path.casefold() not in taken and slug.casefold() != "index" and not self._tree.has(path):
                break
            if slug.casefold() == "index":
                slug = "table-index"
        taken.add(path.casefold())
        return path

    def _paths(self) -> list[str]:
        prefix = f"{self._target}/"
        return [e.path for e in self._tree.files() if e.path.startswith(prefix) and e.path.endswith(_MARKDOWN)]

    def _text(self, path: str) -> str | None:
        """A file's text with plain line ends; None where there is no such file."""
        if not self._tree.has(path):
            return None
        try:
            return self._tree.read(path).decode("utf-8").replace("\r\n", "\n")
        except (TreeError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} can't be read as UTF-8 text") from error

    def _change(self, path: str, title: str | None, section: str) -> _Change:
        """A file with its section in place; the rest of it, and its line ends, stay as they are."""
        text = self._text(path)
        if text is None:
            return _Change(path, None, "\n\n".join([*([title] if title else []), section]).encode() + b"\n")
        old = find_section(text, self._named)
        if old is not None:
            text = text[: old.start] + section + text[old.end :]
        else:
            text = f"{text.rstrip()}\n\n{section}\n".lstrip("\n")
        before = self._tree.read(path)
        return _Change(path, before, (text.replace("\n", "\r\n") if b"\r\n" in before else text).encode())
