"""What a request to the API says beside its address: its method, headers, body and parameters.

They stand in the call's arguments, in later steps of a builder's chain, or are given to the variable that holds the
request or its address: `request.httpMethod = "POST"`, `url.searchParams.set('select', 'id')`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from tripoint.model.query import ANY_SCHEMA, Operation
from tripoint.model.regex import regex
from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.clients.receivers import role_of_words
from tripoint.sources.code.facts import (
    Binding,
    Chain,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.reaching import same_value
from tripoint.sources.code.reading import reading
from tripoint.sources.code.scene import FileScene, Frame
from tripoint.sources.code.spelled import Spelled, spell

__all__ = ["VERBS", "Asked", "Requests", "sends"]

VERBS: dict[str, Operation] = {
    "get": "select",
    "head": "select",
    "post": "insert",
    "put": "upsert",
    "patch": "update",
    "delete": "delete",
}
_REQUESTS = regex(r"^(?:use|\$|o|safe)?fetch(?:json|wrapper)?$|^(?:axios|got|ky|superagent)$|request$", re.IGNORECASE)
"""What is called with an address to send a request."""
_ENCODERS = frozenset({"stringify", "jsonEncode", "json_encode", "encode", "dumps", "()"})
_BUFFERS = frozenset({"NewReader", "NewBuffer", "NewBufferString", "Marshal", "MarshalIndent", "string", "()"})
"""What stands between a row and the body of a request in Go."""
_DEPTH = 4
"""How deep options that are spread into others are followed."""
_BODY = frozenset({"body", "json", "data", "payload"})
_PARAMETERS = frozenset({"params", "searchParams", "queryParameters", "query"})
_OF_VALUES = frozenset({"Set", "Add"})
"""What gives Go's `url.Values` a parameter."""
_HEADING = frozenset({"setvalue", "addvalue", "set", "add", "addheader", "header", "setheader"})
_LETS_IN = ("authorization", "apikey")
_HEADERS = frozenset({"accept-profile", "content-profile", "prefer", *_LETS_IN})


class Asked(Struct):
    """What is said beside the address."""

    method: str | None = None
    told: bool = True
    """Whether the method is known."""
    schema: str | None = None
    prefer: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    """What the headers that a request is let in by are made from."""

    @property
    def role(self) -> tuple[str | None, str | None]:
        """The role that the request runs as, and what tells it: a token says more than a key."""
        return role_of_words(next((self.keys[name] for name in _LETS_IN if name in self.keys), ""))

    body: list[tuple[str, Value, Frame | None]] = field(default_factory=list)
    parameters: list[Spelled] = field(default_factory=list)
    """Parameters that are no part of the address, each spelled `name=value`."""


