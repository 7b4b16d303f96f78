"""Candidates of documents → claims about one database.

Only what clearly names a table is a claim. What matches an existing table (or one that code asks for) needs a form that
speaks of tables; what matches nothing is an expected table only where the document describes this very schema: next to
entities that do match, with fields of its own or in a list of tables.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property

from msgspec import Struct

from tripoint.model.catalog import Catalog, Table
from tripoint.model.claim import Claims, ColumnCandidate, ColumnClaim, DocumentFacts, EntityCandidate, TableClaim
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.documents.edges import (
    NEED_NOT_BE,
    NOT_BUILT,
    TABLE_NEED_NOT_BE,
    fold_relationships,
    is_to_be_built,
)
from tripoint.sources.documents.models import (
    Standing,
    are_tables,
    below,
    covering,
    is_left_out,
    matches_any,
    says_nothing,
    standing,
)
from tripoint.sources.documents.names import Match, Names, snake, words
from tripoint.sources.documents.words import is_sql_type, label_kind, words_of

__all__ = ["fold_claims"]

_ELSEWHERE = regex(
    r"\b(?:apis?|endpoints?|requests?|responses?|payloads?|components?|props|interfaces?|typescript|config\w*|environment"
    r"|env|cli|webhooks?|graphql|redis|localstorage|indexeddb|firestore|mongodb|query param\w*|headers|functions?|rpcs?"
    r"|enums?|types|metrics|stripe|dtos?|json|yaml|buckets?)\b",
    re.IGNORECASE,
)
"""Sections that speak of something else than tables."""
_TABLES = regex(
    r"\b(?:tables?|entit(?:y|ies)|schema|data ?model|domain ?model|database|erd?)\b|テーブル|表", re.IGNORECASE
)


class _Reading(Struct, frozen=True):
    """A candidate and the table that it means, if any."""

    entity: EntityCandidate
    match: Match | None
    name: str
    start: int
    end: int
    overlap: float | None
    """The share of its columns that the table has; None where that can't be said."""


