"""TypeScript, TSX, JavaScript and JSX as facts.

The parser's own queries find the nodes that matter; only from those does Python walk, and only locally.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace
from tree_sitter import Language, Node, Query, QueryCursor, Range

from tripoint.model.regex import regex
from tripoint.sources.code.contexts import MANY, Context, find_contexts
from tripoint.sources.code.facts import (
    Chain,
    CodeFacts,
    Opaque,
    Ref,
    Scope,
    Step,
    Template,
    Text,
    Textual,
    Value,
    Words,
)
from tripoint.sources.code.grammar import first, load_grammar, parse
from tripoint.sources.code.pieces import in_parentheses
from tripoint.sources.code.prefilter import call_words, identifier_words, sql_pieces, sql_strings
from tripoint.sources.code.typescript_modules import required_in
from tripoint.sources.code.typescript_names import Names
from tripoint.sources.code.typescript_values import FUNCTIONS, Values, node_text

__all__ = ["read_typescript"]

_GRAMMARS = {"typescript": ("typescript", "typescript"), "tsx": ("typescript", "tsx"), "javascript": ("javascript", "")}
"""The package and the dialect of each."""

_PATTERNS = {
    "scope": (
        *sorted(FUNCTIONS),
        "class_body",
        "statement_block",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "switch_body",
        "switch_case",
        "switch_default",
        "catch_clause",
        "if_statement",
    ),
    "name": (
        "variable_declarator",
        "assignment_expression",
        "augmented_assignment_expression",
        "public_field_definition",
        "field_definition",
        "enum_declaration",
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "type_alias_declaration",
        "interface_declaration",
        "type_parameter",
        "import_statement",
        "export_statement",
        "for_in_statement",
    ),
    "call": ("call_expression", "new_expression"),
    "await": ("await_expression",),
    "return": ("return_statement",),
}
"""The nodes that matter, by what they are."""
_LOOPS = frozenset(["for_statement", "for_in_statement", "while_statement", "do_statement"])
_CLOSED = frozenset(["string", "regex", "import_statement"])
"""Nodes that hold none of those, unless the grammar could not read them."""

_KEPT = frozenset(
    # What the clients are called by, and what continues a query that was kept in a variable.
    [
        "from",
        "from_",
        "table",
        "rpc",
        "schema",
        "channel",
        "invoke",
        "on",
        "storage",
        "select",
        "insert",
        "upsert",
        "update",
        "delete",
        "eq",
        "neq",
        "gt",
        "gte",
        "lt",
        "lte",
        "like",
        "ilike",
        "likeAllOf",
        "likeAnyOf",
        "ilikeAllOf",
        "ilikeAnyOf",
        "is",
        "in",
        "contains",
        "containedBy",
        "rangeGt",
        "rangeGte",
        "rangeLt",
        "rangeLte",
        "rangeAdjacent",
        "overlaps",
        "textSearch",
        "match",
        "not",
        "or",
        "filter",
        "order",
        "limit",
        "range",
        "single",
        "maybeSingle",
        "csv",
        "returns",
        "overrideTypes",
        "throwOnError",
        "isDistinct",
        "regexMatch",
        "regexIMatch",
        "$queryRaw",
        "$executeRaw",
        "$queryRawUnsafe",
        "$executeRawUnsafe",
        "query",
        "execute",
        "unsafe",
        "raw",
    ]
)
_HANDED = (_KEPT | {"toString"}) - {"on", "is", "in", "match", "filter", "not", "or", "query", "execute", "raw"}
"""What is called last of an address, or of a query that is handed on."""
_DULL_ROOTS = frozenset(
    ["console", "JSON", "Math", "Object", "Promise", "Symbol", "Reflect", "Error", "expect", "describe", "it", "test"]
)
_FILLING = frozenset(["assign", "defineProperty", "set"])
"""What of them gives an object keys."""
_VALUES = frozenset(["string", "template_string", "identifier", "member_expression", "this", "object", "array"])
_COMMENTS = frozenset(["comment", "html_comment"])
_STRINGS = frozenset(
    ["string_fragment", "string", "template_string", "regex_pattern", "regex", "jsx_text", "escape_sequence"]
)
_CONTEXTS: Mapping[str, Context] = {
    **dict.fromkeys(_COMMENTS, "comment"),
    **dict.fromkeys(_STRINGS, "string"),
    "template_substitution": "code",
}


_WALKED = 64 * 1024
"""Bytes that are walked over before a query is made."""
_walked: dict[str, int] = {}
"""Bytes that were read, by grammar."""


class _Tools(NamedTuple):
    """What reads the files of one grammar: what matters and what is closed is told by the numbers of its nodes."""

    language: Language
    captures: dict[int, tuple[str, ...]]
    closed: frozenset[int]


@lru_cache(maxsize=8)
def _tools(grammar: str) -> _Tools:
    language = load_grammar(*_GRAMMARS[grammar])
    captures: dict[int, tuple[str, ...]] = {}
    for capture, kinds in _PATTERNS.items():
        for kind in kinds:
            number = language.id_for_node_kind(kind, True)
            if number is not None:  # not every grammar has each
                captures[number] = (*captures.get(number, ()), capture)
    closed = {number for kind in _CLOSED if (number := language.id_for_node_kind(kind, True)) is not None}
    return _Tools(language, captures, frozenset(closed))


@lru_cache(maxsize=8)
def _query(grammar: str) -> Query:
    captures = _tools(grammar).captures
    language = _tools(grammar).language
    kinds = [f"({language.node_kind_for_id(number)}) @{name}" for number, names in captures.items() for name in names]
    return Query(language, "\n".join(kinds))


def _matter(root: Node, grammar: str) -> dict[str, list[Node]]:
    """Return the nodes that matter by what they are, those of each in their order.

    The parser's own query finds them fastest, but to make it takes as long as to walk over some files.
    """
    _walked[grammar] = _walked.get(grammar, 0) + root.end_byte - root.start_byte
    if _walked[grammar] <= _WALKED:
        return _found(root, _tools(grammar))
    captures = QueryCursor(_query(grammar)).captures(root)
    return {name: sorted(captures.get(name, ()), key=_order) for name in _PATTERNS}


def _found(root: Node, tools: _Tools) -> dict[str, list[Node]]:
    """Find by a walk what the query finds."""
    found: dict[str, list[Node]] = {capture: [] for capture in _PATTERNS}
    matters, closed = tools.captures, tools.closed
    cursor = root.walk()
    down, along, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    node: Any
    while True:
        node = cursor.node
        kind = node.kind_id
        if kind in matters:
            for capture in matters[kind]:
                found[capture].append(node)
        if (kind not in closed or node.has_error) and down():
            continue
        while not along():
            if not up():
                for nodes in found.values():
                    nodes.sort(key=_order)
                return found


def read_typescript(data: bytes, grammar: str = "typescript", ranges: list[Range] | None = None) -> CodeFacts:
    """Return the facts of a file; with `ranges`, of those parts of it alone. Raises Unending and nothing else."""
    tools = _tools(grammar)
    root = parse(tools.language, data, ranges, texts=True)
    found = _matter(root, grammar)

    scopes, opened = _scopes(found["scope"], len(data))
    starts = [scope.start for scope in scopes]

    def scope_at(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        while index > 0 and scopes[index].end <= offset:
            index = scopes[index].parent
        return max(index, 0)

    functions_of = [index if scope.kind in ("function", "file") else -1 for index, scope in enumerate(scopes)]
    for index, scope in enumerate(scopes):
        if functions_of[index] < 0 and scope.parent >= 0:
            functions_of[index] = functions_of[scope.parent] if scope.kind == "block" else -1
    returns: dict[int, list[Node]] = {}
    for node in found["return"]:
        children = node.named_children
        if children:
            returns.setdefault(functions_of[scope_at(node.start_byte)], []).append(children[0])

    values = Values(scope_at, returns, opened)
    names = Names(values, scopes, found["name"], found["scope"])
    names.collect()
    chains = _chains(found["call"], found["await"], values)
    names.appended(chains)
    chains += tuple(_deletions(data, root, scope_at))
    return CodeFacts(
        language=grammar,
        chains=chains,
        scopes=tuple(names.named_scopes()),
        bindings=tuple(names.bindings),
        functions=tuple(values.functions[key] for key in sorted(values.functions)),
        imports=(*names.imports, *required_in(chains, names.imports)),
        exports=tuple(names.exports),
        textual=_textual(data, root, tools.language, ranges),
        strings=_sql(data, root, values),
        words=Words.of(identifier_words(data)),
        pragmas=_pragmas(root),
    )


def _order(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


def _scopes(nodes: list[Node], size: int) -> tuple[list[Scope], dict[int, int]]:
    scopes = [Scope(-1, "file", None, 0, size)]
    opened: dict[int, int] = {}
    stack = [0]
    bodies: set[int] = set()
    for node in _with_arms(nodes):
        start, end = node.start_byte, node.end_byte
        while len(stack) > 1 and scopes[stack[-1]].end <= start:
            stack.pop()
        if node.type in FUNCTIONS:
            body = node.child_by_field_name("body")
            if body is not None:
                bodies.add(body.id)
            opened[start] = len(scopes)
            name = node.child_by_field_name("name")
            scopes.append(Scope(stack[-1], "function", node_text(name) or None, start, end))
        elif node.id in bodies:
            continue
        else:
            kind: Literal["class", "block"] = "class" if node.type == "class_body" else "block"
            scopes.append(Scope(stack[-1], kind, None, start, end, loops=node.type in _LOOPS))
        stack.append(len(scopes) - 1)
    return scopes, opened


def _with_arms(nodes: list[Node]) -> list[Node]:
    """Return what opens a scope; of a conditional statement, its arms that are written without braces."""
    arms: list[Node] = []
    for node in nodes:
        if node.type == "if_statement":
            otherwise = node.child_by_field_name("alternative")
            for arm in (node.child_by_field_name("consequence"), first(otherwise) if otherwise else None):
                if arm is not None and arm.type not in _PATTERNS["scope"]:
                    arms.append(arm)
    opening = [node for node in nodes if node.type != "if_statement"]
    return sorted([*opening, *arms], key=_order) if arms else opening


def _chains(calls: Iterable[Node], awaits: Iterable[Node], values: Values) -> tuple[Chain, ...]:
    awaited = {child.id for node in awaits for child in node.named_children}
    kept: list[Chain] = []
    for node in calls:
        if node.id in values.consumed or not _worth_keeping(node, values):
            continue
        value = values.value(node)
        if isinstance(value, Chain):
            if node.id in awaited:
                value = replace(value, awaited=True)
            kept.append(value)
    return tuple(kept)


_DELETE = b"delete"
_DELETION = regex(
    rb"(?<![.\w$])delete\s+\(?\s*([\w$]+)(?:\s+as\s+[^()\n;]*)?\s*\)?[!?]?"
    rb"(?:\.\s*([\w$]+)|\[\s*(?:'([^'\\\n]+)'|\"([^\"\\\n]+)\"|[\w$.]+)\s*\])(?!\s*[.\[(])"
)


def _deletions(data: bytes, root: Node, scope_at: Callable[[int], int]) -> Iterator[Chain]:
    """Yield what takes a key out of a variable's object, as a call on the variable: `delete row.id`."""
    here = -1
    while (here := data.find(_DELETE, here + 1)) >= 0:
        match = _DELETION.match(data, here)
        if match is None:
            continue
        start, end = match.span()
        node = root.descendant_for_byte_range(start, start + len(_DELETE))
        if node is None or node.type != "delete":
            continue
        group = next((number for number in (2, 3, 4) if match[number] is not None), 0)
        at = match.span(group)
        key = Text(match[group].decode("utf-8", "replace"), *at) if group else Opaque(*at)
        step = Step("del", start, start + len(_DELETE), (key,), call_end=end)
        yield Chain(Ref((match[1].decode("utf-8", "replace"),), *match.span(1)), (step,), start, end, scope_at(start))


