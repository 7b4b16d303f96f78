"""The query within a piece of SQL: what stands in its parentheses."""

from __future__ import annotations

from tripoint.sources.code.facts import Template, Text, Value

__all__ = ["in_parentheses"]


def in_parentheses(value: Template) -> Template | None:
    """Return what stands in the first parentheses of a text, with them; None where they are never closed."""
    found: list[Value] = []
    depth, quoted = 0, False
    for part in value.parts:
        if not isinstance(part, Text):
            if depth:
                found.append(part)
            continue
        begin = 0
        for at, character in enumerate(part.value):
            if character == "'" and depth:
                quoted = not quoted
            elif quoted or character not in "()":
                continue
            elif character == "(":
                begin = begin if depth else at
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    found.append(_cut(part, begin, at + 1))
                    return Template(tuple(found), value.start, value.end, value.tag)
        if depth:
            found.append(_cut(part, begin, len(part.value)))
    return None


def _cut(text: Text, begin: int, end: int) -> Text:
    if not text.exact:
        return Text(text.value[begin:end], text.start, text.end, False)
    start = text.start + len(text.value[:begin].encode())
    cut = text.value[begin:end]
    return Text(cut, start, start + len(cut.encode()), True)
