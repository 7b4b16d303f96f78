"""What Go puts texts together with: format strings, and buffers that text is written to piece by piece."""

from __future__ import annotations

from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.composed import join
from tripoint.sources.code.facts import Opaque, Ref, Template, Text, Value
from tripoint.sources.code.syntax import SyntaxReader

__all__ = ["STRINGS", "GoTexts"]

_VERB = regex(r"%(?:%|[-+# 0]*(?:\[\d+\])?[\d*]*(?:\.[\d*]+)?[a-zA-Z])")
_BUFFER = regex(r"&?(?:new\()?(?:strings\.Builder|bytes\.Buffer)(?:\{\}|\))?")
_READS_BUFFER = (".String", ".Len", ".Grow", ".Cap", "len")
STRINGS = frozenset({"interpreted_string_literal", "raw_string_literal"})


class GoTexts(SyntaxReader):
    """The part of the reader of Go that knows of texts."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.buffers: set[tuple[int, str]] = set()
        """Variables that are buffers, by their scopes."""

    def is_buffer(self, node: Node | None) -> bool:
        """Whether a type, or what a variable is given, is an empty buffer."""
        return _BUFFER.fullmatch(self.text(node)) is not None

    def formatted(self, node: Node, scope: int, first: int = 0) -> Value | None:
        """What `fmt.Sprintf` joins; None where its format is no literal or takes the arguments in another order."""
        given = node.child_by_field_name("arguments")
        arguments = [child for child in given.named_children if child.type != "comment"] if given is not None else []
        arguments = arguments[first:]
        form = self.value(arguments[0], scope) if arguments and arguments[0].type in STRINGS else None
        if not isinstance(form, Text):
            return None
        verbs = [match for match in _VERB.finditer(form.value) if match[0] != "%%"]
        if len(verbs) != len(arguments) - 1 or any("*" in verb[0] or "[" in verb[0] for verb in verbs):
            return None
        parts: list[Value] = []
        done = 0
        for verb, argument in zip(verbs, arguments[1:], strict=True):
            parts += [self.piece(form, done, verb.start()), self.value(argument, scope)]
            done = verb.end()
        parts.append(self.piece(form, done, len(form.value)))
        return Template(tuple(parts), form.start, form.end)

    def append(self, node: Node, scope: int) -> None:
        """`b.WriteString(more)` and `fmt.Fprintf(&b, …)` of a buffer are what `q += more` is of a string."""
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        arguments = [c for c in given.named_children if c.type != "comment"] if given is not None else []
        called = self.text(function)
        written = called.rpartition(".")[0]
        more: Value | None = None
        if called.endswith(".WriteString") and len(arguments) == 1:
            more = self.value(arguments[0], scope)
        elif called == "fmt.Fprintf" and arguments:
            written, more = self.text(arguments[0]).lstrip("&"), self.formatted(node, scope, 1)
        handed = [self.text(one).lstrip("&") for one in arguments if one.type in ("unary_expression", "identifier")]
        for name in dict.fromkeys((written, *handed)) if not called.endswith(_READS_BUFFER) else ():
            owner = self.home(name, scope)
            if (owner, name) in self.buffers:
                start, end = node.start_byte, node.end_byte
                known = more if name == written else None
                values = (Text(" ", start, start, False), Opaque(start, end)) if known is None else (known,)
                before = Ref((name,), start, start + len(name.encode()))
                self.bind(owner, name, node, join((before, *values), start, end))

    def piece(self, text: Text, start: int, end: int) -> Text:
        """A part of a literal, where it stands if the literal stands in the file as it is."""
        at = text.start + len(text.value[:start].encode("utf-8", "replace"))
        value = text.value[start:end]
        return Text(value, at, at + len(value.encode("utf-8", "replace")), text.exact)