def _worth_keeping(node: Node, values: Values) -> bool:
    """Whether a chain is called by a client's words, or hands on what may be a name, a client or a payload."""
    here: Node | None = node
    handed = False
    names: list[str] = []
    while here is not None:
        kind = here.type
        if kind in ("call_expression", "new_expression"):
            if here.id != node.id:
                values.consumed.add(here.id)
            arguments = here.child_by_field_name("arguments") if not handed else None
            if arguments is not None:
                handed = arguments.type == "template_string" or any(map(_hands_on, arguments.named_children))
            if kind == "new_expression":
                return handed or bool(_KEPT.intersection(names))
            here = here.child_by_field_name("function")
        elif kind in ("member_expression", "subscript_expression"):
            names.append(node_text(here.child_by_field_name("property")))
            here = here.child_by_field_name("object")
        elif kind in ("parenthesized_expression", "as_expression", "non_null_expression", "await_expression"):
            here = first(here)
        else:
            break
    if _KEPT.intersection(names):
        return True
    dull = here is not None and node_text(here) in _DULL_ROOTS
    return handed and here is not None and (not dull or bool(_FILLING.intersection(names)))


_CALLS_DEEP = 20
"""How many calls are looked through for what the innermost is given; deeper it counts as given something."""


def _hands_on(argument: Node) -> bool:
    """Whether an argument may be a name, a client, a payload or an address of the database's API."""
    for _ in range(_CALLS_DEEP):
        if argument.type in ("binary_expression", "new_expression"):
            return "rest/v1" in node_text(argument)
        if argument.type == "await_expression":
            argument = first(argument) or argument
        if argument.type != "call_expression":
            return argument.type in _VALUES
        called, given = argument.child_by_field_name("function"), argument.child_by_field_name("arguments")
        if called is None or called.type != "identifier" or given is None:  # `fetch(url.toString())`
            return called is not None and node_text(called.child_by_field_name("property")) in _HANDED
        inner = first(given)  # `active(db.from('t').select())`, `wanted(active(query))`, `rows(client())`
        if inner is None or inner.type == "identifier":
            return True
        argument = inner
    return True


