"""One Markdown document → candidates: entities with their fields, and relationships."""

from __future__ import annotations

import re

from msgspec.structs import replace

from tripoint.model.claim import ColumnCandidate, DocumentFacts, EntityCandidate, RelationshipCandidate, SchemaSection
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sources.documents.blocks import Node, parse_blocks, pieces_of, table_lines, visible
from tripoint.sources.documents.boxes import read_boxes
from tripoint.sources.documents.class_diagram import read_class_diagram
from tripoint.sources.documents.dbml import read_dbml
from tripoint.sources.documents.draft import Draft
from tripoint.sources.documents.fields import (
    IDENTIFIER,
    KEYISH,
    Field,
    Mention,
    described,
    field_list,
    leading_mentions,
    read_fields,
    read_listing,
    read_signature,
)
from tripoint.sources.documents.headings import bold_lead, heading_mentions, introduced_in, labelled_in
from tripoint.sources.documents.mermaid import read_er_diagram
from tripoint.sources.documents.plain import plain_lists
from tripoint.sources.documents.relations import relationships_in
from tripoint.sources.documents.sql_block import read_sql_block
from tripoint.sources.documents.tables import field_columns, grid_of, relationship_rows, table_rows
from tripoint.sources.documents.text import Piece, Source
from tripoint.sources.documents.trees import read_trees
from tripoint.sources.documents.words import label_kind, lists_a_part, words_of

__all__ = ["read_markdown"]

_SQL = frozenset({"sql", "postgres", "postgresql", "pgsql", "plpgsql", "psql"})
_SUMMARY = 7
"""The level of what folds away: below every heading."""
_HTML_HEADING = regex(r"<(?:h(?P<level>[1-6])|summary)\b[^<>]*>(?P<inner>[^\n]{0,200}?)</(?:h[1-6]|summary)>", re.I)
_START = regex(r"<!--\s*tripoint:schema\s+start\b(?P<attributes>[^>]*)")
_NAMED = regex(rf"(?<!`)`({IDENTIFIER}(?:\.{IDENTIFIER})?)`(?!`)")
_ATTRIBUTE = regex(r"([a-z]+)=(\S+)")
_END = regex(r"<!--\s*tripoint:schema\s+end\b")
_CREATES = regex(r"\s*create\s+table\s", re.I)
_REMARKS = frozenset({"purpose", "note", "notes", "usage"})
"""Labels whose words are of the table as a whole, and announce no list."""
_WORD = regex(r"\w")
_IN_PARENTHESES = regex(r"\([^()]*\)")
_PART = regex(r"[^,;]+(?:\([^)]*\)[^,;]*)*")


_PLAIN = frozenset({"", "text", "txt", "plaintext"})
_SHORT = 60
"""Characters of a label."""
_OF_TABLES = regex(
    r"\b(?:index|indices|constraint|trigger|function|rpc|procedure|polic|enum|value|status|column|field|key|bucket|role"
    r"|route|endpoint|type|extension|env|secret)",
    re.I,
)
"""Labels of what tables have, or of something else than tables."""


