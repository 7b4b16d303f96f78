"""What a type's text says about a value: a client, a class, one of several strings, what a function returns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tripoint.model.regex import regex
from tripoint.sources.code.clients.receivers import client_of_type
from tripoint.sources.code.declared import all_optional, member_type
from tripoint.sources.code.facts import Import, Object, Step, Text
from tripoint.sources.code.modules import package_name
from tripoint.sources.code.scene import At, External, Instance, Typed

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["Types", "element_type"]

_PYTHON = (".py", ".pyi")
_DEPTH = 8
"""How many names and wrappers a type is followed through."""

_NOTHING = frozenset({"null", "undefined", "any", "unknown", "never", "None"})
_PYTHON_ANY = frozenset({"Any", "typing.Any", "t.Any", "object"})
"""What says nothing of a value in Python: taken for a class of a package, it would say that it is that one's."""
_PRIMITIVE = frozenset({"string", "number", "boolean", "bigint", "symbol", "void"})
"""What no type can be called in TypeScript."""
_UNWRAPPED = regex(
    r"^(?:Promise|Awaited|Ref|ShallowRef|MutableRefObject|RefObject|Readonly|Partial|NonNullable|Required)<(.*)>$",
    re.DOTALL,
)
_PYTHON_FORM = regex(r"^(?:\w+\.)?(Annotated|Optional|Union|Final|ClassVar|Required|NotRequired)\[(.*)\]$", re.DOTALL)
_PYTHON_LIST = regex(
    r"^(?:\w+\.)*(?:List|list|Sequence|MutableSequence|Iterable|Collection|Iterator)\[\s*([^,]+?)\s*\]$", re.DOTALL
)
_DART_LIST = regex(r"^(?:List|Iterable|Set)\s*<\s*([\w.]+)\s*>\??$")
_TYPEOF = regex(r"^typeof\s+([\w$.]+)$")
_RETURN_TYPE = regex(r"^ReturnType<\s*typeof\s+([\w$.]+)\s*>$")
_TYPE_NAME = regex(r"^([A-Za-z_$][\w$.]*)\s*(?:[<\[].*)?$", re.DOTALL)
_INDEXED = regex(r"^([A-Za-z_$][\w$.]*)\s*((?:\[\s*['\"][\w$]+['\"]\s*\]\s*)+)(?:\[\s*\]\s*)*$")
"""Members of a type: `Database["public"]["Tables"]`."""
_OF_ONE = regex(r"^[\w$.]+\s*(?:<.*>)?\s*\[\s*[^\]\s]", re.DOTALL)
"""A member whose key is none that is written out: `Row[K]`, `Rows[number]`."""
_VALUES_OF = regex(r"^\(?\s*typeof\s+([\w$.]+)\s*\)?\s*\[\s*(?:number|keyof\s+typeof\s+[\w$.]+)\s*\]$")
_OF_SCHEMA = regex(r"^z(?:od)?\.(?:infer|output|TypeOf)<\s*typeof\s+([\w$.]+)\s*>$")
_KEYS_OF = regex(r"^keyof\s+typeof\s+([\w$.]+)$")


def element_type(path: str, text: str) -> str | None:
    """Return what a list of Python or Dart is annotated to hold, as `Item` of `list[Item]` and `List<Item>`."""
    pattern = _DART_LIST if path.endswith(".dart") else _PYTHON_LIST if path.endswith(_PYTHON) else None
    match = pattern.match(text.strip()) if pattern is not None else None
    return match[1] if match is not None else None


