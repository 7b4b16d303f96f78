"""Requests that a library makes of the functions of an interface, as Retrofit does by their annotations.

@POST("rest/v1/jobs")
suspend fun add(@Query("select") columns: String = "id", @Body row: Job): List<Job>
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from tripoint.sources.code.facts import Chain, Entry, Object, Opaque, Ref, Step, Template, Text, Value
from tripoint.sources.code.grammar import child_of, within
from tripoint.sources.code.kotlin_values import KotlinValues

__all__ = ["request_of"]

_VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_ADDRESS = "rest/v1/"
_LISTS = frozenset({"select", "order", "on_conflict", "or", "and", "columns", "limit", "offset"})
"""Parameters that are no filter of a column: what they hold is told by their default alone."""


def request_of(reader: KotlinValues, function: Node, scope: int) -> Chain | None:
    """Return the request that a function's annotations say it sends to the API, as a call that says the same."""
    modifiers = child_of(function, "modifiers")
    said = [] if modifiers is None else [_said(reader, c) for c in modifiers.named_children if c.type == "annotation"]
    verb, address = next(((name, texts[0]) for name, texts in said if name in _VERBS and texts), ("", None))
    if address is None or _ADDRESS not in reader.text(address):
        return None
    start, end = address.start_byte, address.end_byte
    headers = [entry for name, texts in said if name == "Headers" for entry in _headers(reader, texts)]
    headers.append(Entry("apikey", Opaque(start, start), start, start))
    options = [Entry("method", Text(verb.lower(), start, start, exact=False), start, start)]
    parameters: list[Entry] = []
    for name, key, parameter, default in _parameters(reader, function, scope):
        if name == "Query" and key is not None:
            parameters += _parameter(key, default)
        elif name == "Header" and key is not None and default is not None:
            headers.append(Entry(key.value, default, key.start, key.end))
        elif name == "Body":
            options.append(
                Entry("body", Ref((reader.text(parameter),), parameter.start_byte, parameter.end_byte), 0, 0)
            )
    options.append(Entry("headers", Object(tuple(headers), start, end), start, start))
    options.append(Entry("params", Object(tuple(parameters), start, end), start, start))
    asks = Step("()", start, end, (reader.value(address, scope), Object(tuple(options), start, end)), call_end=end)
    return Chain(Ref(("fetch",), start, start), (asks,), start, end, scope)


def _said(reader: KotlinValues, annotation: Node) -> tuple[str, list[Node]]:
    """Return the name of an annotation, and the strings that it is given."""
    named = child_of(child_of(annotation, "constructor_invocation") or annotation, "user_type")
    return reader.text(named), [node for node in within(annotation) if node.type == "string_literal"]


def _headers(reader: KotlinValues, texts: list[Node]) -> Iterator[Entry]:
    for node in texts:
        name, colon, value = reader.text(node)[1:-1].partition(":")
        if colon:
            text = Text(value.strip(), node.start_byte, node.end_byte, exact=False)
            yield Entry(name.strip(), text, node.start_byte, node.end_byte)


def _parameters(
    reader: KotlinValues, function: Node, scope: int
) -> Iterator[tuple[str, Text | None, Node, Value | None]]:
    """Yield the parameters that have an annotation: its name and its text, their name, and their default."""
    listed = child_of(function, "function_value_parameters")
    said: tuple[str, list[Node]] | None = None
    for child in [] if listed is None else listed.named_children:
        if child.type == "parameter_modifiers":
            said = next((_said(reader, one) for one in child.named_children if one.type == "annotation"), None)
        elif child.type == "parameter" and said is not None:
            name = child_of(child, "identifier")
            equals = child.next_sibling
            after = equals.next_named_sibling if equals is not None and equals.type == "=" else None
            key = reader.value(said[1][0], scope) if said[1] else None
            if name is not None:
                default = None if after is None else reader.value(after, scope)
                yield said[0], key if isinstance(key, Text) else None, name, default
            said = None


def _parameter(key: Text, default: Value | None) -> Iterator[Entry]:
    told = default if isinstance(default, (Text, Template)) else None
    if key.value not in _LISTS and told is None:  # callers give it as `eq.` and a value
        told = Template((Text("eq.", key.end, key.end, exact=False), Opaque(key.end, key.end)), key.end, key.end)
    if told is not None:
        yield Entry(key.value, told, key.start, key.end)