class _Walker:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.title: str | None = None
        self.headings: list[tuple[int, str, Draft | None]] = []
        self.bold: Draft | None = None
        """The entity that a bold line has opened below the last heading."""
        self.label = ""
        """The line that introduces the next list or table."""
        self.told = False
        """Whether that line has said what it is about itself: `**Purpose**: one row for each call`."""
        self.titled: Draft | None = None
        """What a bold line alone may have named, if the next block is a table of columns."""
        self.introduced: Draft | None = None
        """The entity whose columns a sentence has announced."""
        self.drafts: list[Draft] = []
        self.entities: list[EntityCandidate] = []
        self.relationships: list[RelationshipCandidate] = []
        self.problems: list[Problem] = []
        self.generated: list[tuple[int, int]] = []
        self.opened: int | None = None
        self.sections: list[SchemaSection] = []
        self.marker: tuple[int, tuple[tuple[str, str], ...]] = (0, ())
        """Where the last start marker ends, and its attributes."""

    # Where the walk stands

    @property
    def context(self) -> tuple[str, ...]:
        return tuple(text for _, text, _ in self.headings)

    def owner(self) -> Draft | None:
        """The entity that a list of fields here belongs to: past headings such as "Columns"."""
        if self.bold is not None:
            return self.bold
        for _, text, draft in reversed(self.headings):
            if draft is not None:
                return draft
            if label_kind(text) != "fields":
                return None
        return None

    def announced(self, owner: Draft | None) -> str | None:
        """What the label, else the heading, says of what follows."""
        if self.label and (kind := label_kind(self.label)):
            return kind
        if self.bold is not None or not self.headings or (owner is not None and self.headings[-1][2] is owner):
            return None
        return label_kind(self.headings[-1][1])

    def lists_tables(self, node: Node) -> bool:
        """Whether a list in a section of tables (`## Tables`, `### Users and access`) names tables: each item begins
        with a marked name, none has a type, and none is called as keys are."""
        if not any(label_kind(text) == "tables" for _, text, _ in self.headings[:-1]) or self.bold is not None:
            return False
        names: list[str] = []
        for item in node.children:
            pieces = self.item_pieces(item)
            mentions, _ = leading_mentions(pieces[0]) if pieces else ([], None)
            marked = bool(mentions) and (mentions[0].coded or bold_lead(pieces[0]) is not None)
            if len(mentions) != 1 or not marked or re.fullmatch(r"[a-z][a-z0-9_]*", mentions[0].name) is None:
                return False
            if any(field.typed for field in read_fields(pieces[0], self.source)):
                return False
            names.append(mentions[0].name)
        return bool(names) and not any(KEYISH.search(name) for name in names)

    def whole(self) -> bool:
        """Whether the words around a list promise the whole of it."""
        inner = self.headings[-1][1] if self.headings and label_kind(self.headings[-1][1]) == "fields" else ""
        return not lists_a_part(self.label) and not lists_a_part(inner)

    # Blocks

    def walk(self, nodes: list[Node]) -> None:
        for node in nodes:
            if node.kind == "heading":
                self.heading(node)
            elif node.kind == "paragraph":
                self.paragraph(node)
            elif node.kind == "table":
                self.table(node)
                self.label, self.titled, self.introduced = "", None, None
            elif node.kind == "list":
                self.fields(node)
                self.label, self.titled, self.introduced = "", self.numbered(node), None
            elif node.kind == "fence":
                self.fence(node)
                self.label, self.titled, self.introduced = "", None, None
            elif node.kind == "quote":
                self.walk(node.children)
            elif node.kind == "html":
                self.html(node)

    def heading(self, node: Node) -> None:
        pieces = pieces_of(node, self.source)
        if pieces:
            self.open(pieces, node.level)

    def open(self, pieces: list[Piece], level: int) -> None:
        """Open the section of a heading."""
        piece = pieces[0]
        text = " ".join(part.text.strip() for part in pieces)
        if self.title is None and level == 1:
            self.title = text.strip()
        self.headings = [entry for entry in self.headings if entry[0] < level]
        self.bold, self.label, self.titled, self.introduced = None, "", None, None
        named: list[Draft] = []
        if len(pieces) == 1 and (kind := label_kind(text)) != "tables":
            whose = introduced_in(Piece(f"{piece.text}:", piece.line, piece.column)) if kind == "fields" else None
            names = heading_mentions(piece) if kind != "fields" else [[whose]] if whose is not None else []
            named = [Draft(mentions, "heading", self.context) for mentions in names]
        self.drafts.extend(named)
        self.headings.append((level, text.replace("`", ""), named[0] if len(named) == 1 else None))
        self.relate(piece)

    def paragraph(self, node: Node) -> None:
        pieces = pieces_of(node, self.source)
        self.label, self.told, self.titled, self.introduced = "", False, None, None
        for piece in pieces:
            self.relate(piece)
            self.inline_fields(piece)
        if not pieces:
            return
        first, last = pieces[0], pieces[-1]
        labelled = labelled_in(first)
        if labelled is not None and labelled[1]:
            self.bold = Draft([labelled[0]], "heading", self.context)
            self.drafts.append(self.bold)
            return
        if labelled is not None and len(pieces) == 1:
            self.titled = Draft([labelled[0]], "heading", self.context)
        if (lead := bold_lead(first)) is not None:
            inner, rest, coded = lead
            kind = label_kind(inner.text)
            names = heading_mentions(inner) if kind is None else []
            table_ish = any(label_kind(text) == "tables" for text in self.context)
            snake = len(names) == 1 and (coded or names[0][0].name.islower())
            if len(names) == 1 and (snake or (self.owner() is None and table_ish)):
                self.bold = Draft(names[0], "heading", self.context)
                self.bold.description = rest.text.strip(" :–—-") or None
                self.drafts.append(self.bold)
                return
            if len(pieces) == 1:
                self.label = inner.text.strip(" :：*")
                self.told = _WORD.search(_IN_PARENTHESES.sub("", rest.text)) is not None
                if len(names) == 1 and not self.told:
                    self.titled = Draft(names[0], "heading", self.context)
        if (mention := introduced_in(last)) is not None:
            self.introduced = Draft([mention], "heading", self.context)
        if last.text.rstrip().endswith((":", "：")):
            self.label, self.told = self.label or last.text.strip(" :：*_"), False
        if self.bold is None and self.headings and (draft := self.headings[-1][2]) and draft.description is None:
            draft.description = " ".join(piece.text.strip() for piece in pieces)

    def table(self, node: Node) -> None:
        lines = table_lines(node, self.source)
        grid = grid_of(lines)
        if grid is None:
            return
        owner = self.owner()
        announced = self.announced(owner)
        if self.label and self.told and announced == "other":
            announced = None
        for line in grid.lines:
            self.relate(line)
        self.relationships.extend(relationship_rows(grid, self.source))
        context = (*self.context, self.label) if self.label else self.context
        if drafts := table_rows(grid, self.source, context, tables_announced=announced == "tables"):
            self.drafts.extend(drafts)
            return
        found = field_columns(grid, self.source, fields_announced=announced == "fields")
        # A second list that begins with the same key is of an entity whose heading is missing.
        again = bool(found is not None and owner is not None and found[0][:1] and found[0][0].name == owner.first)
        named = self.introduced or (self.titled if owner is None or again else None)
        if found is not None and named is not None:
            owner, again = named, False
            self.drafts.append(owner)
        if found is not None and owner is not None and announced != "other" and not again:
            owner.add(found[0], complete=found[1] and self.whole())

    def fields(self, node: Node) -> None:
        owner = self.introduced or self.owner()
        announced = self.announced(owner)
        if self.told and words_of(self.label) in _REMARKS:
            announced = None
        if announced is None and not self.label and self.lists_tables(node):
            announced = "tables"
        fields: list[Field | None] = []
        texts: list[str] = []
        for item in node.children:
            pieces = self.item_pieces(item)
            for piece in pieces:
                self.relate(piece)
            texts.append(pieces[0].text if pieces else "")
            if self.item(item, pieces, announced, owner):
                fields.append(None)
            else:
                fields.extend((pieces and read_fields(pieces[0], self.source)) or [None])
        if owner is None or announced in ("other", "tables"):
            return
        columns = field_list(fields, announced == "fields")
        if columns:
            if owner is self.introduced:
                self.drafts.append(owner)
            whole = all(field is not None and field.whole for field in fields) and self.whole()
            owner.add(columns, complete=whole and not any(text.strip().startswith(("...", "…")) for text in texts))

    def numbered(self, node: Node) -> Draft | None:
        """Return what the last item of a list names, `2. **orders**`, and nothing else: a table may follow it."""
        pieces = self.item_pieces(node.children[-1]) if node.children and len(node.children[-1].children) == 1 else []
        lead = bold_lead(pieces[0]) if len(pieces) == 1 else None
        names = heading_mentions(lead[0]) if lead is not None and not lead[1].text.strip(" :：") else []
        return Draft(names[0], "heading", self.context) if len(names) == 1 else None

    def item_pieces(self, item: Node) -> list[Piece]:
        first = item.children[0] if item.children else None
        return pieces_of(first, self.source) if first is not None and first.kind in ("paragraph", "heading") else []

    def item(self, item: Node, pieces: list[Piece], announced: str | None, owner: Draft | None) -> bool:
        """Read what hangs on a list item; return whether the item is something else than a field."""
        nested = item.children[1:] if pieces else item.children
        if not pieces:
            self.walk(nested)
            return True
        piece = pieces[0]
        listed = self.inline_fields(piece)
        kind = label_kind(words_of(piece.text.split(":")[0]))
        if kind is not None and announced is None and nested:
            self.nested(nested, piece.text.strip(" :*"), self.bold)
            return True
        if not listed and (owner is None or not owner.shaped) and self.series(piece, announced) and owner is None:
            self.nested(nested, "", None)
            return True
        mentions, rest = leading_mentions(piece)
        draft: Draft | None = None
        context = (*self.context, self.label) if self.label else self.context
        # Below "Key fields:" of an entity, `address (line1 text, line2 text)` says what a field holds.
        is_field = announced == "other" or (announced == "fields" and owner is not None)
        if len(mentions) == 1 and not is_field and (columns := read_signature(rest, self.source)):
            draft = Draft(mentions, "list-item", context)
            draft.add(columns, complete=not lists_a_part(rest.text.split(")")[0]))
        elif (
            len(mentions) == 1
            and not is_field
            and not listed
            and kind is None
            and (read := read_listing(rest, self.source))[0]
        ):
            draft = Draft(mentions, "list-item", context)
            draft.add(read[0], complete=read[1] and not lists_a_part(rest.text))
        elif announced == "tables":
            drafts = [Draft([mention], "list-item", context) for mention in self.table_names(piece, mentions, rest)]
            self.drafts.extend(drafts[1:])
            draft = drafts[0] if drafts else None
        elif nested and owner is None and announced is None and (names := self.table_names(piece, mentions, rest)):
            draft = Draft([names[0]], "list-item", context)
        if draft is None:
            self.nested(nested, "", self.bold)
            return listed
        draft.description = rest.text.strip(" *:–—-") or None
        self.nested(nested, "", draft)
        if announced == "tables" or draft.columns:
            self.drafts.append(draft)
        return True

    def series(self, piece: Piece, announced: str | None) -> bool:
        """Read names in a group, which may be tables: "Billing: `plans`, `invoices`"; return whether it was such."""
        head, colon, _ = piece.text.partition(":")
        if not colon or len(head) > _SHORT or "`" in head or _OF_TABLES.search(head) or label_kind(head) == "fields":
            return False
        if announced in ("other", "fields"):
            return False
        mentions, rest = leading_mentions(piece.cut(len(head) + 1))
        if len(mentions) < 2 or not mentions[0].coded or rest.text.strip(" *_")[:1] not in ("", ".", ";"):
            return False
        context = (*self.context, head.strip(" *_"))
        self.drafts.extend(Draft([mention], "series", context) for mention in mentions)
        return True

    def table_names(self, piece: Piece, mentions: list[Mention], rest: Piece) -> list[Mention]:
        """Return the tables that a list item names: identifiers, or a bold title."""
        if mentions and (not rest.text.strip() or rest.text.lstrip()[0] in "(–—-:,→✅⚠❌*" or mentions[0].coded):
            return mentions
        lead = bold_lead(piece)
        names = heading_mentions(lead[0]) if lead else []
        return [names[0][0]] if len(names) == 1 else []

    def nested(self, nodes: list[Node], label: str, owner: Draft | None) -> None:
        """Walk the blocks inside a list item, whose fields belong to `owner`."""
        if not nodes:
            return
        outer = self.bold, self.label
        self.bold, self.label = owner, label
        self.walk(nodes)
        self.bold, self.label = outer

    def inline_fields(self, piece: Piece) -> bool:
        """Read `Fields: id, user_id, …`; return whether the line was one."""
        head, colon, _ = piece.text.partition(":")
        owner = self.owner()
        if not colon or owner is None or len(head) > 60 or label_kind(head) != "fields":
            return False
        body = piece.cut(len(head) + 1)
        columns: list[ColumnCandidate] = []
        whole = True
        for match in _PART.finditer(body.text.rstrip(" .")):
            if not match[0].strip(" *"):
                continue
            mentions, rest = leading_mentions(body.cut(match.start(), match.end()))
            if len(mentions) != 1 or "." in mentions[0].name or not re.match(r"\s*(?:$|\()", rest.text):
                whole = False
                continue
            start, end = mentions[0].span(self.source)
            column = ColumnCandidate(mentions[0].name, start, end, description=rest.text.strip(" ()") or None)
            columns.append(described(column, rest.text))
        if len(columns) > 1 or whole:
            owner.add(tuple(columns), complete=whole and not lists_a_part(piece.text))
        return bool(columns)

    def fence(self, node: Node) -> None:
        language = (node.info.split() or [""])[0].strip("{}.").lower()
        closed = (
            self.source.lines[node.last - 1].strip(" \t>")[:3] in ("```", "~~~") if node.last > node.first else False
        )
        first, last = node.first + 1, node.last - 1 if closed else node.last
        if first >= last:
            return
        context = (*self.context, self.label) if self.label else self.context
        if language in _SQL:
            entities, relationships = read_sql_block(self.source, first, last, context)
            self.entities.extend(entities)
            self.relationships.extend(relationships)
        elif language == "dbml":
            dbml = read_dbml(self.source.block(first, last), context)
            self.entities.extend(dbml.entities)
            self.relationships.extend(dbml.relationships)
            self.problems.extend(dbml.problems)
        elif language == "mermaid" or language in _PLAIN:
            self.drawn(language, first, last, context)

    def drawn(self, language: str, first: int, last: int, context: tuple[str, ...]) -> None:
        """Read a block that draws its entities: a diagram of Mermaid, trees, boxes or lists of plain text; SQL, too,
        where the block says no language."""
        if language in ("mermaid", ""):
            if diagram := read_er_diagram(self.source, first, last, context):
                self.entities.extend(diagram.entities)
                self.relationships.extend(diagram.relationships)
                return
            self.entities.extend(read_class_diagram(self.source, first, last, context))
        if language == "mermaid":
            return
        if any(_CREATES.match(self.source.lines[number]) for number in range(first, last)):
            entities, relationships = read_sql_block(self.source, first, last, context)
            self.entities.extend(entities)
            self.relationships.extend(relationships)
            return
        drawn = read_trees(self.source, first, last, context) + read_boxes(self.source, first, last, context)
        self.drafts.extend(drawn)
        if not drawn:
            self.plain([self.source.piece(number) for number in range(first, last)], context)

    def plain(self, lines: list[Piece], context: tuple[str, ...]) -> None:
        """Read a block of plain text that lists columns line by line, of the heading above it or of the tables whose
        names stand above theirs."""
        owner = self.owner()
        if self.announced(owner) == "other":
            return
        if owner is not None and not owner.shaped:
            owner = None  # of a title, nothing tells whether it is a table's
        for name, columns, whole in plain_lists(lines, self.source):
            draft = owner
            if name is not None:
                draft = Draft([name], "heading", context)
                self.drafts.append(draft)
            if draft is not None:
                draft.add(columns, complete=whole and self.whole())

    def html(self, node: Node) -> None:
        for number in range(node.first, min(node.last, len(self.source.lines))):
            line = self.source.lines[number]
            head = _HTML_HEADING.search(line)
            owner = self.owner()
            # What folds away below a table's heading, "Show all", is of that table as long as it has no columns.
            if head is not None and (head["level"] or owner is None or owner.columns):
                piece = Piece(visible(line), number, 0).cut(head.start("inner"), head.end("inner"))
                self.open([piece], int(head["level"] or _SUMMARY))
            elif "</details>" in line:
                self.headings = [entry for entry in self.headings if entry[0] < _SUMMARY]
            if (start := _START.search(line)) is not None:
                self.opened = self.source.offset(number, 0)
                attributes = tuple(_ATTRIBUTE.findall(start["attributes"]))
                self.marker = (self.source.offset(number, len(line)), attributes)
            if _END.search(line) and self.opened is not None:
                end = self.source.offset(number, len(line))
                self.generated.append((self.opened, end))
                self.sections.append(SchemaSection(self.opened, self.marker[0], end, self.marker[1]))
                self.opened = None

    def relate(self, piece: Piece) -> None:
        self.relationships.extend(relationships_in(piece, self.source))

    # The end

    def facts(self) -> DocumentFacts:
        """Return what was found, in the order of the document."""
        if self.opened is not None:
            self.problems.append(
                Problem("unparsed", self.opened, self.opened, "the generated schema section has no end marker")
            )
        entities = [draft.finish(self.source, self.generated) for draft in self.drafts]
        entities += [replace(entity, generated=self.is_generated(entity.start)) for entity in self.entities]
        relationships = [replace(edge, generated=self.is_generated(edge.start)) for edge in self.relationships]
        return DocumentFacts(
            self.title,
            tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.form))),
            tuple(sorted(set(relationships), key=lambda edge: (edge.start, edge.end, edge.from_columns))),
            tuple(sorted(self.problems)),
            tuple(self.sections),
            tuple(sorted({match[1] for match in _NAMED.finditer(self.source.text)})),
        )

    def is_generated(self, offset: int) -> bool:
        return any(start <= offset < end for start, end in self.generated)


def _without_front_matter(text: str) -> tuple[str, str | None]:
    """Return the text with its front matter blanked line by line, and the title that it gives."""
    match = re.match(
        r"(?:---|\+\+\+)[ \t]*(?:\r\n|\r|\n)(.*?)(?:\r\n|\r|\n)(?:---|\+\+\+|\.\.\.)[ \t]*(?=\r|\n|$)", text, re.DOTALL
    )
    if match is None:
        return text, None
    title = re.search(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", match[1], re.MULTILINE)
    blank = re.sub(r"[^\r\n]", " ", match[0])
    return blank + text[match.end() :], title[1] if title else None


def read_markdown(source: Source) -> DocumentFacts:
    """Return the candidates of a Markdown document."""
    walker = _Walker(source)
    text, title = _without_front_matter(source.text)
    walker.walk(parse_blocks(text))
    if walker.title is None:
        walker.title = title
    return walker.facts()