class Types:
    """Reads types in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._homes: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def of(self, path: str, text: str, scope: int, depth: int = 0) -> list[At]:
        """Return what a type's text says about a value of it."""
        text = text.strip().rstrip(";").strip()
        if depth > _DEPTH or not text or (text in _PRIMITIVE and not path.endswith(_PYTHON)):
            return [At(path, Typed(text))]
        nothing = _NOTHING | _PYTHON_ANY if path.endswith(_PYTHON) else _NOTHING
        parts = [part for part in _split(text, "|&") if part not in nothing]
        if len(parts) != 1:
            either = [at for part in parts for at in self.of(path, part, scope, depth + 1)]
            if not all(isinstance(at.thing, Text) for at in either):
                either = [_one_of_many(at) for at in either]
            return either or [At(path, Typed(text))]
        text = parts[0]
        form = _PYTHON_FORM.match(text)
        if form is not None:  # what follows the first of Annotated says how it is come by, as Depends(…) of FastAPI
            inner = _split(form[2], ",")
            return self.of(path, " | ".join(inner if form[1] == "Union" else inner[:1]), scope, depth + 1)
        if element_type(path, text) is not None:
            return [At(path, Typed(text))]
        if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] and text.count(text[0]) == 2:
            if path.endswith(_PYTHON):  # a type that is written ahead of its import
                return self.of(path, text[1:-1], scope, depth + 1)
            return [At(path, Text(text[1:-1], 0, 0, exact=False))]
        wrapped = _UNWRAPPED.match(text)
        if wrapped:
            inside = self.of(path, wrapped[1], scope, depth + 1)
            return [_partial(at) for at in inside] if text.startswith("Partial") else inside
        for pattern, take in (
            (_TYPEOF, None),
            (_OF_SCHEMA, None),
            (_RETURN_TYPE, "()"),
            (_VALUES_OF, "*"),
            (_KEYS_OF, "keys"),
        ):
            match = pattern.match(text)
            if match:
                return self._typeof(path, match[1], take, scope, text)
        indexed = _INDEXED.match(text)
        if indexed is not None:
            return self._indexed(path, indexed[1], re.findall(r"[\w$]+", indexed[2]), scope, depth)
        return self._named_type(path, text, scope, depth)

    def _indexed(self, path: str, base: str, keys: list[str], scope: int, depth: int) -> list[At]:
        """Return what the member of a member of a type says, where each is written out."""
        found: list[At] = []
        for at in self.of(path, base, scope, depth + 1):
            text: str | None = at.thing.text if isinstance(at.thing, Typed) else None
            for key in keys:
                text = member_type(text, key) if text is not None else None
            found += self.of(at.path, text, 0, depth + 1) if text is not None else [At(path, Typed(base))]
        return found

    def _typeof(self, path: str, dotted: str, take: str | None, scope: int, text: str) -> list[At]:
        first, *rest = dotted.split(".")
        here = self._follower.members(self._follower.name(path, first, scope), tuple(rest))
        if take == "()":
            call = Step("()", 0, 0, call_end=1)
            return [found for at in here for found in self._follower.calls.apply(at, call, path, None)]
        if take == "*":
            return self._follower.members(here, ("*",))
        if take == "keys":
            keys: list[At] = []
            for at in here:
                if isinstance(at.thing, Object):
                    keys += [At(at.path, Text(e.key, e.start, e.end)) for e in at.thing.entries]
            return keys or [At(path, Typed(text))]
        return here

    def _named_type(self, path: str, text: str, scope: int, depth: int) -> list[At]:
        match = _TYPE_NAME.match(text)
        if match is None or (_OF_ONE.match(text) and not path.endswith(_PYTHON)):
            return [At(path, Typed(text))]
        first, *rest = match[1].split(".")
        scene = self._follower.scene(path)
        while scene is not None and scope >= 0:
            for binding in scene.bindings(scope, first):
                if binding.kind == "class":
                    return [At(path, Instance(first, scene.class_scopes.get(first, -1)))]
                if binding.choices:
                    return [At(path, choice) for choice in binding.choices]
                if binding.kind == "type" and binding.type is not None:
                    if binding.type.lstrip().startswith("{"):
                        return [At(path, Typed(binding.type))]
                    return self.of(path, binding.type, binding.scope, depth + 1)
            imported = scene.imported(scope, first)
            if imported is not None:
                return self._imported_type(path, imported, rest, text, depth)
            scope = scene.parent(scope)
        for opened in scene.open_imports if scene is not None and depth <= _DEPTH else ():
            target = self._follower.modules.resolve(path, opened.module)
            for home, local in self._type_home(target, first) if target is not None else ():
                return self._named_type(home, local, 0, depth + 1)
        client = client_of_type("", match[1], text)
        named = self._follower.modules.declaring(path, first) if client is None and depth <= _DEPTH else None
        if named is not None and self._type_home(named, first):
            return self._named_type(named, first, 0, depth + 1)
        return [At(path, client if client is not None else Typed(text))]

    def _imported_type(self, path: str, imported: Import, rest: list[str], text: str, depth: int) -> list[At]:
        name = rest[-1] if imported.imported == "*" and rest else imported.imported
        target = self._follower.modules.resolve(path, imported.module)
        if target is None:
            client = client_of_type(package_name(imported.module), name, text)
            named = (
                self._follower.modules.declaring(path, name, imported.module)
                if client is None and depth <= _DEPTH
                else None
            )
            if named is not None and self._type_home(named, name):
                return self._named_type(named, name, 0, depth + 1)
            return [At(path, client if client is not None else External(package_name(imported.module), (name,)))]
        for home, local in self._type_home(target, name) if depth <= _DEPTH else ():
            return self._named_type(home, local, 0, depth + 1)
        return [At(path, Typed(text))]

    def _type_home(self, path: str, name: str) -> list[tuple[str, str]]:
        """Return the module that declares a type which another gives, and its name there. Each is asked once."""
        if (path, name) not in self._homes:
            self._homes[path, name] = self._search_home(path, name)
        return self._homes[path, name]

    def _search_home(self, path: str, name: str) -> list[tuple[str, str]]:
        pending, asked = [(path, name)], set[tuple[str, str]]()
        while pending:
            path, name = pending.pop()
            scene = self._follower.imports.giving(path, name) if (path, name) not in asked else None
            if scene is None:
                continue
            asked.add((path, name))
            given = scene.exports.get(name, ())
            own = name if not scene.exports and scene.bindings(0, name) else None
            own = next((export.local for export in given if export.module is None), own)
            if own is not None:
                return [(path, own)]
            handed = [(e.module, e.local) for e in given] + [(e.module, name) for e in scene.exports.get("*", ())]
            homes = [(self._follower.modules.resolve(path, module), local) for module, local in handed if module]
            pending += [(home, local) for home, local in reversed(homes) if home is not None]
        return []

    def member(self, path: str, text: str, name: str, asked: set[tuple[str, str]] | None = None) -> list[At]:
        """Return what a type says about a member of a value of it; nothing where it says nothing.

        `asked` are the types that led here: each is asked once, since types may be made of each other.
        """
        asked = set() if asked is None else asked
        asked.add((path, text))
        scene = self._follower.scene(path)
        scope = 0
        inner = element_type(path, text)
        if inner is not None:
            return self.of(path, inner, scope) if name == "*" or name.isdigit() else []
        if not text.lstrip().startswith("{"):
            found: list[At] = []
            for at in self.of(path, text, scope):
                if isinstance(at.thing, Typed) and (at.path, at.thing.text) not in asked:
                    found += self.member(at.path, at.thing.text, name, asked)
                elif not isinstance(at.thing, (Typed, Text)):
                    found += self._follower.member(at, name)
            return found
        match = re.search(rf"(?<![\w.'\"]){re.escape(name)}\??\s*:\s*([^;,\n}}]+)", text)
        if match is None or scene is None:
            return []
        return self.of(path, match[1], scope)


def _one_of_many(at: At) -> At:
    """Return a constant's text as one that a type alone tells: what the type says besides, `string`, tells no text."""
    return At(at.path, Text(at.thing.value, 0, 0, exact=False)) if isinstance(at.thing, Text) else at


def _partial(at: At) -> At:
    """Return a type with all of its keys optional."""
    written_out = isinstance(at.thing, Typed) and at.thing.text.startswith("{")
    return At(at.path, Typed(all_optional(at.thing.text))) if isinstance(at.thing, Typed) and written_out else at


def _split(text: str, separators: str) -> list[str]:
    """Split a type at the separators that stand outside of brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char in "<([{":
            depth += 1
        elif char in ">)]}" and not (char == ">" and index and text[index - 1] == "="):
            depth -= 1
        elif char in separators and depth <= 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]
