"""How a report writes names, places and numbers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from tripoint.formats.escape import markdown_code
from tripoint.formats.inventory import Inventory, TableEntry, end_text
from tripoint.formats.meaning import said_meanings
from tripoint.model.audit import Audit, Spot
from tripoint.model.fault import Witness
from tripoint.model.name import Name

__all__ = ["Labels", "lines_by_file", "places_by_file", "told_first"]


def told_first(spots: Iterable[Spot]) -> list[Spot]:
    """Return related spots, those first that tell most: where a table was created says least of what became of it."""
    return sorted(spots, key=lambda spot: spot.note == "created here")


def lines_by_file(spots: Iterable[Spot]) -> dict[str, list[int]]:
    """Return the lines of the spots by path, both in order, each line once."""
    found: dict[str, set[int]] = {}
    for spot in spots:
        found.setdefault(spot.path, set()).add(spot.line)
    return {path: sorted(lines) for path, lines in sorted(found.items())}


def places_by_file(spots: Iterable[Spot]) -> list[str]:
    """Return `path` line 20, 54 for every file, in Markdown, as it reads within a sentence or in brackets."""
    return [f"{markdown_code(path)} line {', '.join(map(str, lines))}" for path, lines in lines_by_file(spots).items()]


class Labels:
    """Names of one audit: `public` is left out, a database is named only where there are several."""

    def __init__(self, audit: Audit) -> None:
        self._several = len(audit.evidence) > 1
        self._heard = {witness.name for witness in audit.testimonies if witness.heard}
        roots = [evidence.database.migrations_root for evidence in audit.evidence]
        self._root = f"{roots[0].rstrip('/')}/" if len(roots) == 1 and roots[0] else None

    def heard(self, witness: Witness) -> bool:
        """Whether a witness was heard."""
        return witness in self._heard

    def short(self, subject: str) -> str:
        """Return a subject without the schema `public`."""
        return " -> ".join(part.removeprefix("public.") for part in subject.split(" -> "))

    def code(self, name: Name, database: str, columns: tuple[str, ...] = ()) -> str:
        """Return a table, or one end of a relationship, as a code span."""
        text = markdown_code(self.short(end_text(name, columns)))
        return f"{text} in {markdown_code(database)}" if self._several else text

    def subject(self, subject: str, database: str) -> str:
        """Return a finding's subject as a code span."""
        text = markdown_code(self.short(subject))
        return f"{text} in {markdown_code(database)}" if self._several else text

    def file(self, path: str) -> str:
        """Return a migration's file name where all migrations stand in one folder, else its path."""
        if self._root is not None and path.startswith(self._root) and "/" not in path.removeprefix(self._root):
            return posixpath.basename(path)
        return path

    def vouched(self, inventory: Inventory) -> list[TableEntry]:
        """Return the tables that nothing creates and that are part of the schema all the same.

        They are: a foreign key points to them, or the documents describe them and the code uses them.
        """
        pointed = {
            (relationship.database, relationship.to_table)
            for relationship in inventory.relationships
            if relationship.status == "dangling"
        }
        return [
            entry
            for entry in inventory.tables
            if entry.table is None
            and ((entry.database, entry.name) in pointed or (bool(entry.documented) and bool(entry.used)))
        ]

    def meant(self, audit: Audit, entry: TableEntry) -> str | None:
        """Return what a missing table is or may be called, with the confidence, as Markdown."""
        for evidence in audit.evidence:
            if evidence.database.name == entry.database:
                for sure, suggestion in said_meanings(evidence.meanings.get(str(entry.name), ())):
                    target = markdown_code(self.short(suggestion.target))
                    return f"{sure} {target}, {suggestion.confidence:.0%}"
        return None