def _textual(data: bytes, root: Node, grammar: Language, ranges: list[Range] | None) -> tuple[Textual, ...]:
    words = call_words(data)
    if len(words) > MANY and not ranges:
        contexts = find_contexts(root, grammar, _CONTEXTS, [start for _, start in words])
        return tuple(Textual(word, start, held) for (word, start), held in zip(words, contexts, strict=True))
    found: list[Textual] = []
    begins = [part.start_byte for part in ranges or ()]
    for word, start in words:
        part = bisect_right(begins, start) - 1
        if ranges and (part < 0 or start >= ranges[part].end_byte):
            found.append(Textual(word, start, "string"))
            continue
        node = root.descendant_for_byte_range(start, start + len(word))
        found.append(Textual(word, start, _CONTEXTS.get(node.type, "code") if node is not None else "code"))
    return tuple(found)


def _sql(data: bytes, root: Node, values: Values) -> tuple[Text | Template, ...]:
    found: list[Text | Template] = []
    for start in sql_strings(data):
        node = root.descendant_for_byte_range(start, start)
        while node is not None and node.type not in ("string", "template_string") and node.start_byte == start:
            node = node.parent
        if node is None or node.start_byte != start or node.type not in ("string", "template_string"):
            continue
        parent = node.parent
        tagged = parent is not None and parent.type == "call_expression"
        value: Value = values.value(parent if tagged else node)
        tag = _typed_tag(data, start) if node.type == "template_string" and not tagged else None
        if tag is not None:
            value = values.template(node, tag)
        if isinstance(value, (Text, Template)):
            found.append(value)
    found += _within_pieces(data, root, values)
    return tuple(found)


