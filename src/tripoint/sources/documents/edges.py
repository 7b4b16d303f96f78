"""Relationship candidates → claims: both ends must be tables that exist or are expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tripoint.model.claim import DocumentFacts, EntityCandidate, RelationshipCandidate, RelationshipClaim, TableClaim
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.documents.models import Standing
from tripoint.sources.documents.names import Names, words

__all__ = ["NEED_NOT_BE", "NOT_BUILT", "TABLE_NEED_NOT_BE", "fold_relationships", "is_to_be_built"]

NOT_BUILT = regex(
    r"\b(?:planned|future|upcoming|roadmap|proposed|proposals?|todo|not yet|not implemented|unimplemented|deprecated"
    r"|removed|dropped|obsolete|legacy|ideas?|examples?|samples?|templates?|tutorials?|someday|backlog|out of scope"
    r"|enhancements?|improvements?|recommend\w*|suggest\w*|issues?|option [a-d]|adding|extending|how to"
    # The same in German, French, Spanish, Portuguese and Italian.
    r"|geplant\w*|k[uü]nftig\w*|zuk[uü]nftig\w*|vorgeschlagen\w*|veraltet\w*|beispiele?|pr[eé]vue?s?|propos[eé]e?s?"
    r"|supprim[eé]e?s?|exemples?|futur[aeo]?s?|planificad[ao]s?|planejad[ao]s?|obsolet[ao]s?"
    r"|eliminad[ao]s?|removid[ao]s?|ejemplos?|exemplos?|esempi?o?)\b"
    # In Japanese, Chinese and Korean no space stands around a word.
    r"|将来|今後|廃止|未来|示例|已废弃|已删除|后续|향후|폐기|예시",
    re.IGNORECASE,
)
"""Sections that say themselves that what they list is not (or no longer) there."""

_OPTIONAL = r"(?:option(?:al(?:e[nrs]?)?|nel(?:le)?s?)|opciona(?:l|les|is)|opziona(?:le|li))"
_TABLE = r"(?:tables?|tabellen?|tablas?|tabelas?|tabell[ae])"
NEED_NOT_BE = regex(rf"^\W*{_OPTIONAL}\b|\({_OPTIONAL}\)|可选|選択的", re.IGNORECASE)
"""Headings of what the project can do without."""
TABLE_NEED_NOT_BE = regex(
    rf"\b{_OPTIONAL}\s+{_TABLE}\b|\b{_TABLE}\s+(?:\w+\s+)?(?:is|are|ist|sind|es|é|est|è)\s+{_OPTIONAL}\b", re.IGNORECASE
)
"""What is said of a table that the project can do without."""

_PLATFORM = frozenset({"auth", "storage"})
"""The schemas of the platform that documents point to."""


class _Ends:
    def __init__(self, names: Names, claimed: Mapping[Name, list[TableClaim]]) -> None:
        self.names = names
        self.claimed = claimed
        self.by_words = {words(name.name): name for name in claimed}

    def table(self, text: str) -> Name | None:
        """Return the existing or claimed table that a name means."""
        match = self.names.find(text)
        if match is not None:
            return match.name
        schema, bare = self.names.split(text)
        if schema is not None and schema.lower() in _PLATFORM and bare:
            return Name(schema.lower(), bare.lower())
        claimed = self.by_words.get(words(bare)) or self.by_words.get(
            words(self.names.expected(text, literal=False).name)
        )
        if claimed is not None:
            return claimed
        if bare.lower() in ("user", "users") and self.names.signs_in:
            return Name("auth", "users")
        return None

    def end(self, table: str, columns: tuple[str, ...]) -> tuple[Name, tuple[str, ...]] | None:
        """Return an end's table and columns; `auth.users` may have been read as a table and a column."""
        if len(columns) == 1 and (table.lower() in _PLATFORM or table in self.names.schemas):
            if self.names.find(table) is None and (name := self.table(f"{table}.{columns[0]}")) is not None:
                return name, ()
            if table.lower() in _PLATFORM:
                return None
        name = self.table(table)
        return (name, self.spelled(name, columns)) if name is not None else None

    def spelled(self, name: Name, columns: tuple[str, ...]) -> tuple[str, ...]:
        table = self.names.catalog.tables.get(name)
        if table is None:
            return columns
        by_words = {words(column): column for column in table.columns}
        return tuple(column if column in table.columns else by_words.get(words(column), column) for column in columns)

    def keyed(self, one: tuple[Name, tuple[str, ...]], other: tuple[Name, tuple[str, ...]]) -> bool:
        """Whether a foreign key leads from exactly these columns to exactly those."""
        table = self.names.catalog.tables.get(one[0])
        return table is not None and any(
            (key.columns, key.references, key.referenced_columns) == (one[1], *other)
            for key in table.constraint("foreign")
        )

    def spelled_out(self, edge: RelationshipCandidate) -> bool:
        """Whether both tables are written exactly as the database spells them."""
        matches = [self.names.find(table) for table in (edge.from_table, edge.to_table)]
        return all(match is None or match.exact for match in matches)

    def holds(self, name: Name, columns: tuple[str, ...]) -> bool:
        """Whether a table has the columns, or a document says that it will."""
        table = self.names.catalog.tables.get(name)
        if table is not None and all(column in table.columns for column in columns):
            return True
        told = {column.name for claim in self.claimed.get(name, ()) for column in claim.columns}
        return all(column in told for column in columns)


