"""One document's bytes → its facts."""

from __future__ import annotations

from tripoint.model.claim import DocumentFacts
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.model.text import legible
from tripoint.sources.documents.class_diagram import read_class_diagram
from tripoint.sources.documents.dbml import read_dbml
from tripoint.sources.documents.markdown import read_markdown
from tripoint.sources.documents.mermaid import read_er_diagram
from tripoint.sources.documents.text import Source

__all__ = ["SUFFIXES", "read_document"]

SUFFIXES = frozenset({".md", ".mdx", ".markdown", ".dbml", ".mmd", ".mermaid"})
"""The suffixes of the documents that can be read."""

_MAX_BYTES = 4_000_000
"""Nobody writes a longer document by hand; each megabyte takes about half a second."""


_REPORT = regex(rb"<!-- tripoint(?: report)? -->")
"""What our own reports begin with: read as documents, they would vouch for all that they complain about."""


def read_document(data: bytes, suffix: str) -> DocumentFacts:
    """Return the tables, columns and relationships that a document may be speaking of.

    `suffix` is the file's, in any case. Never raises: what could not be read is a problem of the facts. Every offset is
    a byte offset into the `legible` bytes.
    """
    suffix = suffix.lower()
    if suffix not in SUFFIXES:
        return _unread(data, f"documents of the kind {suffix or 'without a suffix'} are not read", "unsupported")
    data = legible(data)
    if len(data) > _MAX_BYTES:
        return _unread(data, f"the document has more than {_MAX_BYTES // 1_000_000} MB", "unread")
    if b"\0" in data[:8192]:
        return _unread(data, "the document holds NUL bytes: it is not text", "unread")
    if _REPORT.search(data, 0, 1024):
        return _unread(data, "is a report of tripoint's own, which vouches for nothing", "unsupported")
    source = Source(data)
    if suffix == ".dbml":
        dbml = read_dbml(source.block(0, len(source.lines)))
        facts = DocumentFacts(None, dbml.entities, dbml.relationships, dbml.problems)
    elif suffix in (".mmd", ".mermaid"):
        diagram = read_er_diagram(source, 0, len(source.lines), ())
        classes = read_class_diagram(source, 0, len(source.lines), ())
        facts = (
            DocumentFacts(None, diagram.entities, diagram.relationships) if diagram else DocumentFacts(None, classes)
        )
    else:
        facts = read_markdown(source)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem("unread", error.start, error.end, "the document is not UTF-8; only its ASCII names are read")
        facts = DocumentFacts(facts.title, facts.entities, facts.relationships, (*facts.problems, problem))
    return facts


def _unread(data: bytes, reason: str, kind: str) -> DocumentFacts:
    return DocumentFacts(problems=(Problem("unsupported" if kind == "unsupported" else "unread", 0, 0, reason),))