class Requests:
    """Reads the requests in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def asked(self, scene: FileScene, chain: Chain, index: int, frame: Frame | None = None) -> Asked:
        """Return what the request that a step of a chain sends says beside its address."""
        path, step = scene.path, chain.steps[index]
        asked = Asked()
        if step.name.lower() in VERBS:
            asked.method = step.name
        options: list[tuple[str, str, Value, Frame | None]] = [(path, e.key, e.value, frame) for e in step.named]
        whole = not step.spread
        handed = self._handed(asked, scene, chain, index, frame)
        for number, given in enumerate(step.arguments):
            if number in handed:
                continue
            verb = _verb(given)
            if verb is not None:
                asked.method = verb
            things = self._follower.evaluate(path, given, frame) if not isinstance(given, Function) else ()
            for at in things:
                if isinstance(at.thing, Object):
                    whole = self._spread(options, at.path, at.thing, at.frame, 0) and whole
                elif isinstance(at.thing, Text) and at.thing.value.lower() in VERBS:
                    asked.method = at.thing.value
                elif number:
                    whole = False
        self._options(asked, options)
        if not asked.body and step.name.lower() in ("post", "put", "patch") and len(step.arguments) > 1:
            asked.body.append((path, _decoded(step.arguments[1]), frame))  # axios.post(url, row)
        if step.name.startswith("NewRequest") and len(step.arguments) > 2:
            asked.body.append((path, _buffered(scene, step.arguments[-1]), frame))
        built = step.name == "url"
        if built:
            self._built(asked, chain, index, path, frame)
        held = scene.holder(chain)
        if held is not None and not built:
            self._given(asked, scene, held, frame)
        if asked.method is None and asked.told:
            # A call that takes the method as its argument has said another one, or an option may.
            takes_method = step.name.lower().endswith("request") or _before(chain, index).lower().endswith("request")
            asked.told = whole and (not takes_method or held is not None or step.name == "new") and not built
        self._parameters_of(asked, scene, step, frame)
        return asked

    def _handed(self, asked: Asked, scene: FileScene, chain: Chain, index: int, frame: Frame | None) -> set[int]:
        """Read what a function of the project that sends the request takes by position, and return which arguments
        these are: `c.request(method, path, query, body)`."""
        step = chain.steps[index]
        before = self._follower.calls.states(scene.path, chain)[index] if len(step.arguments) > 2 else ()
        things = [
            one.thing for at in before for one in ((at,) if step.name == "()" else self._follower.member(at, step.name))
        ]
        handed: set[int] = set()
        for function in [thing for thing in things if isinstance(thing, Function)][:1]:
            for number, (parameter, given) in enumerate(zip(function.parameters, step.arguments, strict=False)):
                if parameter.name in _BODY:
                    asked.body += [] if isinstance(given, Plain) else [(scene.path, given, frame)]
                elif parameter.name in _PARAMETERS:
                    where, value, inner = _given_by(scene.path, given, frame)
                    asked.parameters += self._pairs(where, value, inner)
                    if isinstance(value, Ref) and (caller := self._follower.scene(where)) is not None:
                        asked.parameters += self._searched(caller, value, inner)
                else:
                    continue
                handed.add(number)
        return handed

    def _spread(
        self,
        options: list[tuple[str, str, Value, Frame | None]],
        path: str,
        given: Object,
        frame: Frame | None,
        depth: int,
    ) -> bool:
        """Add what an object of options says, also by what is spread into it; False where that can't all be read."""
        whole = given.complete and (not given.spreads or depth < _DEPTH)
        for spread in given.spreads if depth < _DEPTH else ():
            for at in self._follower.evaluate(path, spread, frame):
                if isinstance(at.thing, Object):
                    whole = self._spread(options, at.path, at.thing, at.frame, depth + 1) and whole
                else:
                    whole = whole and isinstance(at.thing, Plain)
        options += [(path, entry.key, entry.value, frame) for entry in given.entries]
        return whole

    def _options(self, asked: Asked, options: list[tuple[str, str, Value, Frame | None]]) -> None:
        for where, key, value, inner in options:
            if key.lower() == "method":
                asked.method = self._follower.text(where, value, inner)
                asked.told = asked.method is not None
            elif key in _BODY:
                asked.body.append((where, _decoded(value), inner))
            elif key == "headers":
                self._headers(asked, where, value, inner)
            elif key in _PARAMETERS:
                asked.parameters += self._pairs(where, value, inner)

    def _built(self, asked: Asked, chain: Chain, index: int, path: str, frame: Frame | None) -> None:
        """What the other steps of a builder's chain say: `Request.Builder().url(address).post(body).build()`."""
        for number, step in enumerate(chain.steps):
            name = step.name.lower()
            if not step.call_end or number == index:
                continue
            if name in VERBS:
                asked.method = step.name
                asked.body += [(path, _decoded(given), frame) for given in step.arguments[:1]]
            elif name == "method":
                verbs = [verb for given in step.arguments[:1] if (verb := _verb(given)) is not None]
                asked.method, asked.told = (verbs[0], True) if verbs else (None, False)
                asked.body += [(path, _decoded(given), frame) for given in step.arguments[1:2]]
            elif name in _HEADING:
                self._heading(asked, path, step, frame)
        if asked.method is None and asked.told and chain.steps[-1].name == "build":
            asked.method = "get"

    def _given(self, asked: Asked, scene: FileScene, held: Binding, frame: Frame | None) -> None:
        """What is given to the variable of a request after it was made."""
        for given in scene.bindings(held.scope, f"{held.name}.*"):
            if given.value is None or not self._same(scene, held, given.start):
                continue
            if given.path[0] in ("httpMethod", "method"):
                verb = _verb(given.value) or self._follower.text(scene.path, given.value, frame)
                asked.told = verb is not None and (asked.method is None or asked.method == verb)
                asked.method = verb
            elif given.path[0] in ("httpBody", "body"):
                asked.body.append((scene.path, _decoded(given.value), frame))
            elif given.path[0] in ("allHTTPHeaderFields", "headers"):
                self._headers(asked, scene.path, given.value, frame)
        for _, chain in scene.rooted(held.name, lambda step: step.lower() in _HEADING):
            if self._same(scene, held, chain.start):
                self._heading(asked, scene.path, chain.steps[0], frame)

    def _same(self, scene: FileScene, held: Binding, offset: int) -> bool:
        """Whether a variable holds at an offset what it was given."""
        inside = scene.function_range(held.start)
        found = scene.bindings(held.scope, held.name)
        return inside == scene.function_range(offset) and same_value(scene, found, offset, held.end)

    def _heading(self, asked: Asked, path: str, step: Step, frame: Frame | None) -> None:
        given = [*step.arguments, *(entry.value for entry in step.named)]
        texts = [(self._follower.text(path, value, frame) or "").lower() for value in given]
        name = next((text for text in texts if text in _HEADERS), None)
        if name is not None and len(texts) == 2:
            self._header(asked, name, path, given[1 - texts.index(name)], frame)

    def _headers(self, asked: Asked, path: str, value: Value, frame: Frame | None) -> None:
        work = [(path, value, frame)]
        for where, one, inner in work:
            for at in self._follower.evaluate(where, one, inner):
                if not isinstance(at.thing, Object):
                    continue
                work += [(at.path, spread, at.frame) for spread in at.thing.spreads][: max(0, 8 - len(work))]
                for entry in at.thing.entries:
                    self._header(asked, entry.key.lower(), at.path, entry.value, at.frame)
        if isinstance(value, Ref):  # `headers["Accept-Profile"] = schema`
            for key, given, place in assigned_to(self._follower.scene(path), value):
                self._header(asked, key.lower(), place.path, given, frame)

    def _header(self, asked: Asked, name: str, path: str, value: Value, frame: Frame | None) -> None:
        if name in ("accept-profile", "content-profile"):
            asked.schema = self._follower.text(path, value, frame) or ANY_SCHEMA
        elif name == "prefer":
            asked.prefer += self._follower.text(path, value, frame) or ""
        elif name in _LETS_IN:
            asked.keys[name] = reading(self._follower, path, frame).words(value)

    # Parameters

    def _parameters_of(self, asked: Asked, scene: FileScene, step: Step, frame: Frame | None) -> None:
        """What is given to the variables that an address is kept in or made from."""
        for ref in _variables((*step.arguments, *(entry.value for entry in step.named)), 0):
            own = scene.held(ref)
            for binding in own:
                value = binding.value
                if isinstance(value, Chain) and isinstance(value.root, Ref) and value.root.path == ("URLSearchParams",):
                    for given in value.steps[0].arguments[:1]:
                        asked.parameters += self._pairs(scene.path, given, frame)
                elif isinstance(value, (Chain, Template)):  # `const url = `${base}?${params}``
                    for inner in _variables((value,), 0):
                        asked.parameters += self._searched(scene, inner, frame)
            asked.parameters += self._searched(scene, ref, frame)

    def _searched(self, scene: FileScene, ref: Ref, frame: Frame | None) -> Iterator[Spelled]:
        """Yield what is set on the parameters of an address: `url.searchParams.set(name, value)`."""
        own = scene.held(ref)
        inside = scene.function_range(ref.start)
        for root, chain in scene.rooted(ref.path[0], lambda step: step in _OF_VALUES or step in ("set", "append")):
            if root.path not in ((ref.path[0], "searchParams"), (ref.path[0],)):
                continue
            step = chain.steps[0]
            if len(step.arguments) != 2 or not (step.name in _OF_VALUES or _is_parameters(root.path, own)):
                continue
            if scene.function_range(chain.start) == inside and same_value(scene, own, chain.start, ref.start):
                name, value = step.arguments
                if isinstance(name, Text):
                    yield self._pair(scene.path, name.value, name.start, name.end, value, frame)

    def _pairs(self, path: str, value: Value, frame: Frame | None) -> Iterator[Spelled]:
        for at in self._follower.evaluate(path, value, frame):
            if isinstance(at.thing, Object):
                for entry in at.thing.entries:
                    yield self._pair(at.path, entry.key, entry.start, entry.end, entry.value, at.frame)
        if isinstance(value, Ref):
            for key, given, place in assigned_to(self._follower.scene(path), value):
                if key not in ("*", "[]"):
                    yield self._pair(place.path, key, place.start, place.end, given, frame)

    def _pair(self, path: str, key: str, start: int, end: int, value: Value, frame: Frame | None) -> Spelled:
        made = Spelled()
        made.add(key, path, start, end, exact=True)
        made.add("=", path, end, end, exact=False)
        spelled = spell(self._follower, path, value, frame)
        if spelled is not None:
            made.extend(spelled)
        return made


