"""What one file of code says, in a form that is the same for every language.

A language's reader turns syntax into these records and knows nothing of databases beyond the byte prefilter; the
clients (`clients/`) turn chains of calls into queries and know nothing of syntax. Names stay symbolic: following them
across scopes and files is the work of `follow.py`. Every offset is a UTF-8 byte offset into the file, also for the
script block of a Vue, Svelte or Astro file.

A large project has hundreds of millions of bytes of them, so they carry nothing for a search for cycles (`gc=False`):
they are trees.
"""

# Annotations are values here, and not text that is compiled one by one whenever a decoder of these records is made.

from collections.abc import Iterable, Iterator, Set
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from tripoint.model.place import Problem

__all__ = [
    "FORMER",
    "GENERATED",
    "READ",
    "ROW",
    "STANDS_IN",
    "Addressed",
    "Array",
    "Binding",
    "Chain",
    "Choice",
    "CodeFacts",
    "Entry",
    "Export",
    "Function",
    "Import",
    "Keyed",
    "Object",
    "Opaque",
    "Parameter",
    "Plain",
    "Ref",
    "Scope",
    "Step",
    "Template",
    "Text",
    "Textual",
    "Tried",
    "Unending",
    "Value",
    "Words",
]

ROW: Final = "as a row"
"""The name under which a class's scope holds what an object of it is written as, as an object literal."""
GENERATED: Final = "generated "
"""What stands before the name of a function that is known only by what has it generated."""
FORMER: Final = "of the row as it was"
"""The key under which a subscription's step holds the columns that its handler reads of the row as it was."""
STANDS_IN: Final = "in place of the new row's"
"""What follows the name of such a column where it is read only when the new row has no such value."""
READ: Final = "from a row"
"""The name under which a class's scope holds the keys without which no object of it can be made of a row."""


class Text(Struct, frozen=True, array_like=True, gc=False, tag=0):
    """A string literal. `start` and `end` enclose the characters between the quotes.

    `exact` says that the file's bytes between them are the value's bytes, so that an offset into the value is an offset
    into the file (no escapes, no dedent).
    """

    value: str
    start: int
    end: int
    exact: bool = True


class Plain(Struct, frozen=True, array_like=True, gc=False, tag=1):
    """A literal that is no string: `kind` says what it is, `value` is its text in the file."""

    kind: Literal["number", "boolean", "null", "regex", "date"]
    value: str
    start: int
    end: int


class Template(Struct, frozen=True, array_like=True, gc=False, tag=2):
    """Parts that are joined into one string: an interpolated string, or a concatenation. `tag` is the tag's path."""

    parts: tuple["Value", ...]
    start: int
    end: int
    tag: tuple[str, ...] | None = None


class Ref(Struct, frozen=True, array_like=True, gc=False, tag=3):
    """A name or a path of members: `TABLES.users` is ("TABLES", "users"); `this`/`self` is kept as first part.

    A member access by a value that is no literal (`TABLES[x]`) has "*" as that part.
    """

    path: tuple[str, ...]
    start: int
    end: int


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """A key of an object literal. `start` and `end` enclose the key as written, without quotes."""

    key: str
    value: "Value"
    start: int
    end: int


class Keyed(Struct, frozen=True, array_like=True, gc=False):
    """A key of an object literal that another value gives, a name or what is only known at run time."""

    key: "Value"
    value: "Value"