def _within_pieces(data: bytes, root: Node, values: Values) -> Iterator[Template]:
    """Yield the queries in pieces of SQL that are given to a builder: sql`exists (select 1 from …)`."""
    for start in sql_pieces(data):
        node = root.descendant_for_byte_range(start, start)
        while node is not None and node.type != "template_string" and node.start_byte == start:
            node = node.parent
        if node is None or node.start_byte != start or node.type != "template_string":
            continue
        parent = node.parent
        tagged = parent is not None and parent.type == "call_expression"
        tag = None if tagged else _typed_tag(data, start)
        value: Value = values.template(node, tag) if tag is not None else values.value(parent if tagged else node)
        if isinstance(value, Template) and value.tag is not None and value.tag[-1] == "sql":
            inner = in_parentheses(value)
            if inner is not None:
                yield inner


_TAG = regex(rb"[\w$]+(?:\s*\??\.\s*[\w$]+)*\s*\Z")
_WORD = regex(r"[\w$]+")
_FARTHEST = 2000
"""How many bytes of types before a template are looked at."""


def _typed_tag(data: bytes, start: int) -> tuple[str, ...] | None:
    """Return the tag of a template that is given types (sql<Row[]>`select …`), which the grammar takes for comparisons;
    None where none stands there."""
    at = start - 1
    while at > 0 and data[at : at + 1].isspace():
        at -= 1
    stop, open_ = max(at - _FARTHEST, 0), 0
    while at > stop:
        byte = data[at : at + 1]
        if byte == b">" and data[at - 1 : at] != b"=":
            open_ += 1
        elif byte == b"<":
            open_ -= 1
        if open_ <= 0:
            break
        at -= 1
    if data[at : at + 1] != b"<" or open_:
        return None
    match = _TAG.search(data, max(at - 200, 0), at)
    return tuple(_WORD.findall(match[0].decode("utf-8", "replace"))) if match is not None else None


def _pragmas(root: Node) -> tuple[str, ...]:
    found: list[str] = []
    for child in root.named_children:
        if child.type == "comment":
            continue
        if child.type != "expression_statement" or not child.named_children or child.named_children[0].type != "string":
            break
        found.append(node_text(child.named_children[0])[1:-1])
    return tuple(found)