class _Document:
    """The claims of one document."""

    def __init__(self, standing: Standing, facts: DocumentFacts, names: Names) -> None:
        self.standing = standing
        self.names = names
        self.readings = [self.read(entity) for entity in facts.entities]
        matched = [reading.match for reading in self.readings if reading.match is not None and reading.entity.columns]
        self.literal = not matched or sum(match.exact for match in matched) * 2 >= len(matched)
        schemas = Counter(match.name.schema for match in matched)
        self.schema = schemas.most_common(1)[0][0] if schemas else None
        parts = [(names.split(reading.name)[0], reading.name) for reading in self.readings if reading.match is not None]
        joined = sum(schema is not None and "." not in name for schema, name in parts)
        self.joins_schemas = joined >= 2 and 2 * joined >= len(parts)
        """Whether entities are called after their schemas and their tables at once: `api_orders` for `api.orders`."""
        self.groups: dict[tuple[str, ...], list[_Reading]] = defaultdict(list)
        for reading in self.readings:
            self.groups[(reading.entity.form, *reading.entity.context)].append(reading)

    def read(self, entity: EntityCandidate) -> _Reading:
        written = [(entity.name, entity.start, entity.end), *entity.aliases]
        in_sql = entity.form == "sql"
        found = [(self.names.find(text, in_sql=in_sql), text, start, end) for text, start, end in written]
        match, name, start, end = next((entry for entry in found if entry[0] is not None), found[0])
        overlap: float | None = None
        if match is not None and match.table is not None and match.table.complete and entity.columns:
            known = [_column_name(column.name, match.table) is not None for column in entity.columns]
            overlap = sum(known) / len(known)
        return _Reading(entity, match, name, start, end, overlap)

    def claims(self) -> list[TableClaim]:
        """Return the tables that the document claims, in its order; one claim for each table and place."""
        return [claim for reading in self.readings if (claim := self.claim(reading)) is not None]

    def claim(self, reading: _Reading) -> TableClaim | None:
        entity = reading.entity
        if reading.match is not None:
            if not self.names_a_table(reading, reading.match):
                return None
            name, table = reading.match.name, reading.match.table
        else:
            if not self.is_expected(reading):
                return None
            literal = entity.form in ("sql", "dbml") or (
                (entity.coded or self.literal) and re.fullmatch(r"[a-z_][\w.]*", reading.name) is not None
            )
            schema, written = self.names.joined(reading.name) if self.joins_schemas else (None, reading.name)
            name, table = self.names.expected(written, literal=literal, schema=schema or self.schema), None
        columns = self.columns(reading, table)
        return TableClaim(
            name,
            Place(self.standing.path, reading.start, reading.end),
            entity.form,
            columns=columns,
            lists_columns=bool(columns)
            and entity.complete
            and self.standing.describes
            and (table is None or self.is_whole(reading, table)),
            description=entity.description,
            generated=entity.generated,
        )

    def is_whole(self, reading: _Reading, table: Table) -> bool:
        """Whether a list that presents itself as whole is likely meant so.

        Diagrams are often drawn with a selection of the columns; one that has nearly all of every table's is not. A
        list without the table's own `id` gives what is worth a word.
        """
        if "id" in table.columns and all(_column_name(column.name, table) != "id" for column in reading.entity.columns):
            return False
        if reading.entity.form == "erdiagram":
            return self.draws_whole_tables
        return _covered(reading, table) >= 0.5

    @cached_property
    def draws_whole_tables(self) -> bool:
        """Whether the document's diagrams have nearly all columns of their tables."""
        group = [other for other in self.readings if other.entity.form == "erdiagram" and other.entity.columns]
        shares = [_covered(other, other.match.table) for other in group if other.match and other.match.table]
        return sum(shares) >= 0.8 * len(shares)

    def names_a_table(self, reading: _Reading, match: Match) -> bool:
        """Whether a candidate that matches a table speaks of it, and not of something else by that name."""
        entity, context = reading.entity, " / ".join(reading.entity.context)
        fits = reading.overlap is None or reading.overlap >= (0.3 if self.standing.describes else 0.5)
        announced = any(_TABLES.search(text) for text in entity.context)
        spelled = match.exact and (entity.coded or "_" in match.name.name or self.standing.describes)
        if entity.form in ("erdiagram", "dbml"):
            return self.standing.describes or self.share(reading) >= 0.5
        if entity.form == "classdiagram":
            return fits and self.standing.describes and self.share(reading) >= 0.5
        if entity.form == "sql":
            return fits and (entity.columns != () or self.standing.describes)
        if entity.columns and not fits and not (spelled and announced):
            return False
        if entity.form == "series":
            return self.standing.describes and self.are_tables(reading)
        if entity.form in ("table-row", "list-item"):
            about_tables = announced or entity.form == "table-row"
            return about_tables and (self.standing.describes or (self.share(reading) >= 0.5 and (spelled or announced)))
        if entity.columns:
            strong = reading.overlap is not None and reading.overlap >= 0.6 and len(entity.columns) > 2
            if self.standing.describes:
                return strong or spelled or not _ELSEWHERE.search(context)
            return strong and (spelled or announced) and not _ELSEWHERE.search(context)
        if _ELSEWHERE.search(context) or not self.standing.describes:
            return False
        return spelled and (entity.coded or announced)

    def share(self, reading: _Reading) -> float:
        """The share of the candidates listed together with this one that are tables."""
        group = self.groups[(reading.entity.form, *reading.entity.context)]
        return sum(other.match is not None for other in group) / len(group)

    def are_tables(self, reading: _Reading) -> bool:
        """Whether the names that stand together with this one are tables, but for one in three."""
        group = self.groups[(reading.entity.form, *reading.entity.context)]
        return are_tables([other.match is not None for other in group])

    def is_expected(self, reading: _Reading) -> bool:
        """Whether a candidate that matches no table is one that the document expects."""
        entity = reading.entity
        if not self.standing.describes or not self.standing.current:
            return False
        context = " / ".join(entity.context)
        if NOT_BUILT.search(context) or (entity.description and NOT_BUILT.match(entity.description.lstrip("(*_ "))):
            return False
        if any(map(NEED_NOT_BE.search, entity.context)) or TABLE_NEED_NOT_BE.search(entity.description or ""):
            return False
        if self.is_something_else(reading) or self.names.is_shared(reading.name):
            return False
        if entity.form in ("erdiagram", "dbml"):
            return True
        if entity.form == "classdiagram":
            return False
        if entity.form == "sql":
            return bool(entity.columns)
        if _ELSEWHERE.search(" / ".join(entity.context[1:])):
            return False
        if entity.columns:
            return self.has_fields(entity)
        identifier = re.fullmatch(r"[a-z_][a-z0-9_.]*", reading.name) is not None
        if entity.form == "series":
            return identifier and self.are_tables(reading)
        if entity.form == "table-row":
            return identifier and self.share(reading) >= 0.34
        return entity.form == "list-item" and identifier and self.share(reading) >= 0.5

    def has_fields(self, entity: EntityCandidate) -> bool:
        """Whether the columns of a candidate look like a table's: types or keys, in the case that the tables use."""
        if len(entity.columns) < 2:
            return False
        spelled = [re.fullmatch(r"[a-z_][a-z0-9_]*", column.name) is not None for column in entity.columns]
        if sum(spelled) * 2 < len(spelled) and not self.names.in_camel_case:
            return False
        typed = sum(column.type is not None and is_sql_type(column.type) for column in entity.columns)
        keyed = any(re.search(r"^id$|_id$|_at$", column.name) for column in entity.columns)
        spelled_as_identifier = entity.coded or re.fullmatch(r"[a-z][a-z0-9_.]*", entity.name) is not None
        return typed * 2 >= len(entity.columns) or (keyed and spelled_as_identifier)

    def is_something_else(self, reading: _Reading) -> bool:
        """Whether the name is known as something that is no table: an enum, a function, the platform's users."""
        name, entity = reading.name, reading.entity
        bare = snake(name.rpartition(".")[2])
        schema = self.names.split(name)[0]
        if bare in self.names.others or (not entity.coded and label_kind(words_of(name)) is not None):
            return True
        if bare in ("user", "users", "auth_user", "auth_users") and (self.names.signs_in or schema == "auth"):
            return True
        if schema is not None and schema.lower() not in self.names.schemas:
            return entity.form not in ("sql", "dbml")
        if entity.form == "table-row" and not entity.columns and self.is_listed_column(reading, bare):
            return True
        # A heading below a table that is one of its columns describes that column's content.
        # One that lists mostly that table's own columns speaks of a part of it.
        parents = [match.table for text in entity.context if (match := self.names.find(text.split(" ")[0])) is not None]
        return any(bare in table.columns or _lists_part(entity, table) for table in parents if table is not None)

    def is_listed_column(self, reading: _Reading, bare: str) -> bool:
        """Whether a name is a column of a table that stands before it with another one: `rides.title`, `route`."""
        group = self.groups[(reading.entity.form, *reading.entity.context)]
        before = (other.name.rpartition(".")[0] for other in group if other.start < reading.start)
        named = [match.table for table in before if table and (match := self.names.find(table)) is not None]
        return any(bare in table.columns for table in named if table is not None)

    def columns(self, reading: _Reading, table: Table | None) -> tuple[ColumnClaim, ...]:
        """Return the column claims, in the database's spelling where they match."""
        if not self.standing.current or (reading.overlap is not None and reading.overlap < 0.3):
            return ()
        if is_to_be_built(reading.entity, self.names):
            return ()
        camel = self.names.in_camel_case
        found: dict[str, ColumnClaim] = {}
        for column in reading.entity.columns:
            name = _column_name(column.name, table) if table is not None else None
            if name is None and reading.entity.form != "classdiagram":
                name = _expected_column(column, camel=camel or reading.entity.form in ("sql", "dbml"))
            if name is None or name in found:
                continue
            place = Place(self.standing.path, column.start, column.end)
            found[name] = ColumnClaim(
                name,
                place,
                column.type,
                column.nullable,
                column.description,
                column.primary,
                column.unique,
                column.default,
                column.on_delete,
            )
        return tuple(found.values())