class Object(Struct, frozen=True, array_like=True, gc=False, tag=4):
    """An object, dict, map or struct literal. `spreads` holds what is spread into it; `complete` is false where a key
    is only known at run time, or by a name: those stand in `named`, each with its value. `optional` are the keys of
    what a class is written as that are written where they are given, each with the name of its property. `taken` are
    the keys that are taken out of what is spread into it, `*` where it could be any. `bounded` is true of what a class
    is written as where it has no other keys than `entries` and `optional`."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    spreads: tuple["Value", ...] = ()
    complete: bool = True
    optional: tuple[Entry, ...] = ()
    named: tuple[Keyed, ...] = ()
    taken: tuple[str, ...] = ()
    bounded: bool = False


class Array(Struct, frozen=True, array_like=True, gc=False, tag=5):
    """A list, tuple or set literal. `complete` is false where elements are spread in."""

    items: tuple["Value", ...]
    start: int
    end: int
    complete: bool = True


class Choice(Struct, frozen=True, array_like=True, gc=False, tag=6):
    """One of several values: a conditional, `a ?? b`, `a or b`, or a union of literal types."""

    options: tuple["Value", ...]
    start: int
    end: int


class Step(Struct, frozen=True, array_like=True, gc=False):
    """One link of a chain: a call `.name(args)`, or the plain call of the root, whose name is "()" ("new" where the
    language writes the construction of an object apart from a call).

    `start` and `end` enclose the name. `arguments` are positional; `named` are keyword arguments of languages that have
    them. `spread` says that arguments are spread in. `type_arguments` is the source text between `<` and `>`.
    """

    name: str
    start: int
    end: int
    arguments: tuple["Value", ...] = ()
    named: tuple[Entry, ...] = ()
    spread: bool = False
    type_arguments: str | None = None
    call_end: int = 0
    """The offset after the closing parenthesis."""


class Chain(Struct, frozen=True, array_like=True, gc=False, tag=7):
    """A root and the calls that are made on it one after the other: `db.from('t').select()`.

    Plain member accesses before the first call belong to the root's path; between calls they are steps whose `call_end`
    is 0. `scope` is the index of the innermost scope around it.
    """

    root: "Value"
    steps: tuple[Step, ...]
    start: int
    end: int
    scope: int = 0
    awaited: bool = False
    branched: bool = False
    """Whether it narrows a query that a variable holds, and does so in a branch alone."""


class Opaque(Struct, frozen=True, array_like=True, gc=False, tag=8):
    """A value that the reader does not follow: only where it stands is known."""

    start: int
    end: int


class Parameter(Struct, frozen=True, array_like=True, gc=False):
    """A parameter of a function: the members of a literal union type are its `choices`."""

    name: str
    type: str | None = None
    choices: tuple[Text, ...] = ()
    default: "Value | None" = None
    properties: tuple[str, ...] = ()
    """The names taken from it where it is destructured in place."""


class Function(Struct, frozen=True, array_like=True, gc=False, tag=9):
    """A function or method as a value: what it takes and what it returns."""

    name: str | None
    parameters: tuple[Parameter, ...]
    returns: tuple["Value", ...]
    scope: int
    start: int
    end: int
    return_type: str | None = None


Value: TypeAlias = Text | Plain | Template | Ref | Object | Array | Choice | Chain | Function | Opaque


class Compared(Struct, frozen=True, array_like=True, gc=False):
    """Whether a name is one of some literals, from an offset on and up to one where there is an `until`. The name may
    be that of a member, `step.kind`, of which the condition may ask but for its `truth`."""

    name: str
    values: tuple[str, ...]
    equal: bool
    since: int = 0
    until: int | None = None
    of: Ref | None = None
    """What it is compared with where that has a name: the literals are those that this stands for."""
    truth: bool = False
    """Whether it is asked for being true, as JavaScript has it, in place of being one of literals."""


class Scope(Struct, frozen=True, array_like=True, gc=False):
    """A lexical scope. `parent` is -1 for the file's own, which is scope 0.

    A block is run from its beginning to its end, or left. In a language whose blocks hold no names of their own, it
    only tells what runs before what.
    """

    parent: int
    kind: Literal["file", "function", "class", "block"]
    name: str | None
    start: int
    end: int
    guards: tuple[str, ...] = ()
    """Of a function that handles the error of a missing table, column or function: how ("handles 42P01")."""
    loops: bool = False
    """Of a block that may run again: what is assigned further down in it may be there when it begins anew."""
    asks: tuple[str, ...] = ()
    """Of a function that asks whether columns or tables are there before it names them: their names."""
    compared: tuple[Compared, ...] = ()
    """What holds within, as conditions say that lead there."""


class Binding(Struct, frozen=True, array_like=True, gc=False):
    """A name bound in a scope: a variable, a parameter (in its function's scope, without a value), a property or method
    of a class (`this.x`/`self.x` are kept under "x" in the class's scope), an enum (an `Object` of its members), a
    function (a `Function`), a class (a `Ref` to its superclass, or None; its scope is the one of kind "class" and the
    same name). A name assigned more than once has several bindings, in order. What is assigned to a member of a
    variable, or appended to it, is bound as a property under `variable.*` in the variable's scope, with the member (or
    "[]", or "*" where it is computed) as `path`."""

    scope: int
    name: str
    value: "Value | None"
    start: int
    end: int
    kind: Literal["constant", "variable", "parameter", "property", "function", "class", "type"] = "variable"
    type: str | None = None
    """The annotated type's text; of an interface or a type alias, the text of what it stands for."""
    choices: tuple[Text, ...] = ()
    """The members of a literal union type (`'a' | 'b'`, `Literal["a", "b"]`), of an annotation or a type alias."""
    path: tuple[str, ...] = ()
    """The members of `value` that it is destructured from: `const { a: b } = x` binds b with path ("a",)."""
    over: "Value | None" = None
    """Of a callback's first parameter: what the callback is called for each item of (`names.forEach(name => …)`)."""


class Import(Struct, frozen=True, array_like=True, gc=False):
    """`imported` is the exported name, `*` for the module itself, `default` for its default export."""

    local: str
    module: str
    imported: str
    start: int
    end: int
    type_only: bool = False
    scope: int = 0


class Export(Struct, frozen=True, array_like=True, gc=False):
    """A name that this file gives to others. `module` is set for a re-export; `*` stands for everything."""

    name: str
    local: str
    module: str | None = None


class Textual(Struct, frozen=True, array_like=True, gc=False):
    """A place where the call words (`.from(`, `.table(`, `.rpc(`) stand in the text, and the syntax around it.

    `start` is the offset of the word itself (of `from` in `.from(`), which for code is the `start` of a chain's step.
    """

    word: str
    start: int
    context: Literal["code", "comment", "string", "built-in", "test"]
    """In a file that was not parsed, `built-in` is code that calls a class of the language itself (`Array.from(`), and
    `test` is whatever stands in test code that is not audited."""


class Tried(Struct, frozen=True, array_like=True, gc=False):
    """What stands in a `try` that shows that it may fail: `how`, in words."""

    start: int
    end: int
    how: str


class Words(Struct, frozen=True, array_like=True, gc=False):
    """A set of words, kept as one text: as objects of their own they would take ten times the room, in every file."""

    text: str = "\n"
    """Every word once and in order, each between two line feeds."""

    @classmethod
    def of(cls, words: Iterable[str]) -> "Words":
        """Return these words; one with a line feed in it is no word."""
        found = sorted(words)
        return cls("\n" + "\n".join(found) + "\n") if found else cls()

    def __contains__(self, word: str) -> bool:
        return f"\n{word}\n" in self.text

    def __iter__(self) -> Iterator[str]:
        return iter(self.text.split())

    def among(self, words: Set[str]) -> set[str]:
        """Return those of `words` that are here."""
        return {word for word in words if word in self}


class Addressed(Struct, frozen=True, array_like=True, gc=False):
    """A bucket or an edge function that is asked for by its address. `name` is None where it is told at run time.

    `own` is False where the address begins with a literal host of Supabase, which may be another project's.
    """

    kind: Literal["bucket", "edge-function"]
    name: str | None
    start: int
    end: int
    own: bool = True


class CodeFacts(Struct, frozen=True, array_like=True, gc=False):
    """All facts of one file of code."""

    language: str
    chains: tuple[Chain, ...] = ()
    """Every outermost chain of calls that is kept, in order; chains nested in arguments stand within those."""
    scopes: tuple[Scope, ...] = ()
    bindings: tuple[Binding, ...] = ()
    functions: tuple[Function, ...] = ()
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    textual: tuple[Textual, ...] = ()
    tried: tuple[Tried, ...] = ()
    strings: tuple[Text | Template, ...] = ()
    """String literals that look like SQL and stand outside the kept chains."""
    words: Words = Words()
    """Identifier-like words of the file, comments left out."""
    urls: tuple[int, ...] = ()
    """Where an address of the database's API stands (`/rest/v1`, `/graphql/v1`), outside comments that fill lines."""
    addressed: tuple[Addressed, ...] = ()
    """The buckets and edge functions that are asked for by their address."""
    pragmas: tuple[str, ...] = ()
    """Directives at the head of a file, such as `use client` and `use server`."""
    problems: tuple[Problem, ...] = ()


class Unending(Exception):
    """Reading a file takes longer than any file may; the message says so of the file."""

    def __init__(self, reason: str = "it is nested too deep to be read in time") -> None:
        super().__init__(reason)