def sends(chain: Chain, index: int) -> bool:
    """Whether a step sends a request: a method of an HTTP client named as its verb, or what fetches or builds one."""
    step = chain.steps[index]
    if len(step.arguments) > 1 and any(isinstance(given, Function) for given in step.arguments[1:2]):
        return False  # a handler of a server or of a mock
    if step.name in ("()", "new"):
        return _REQUESTS.search(_before(chain, index)) is not None
    if step.name == "url":
        words = [*(chain.root.path if isinstance(chain.root, Ref) else ()), *(one.name for one in chain.steps[:index])]
        return any("builder" in word.lower() for word in words)
    return step.name.lower() in VERBS or _REQUESTS.search(step.name) is not None


def _before(chain: Chain, index: int) -> str:
    return chain.steps[index - 1].name if index else chain.root.path[-1] if isinstance(chain.root, Ref) else ""


def _verb(value: Value) -> str | None:
    """Return the method that a literal or a constant of a library stands for: `"POST"`, `http.MethodPost`, `.post`."""
    if isinstance(value, Text) and value.value.lower() in VERBS:
        return value.value.lower()
    if isinstance(value, Ref):
        word = value.path[-1].removeprefix("Method").lower()
        return word if word in VERBS and len(value.path) > 1 else None
    return None


