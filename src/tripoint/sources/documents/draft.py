"""An entity while it is being collected from a document."""

from __future__ import annotations

from msgspec import Struct, field

from tripoint.model.claim import ColumnCandidate, EntityCandidate, Form
from tripoint.sources.documents.fields import SHAPE, Mention
from tripoint.sources.documents.text import Source

__all__ = ["Draft"]


class Draft(Struct):
    """A name that may be a table's, and what was listed under it so far."""

    mentions: list[Mention]
    """The name, and other names that the same words give it: `Persona (personas)`."""
    form: Form
    context: tuple[str, ...]
    columns: dict[str, ColumnCandidate] = field(default_factory=dict)
    complete: bool = False
    description: str | None = None

    @property
    def first(self) -> str | None:
        """The name of the first column that was listed."""
        return next(iter(self.columns), None)

    @property
    def shaped(self) -> bool:
        """Whether a name of it is spelled like a table's."""
        return any(mention.coded or SHAPE.match(mention.name) for mention in self.mentions)

    def add(self, columns: tuple[ColumnCandidate, ...], *, complete: bool) -> None:
        """Add columns; a column that was listed before keeps its first place."""
        for column in columns:
            self.columns.setdefault(column.name, column)
        self.complete = self.complete or complete

    def finish(self, source: Source, generated: list[tuple[int, int]]) -> EntityCandidate:
        """Return the candidate."""
        (start, end), *others = (mention.span(source) for mention in self.mentions)
        return EntityCandidate(
            self.mentions[0].name,
            start,
            end,
            self.form,
            columns=tuple(self.columns.values()),
            context=self.context,
            coded=self.mentions[0].coded,
            description=self.description,
            generated=any(first <= start < last for first, last in generated),
            complete=self.complete and bool(self.columns),
            aliases=tuple((mention.name, *span) for mention, span in zip(self.mentions[1:], others, strict=True)),
        )