def is_to_be_built(entity: EntityCandidate, names: Names) -> bool:
    """Whether a section around an entity says that it is planned or gone: "Proposed solutions", below the title.

    The heading of a table called so, `issues`, says nothing of the kind.
    """
    return any(NOT_BUILT.search(text) and names.find(text.split(" ")[0]) is None for text in entity.context[1:])


def _candidates(facts: DocumentFacts, names: Names) -> Iterator[RelationshipCandidate]:
    yield from facts.relationships
    for entity in facts.entities:
        if is_to_be_built(entity, names):
            continue
        for column in entity.columns:
            if column.references is not None:
                table, target = column.references
                yield RelationshipCandidate(
                    entity.name,
                    (column.name,),
                    table,
                    (target,) if target else (),
                    column.start,
                    column.end,
                    entity.form,
                    generated=entity.generated,
                )


def _of_document(path: str, facts: DocumentFacts, standing: Standing, ends: _Ends) -> Iterator[RelationshipClaim]:
    for edge in sorted(_candidates(facts, ends.names), key=lambda edge: (edge.start, edge.end, not edge.to_columns)):
        if edge.cardinality and all(side.endswith("*") for side in edge.cardinality.split(":")):
            continue
        one, other = ends.end(edge.from_table, edge.from_columns), ends.end(edge.to_table, edge.to_columns)
        if one is None or other is None:
            continue
        if (
            other[0] not in ends.names.catalog.tables
            and other[0] not in ends.claimed
            and other[0].schema not in _PLATFORM
        ):
            continue
        if ends.keyed(other, one) and not ends.keyed(one, other):
            one, other = other, one  # `-` of DBML has no direction, and an arrow is often drawn from one to many
        elif one[1] == ("id",) and len(other[1]) == 1 and other[1][0].endswith("_id"):
            one, other = other, one
        if one[0].schema in _PLATFORM and one[0] not in ends.names.catalog.tables:
            continue
        if edge.form == "prose" and not one[1] and not other[1]:
            continue  # `stage.uploads → ods.entries` tells where data goes as likely as what a key points to
        vouched = standing.describes and one[0] in ends.claimed
        if edge.form == "prose" and one[1] and not vouched and not (ends.holds(*one) and ends.spelled_out(edge)):
            continue
        if edge.form == "erdiagram" and not (
            one[0] in ends.claimed and (other[0] in ends.claimed or other[0].schema in _PLATFORM)
        ):
            continue
        yield RelationshipClaim(*one, *other, Place(path, edge.start, edge.end), edge.generated)


def fold_relationships(
    facts: Mapping[str, DocumentFacts],
    standings: Mapping[str, Standing],
    names: Names,
    claimed: Mapping[Name, list[TableClaim]],
) -> tuple[RelationshipClaim, ...]:
    """Return the relationships that the documents claim, each once a document, in the order of files and places."""
    ends = _Ends(names, dict(claimed))
    found: list[RelationshipClaim] = []
    for path, document in facts.items():
        if not standings[path].current:
            continue
        claims = list(_of_document(path, document, standings[path], ends))
        detailed = {(claim.from_table, claim.to_table) for claim in claims if claim.from_columns}
        seen: set[tuple[Name, tuple[str, ...], Name]] = set()
        for claim in claims:
            key = claim.from_table, claim.from_columns, claim.to_table
            loose = not claim.from_columns and (claim.from_table, claim.to_table) in detailed
            if key not in seen and not loose:
                seen.add(key)
                found.append(claim)
    return tuple(found)