def _is_parameters(path: tuple[str, ...], own: list[Binding]) -> bool:
    """Whether `set` and `append` on a variable are those of an address's parameters."""
    if path[-1] == "searchParams":
        return True
    made = [b.value.root.path for b in own if isinstance(b.value, Chain) and isinstance(b.value.root, Ref)]
    return ("URLSearchParams",) in made


def _given_by(path: str, value: Value, frame: Frame | None) -> tuple[str, Value, Frame | None]:
    """Return what the caller gives where a value is a parameter that is handed on, and where that stands."""
    while frame is not None and frame.function_path == path and isinstance(value, Ref) and len(value.path) == 1:
        names = [parameter.name for parameter in frame.function.parameters[: len(frame.arguments)]]
        if value.path[0] not in names:
            break
        path, value, frame = frame.path, frame.arguments[names.index(value.path[0])], frame.parent
    return path, value, frame


def _variables(values: tuple[Value, ...], depth: int) -> Iterator[Ref]:
    """Yield the variables that an address is given by, or put together from."""
    for value in values:
        if isinstance(value, Ref) and len(value.path) <= 2:
            yield value
        elif isinstance(value, Template):
            yield from _variables(value.parts, depth + 1)
        elif isinstance(value, Chain) and depth < 3:
            yield from _variables((value.root,), depth + 1)
            if value.steps[0].name in ("Request", "new", "()"):
                yield from _variables(value.steps[0].arguments[:1], depth + 1)


def _buffered(scene: FileScene, value: Value) -> Value:
    """Return what is written as JSON into the body of Go's `http.NewRequest`: `bytes.NewReader(data)`, after
    `data, err := json.Marshal(row)`."""
    for _ in range(_DEPTH):
        if isinstance(value, Ref):
            # `var reader io.Reader` holds nothing until it is given the row that there is.
            held = [binding.value for binding in scene.held(value) if binding.value is not None]
            if len(held) != 1 or not isinstance(held[0], Chain):
                break
            value = held[0]
        elif not isinstance(value, Chain) or len(value.steps) != 1 or not value.steps[0].arguments:
            break
        step = value.steps[0]
        if step.name not in _BUFFERS or not step.arguments:
            break
        value = step.arguments[0]
        if step.name.startswith("Marshal"):
            return value
    return Opaque(value.start, value.end)


def _decoded(value: Value) -> Value:
    """Return what is written as JSON: the argument of `JSON.stringify`, `jsonEncode`, `json.dumps`, and what Swift's
    `JSONSerialization.data` names."""
    if isinstance(value, Chain):
        for entry in value.steps[-1].named:
            if entry.key == "withJSONObject":
                return entry.value
    if isinstance(value, Chain) and value.steps[-1].arguments and len(value.steps) <= 2:
        step = value.steps[-1]
        named = step.name if step.name != "()" else value.root.path[-1] if isinstance(value.root, Ref) else ""
        if named in _ENCODERS and (len(value.steps) == 1 or value.steps[0].name == "()"):
            return step.arguments[0]
    return value