def _lists_part(entity: EntityCandidate, table: Table) -> bool:
    known = sum(_column_name(column.name, table) is not None for column in entity.columns)
    return known > 2 and known * 10 >= len(entity.columns) * 8


def _covered(reading: _Reading, table: Table) -> float:
    """Return the share of the table's columns that a candidate lists."""
    listed = {_column_name(column.name, table) for column in reading.entity.columns}
    return len(listed & set(table.columns)) / len(table.columns) if table.columns else 1.0


def _column_name(written: str, table: Table) -> str | None:
    """Return the table's column that a written name means."""
    if written in table.columns:
        return written
    key = words(written)
    return next((name for name in table.columns if words(name) == key), None)


def _expected_column(column: ColumnCandidate, *, camel: bool) -> str | None:
    """Return the column that a name which the table does not have would be; None where it is no identifier."""
    if camel or re.fullmatch(r"[a-z_][a-z0-9_]*", column.name):
        return column.name
    if re.fullmatch(r"[a-z][A-Za-z0-9]*", column.name):
        return snake(column.name)
    return None


def fold_claims(
    facts: Mapping[str, DocumentFacts],
    catalog: Catalog,
    *,
    domain_models: Collection[str] | None,
    used: Collection[str] = (),
    default_schema: str = "public",
    root: str = ".",
    classes: Mapping[str, Name] | None = None,
) -> Claims:
    """Return what the documents claim about the database that `catalog` describes.

    `facts` maps each document's path to its facts. `domain_models` are paths or globs of the documents that should name
    every table; None has them guessed. `used` are the tables that code asks for (`table` or `schema.table`), so that a
    table which only documents and code know is recognised. `root` is the database's folder: what lies above it says
    nothing of a document. What could not be decided stands in the claims' `problems`; what could not be read stands in
    the facts'.
    """
    names = Names(catalog, used, default_schema, classes or {})
    heard = {
        path: facts[path]
        for path in sorted(facts)
        if not is_left_out(below(path, root)) or (domain_models is not None and matches_any(path, domain_models))
    }
    standings = {path: standing(path, document, names, domain_models, root) for path, document in heard.items()}
    problems: list[tuple[str, Problem]] = []
    models, partial = covering(standings, names, configured=domain_models is not None)
    for document in partial:
        known = len(document.matched & catalog.tables.keys())  # it may name others, which the code alone asks for
        reason = (
            f"it names {known or 'none'} of {counted(len(catalog.tables), 'table')}, so it is not taken for the "
            "domain model and undocumented tables are not reported"
        )
        problems.append((document.path, Problem("unresolved", 0, 0, reason)))
    for document in standings.values():
        nothing = says_nothing(document) if catalog.tables else None
        if nothing is not None:
            problems.append((document.path, Problem("unresolved", 0, 0, nothing)))
    tables = [claim for path in heard for claim in _Document(standings[path], heard[path], names).claims()]
    by_table: dict[Name, list[TableClaim]] = defaultdict(list)
    for claim in tables:
        by_table[claim.name].append(claim)
    return Claims(
        tuple(tables),
        fold_relationships(heard, standings, names, by_table),
        tuple(models),
        {name: tuple(claims) for name, claims in sorted(by_table.items())},
        tuple(problems),
        tuple((path, section) for path, found in sorted(facts.items()) for section in found.sections),
        frozenset(
            match.name
            for path in models
            for text in heard[path].named
            if (match := names.find(text)) is not None and match.exact
        ),
    )
