"""What an object of one of the project's classes in Python is written as.

`model_dump()` and `dict()` of pydantic and SQLModel, `asdict()` of dataclasses, FastAPI's `jsonable_encoder`, and a
`TypedDict` as it is. A key that may be left out makes the row incomplete; where a setting decides that isn't read here,
there is no row at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Array, Binding, Chain, Entry, Object, Opaque, Plain, Ref, Step, Text, Value
from tripoint.sources.code.scene import At, Class, External, FileScene, Frame, Free, Instance

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["PythonRows"]

Kind = Literal["model", "dataclass", "typed dict"]

_DEPTH = 8
"""How far up a class's fields are collected."""
_DUMPS = frozenset({"model_dump", "dict"})
_SAME_MODEL = frozenset({"model_validate", "model_construct", "model_copy", "parse_obj", "construct", "copy"})
"""Methods of a model that give an object of its class."""
_MODELS = frozenset({"BaseModel", "SQLModel", "BaseSettings", "GenericModel"})
_MODEL_PACKAGES = frozenset({"pydantic", "sqlmodel", "pydantic_settings"})
_WITHOUT_FIELDS = frozenset({"ABC", "Generic", "Protocol", "object"})
_NO_FIELD = regex(r"^(?:typing\.|t\.|dataclasses\.)?(?:ClassVar|InitVar|KW_ONLY)\b")
_NULLABLE = regex(r"\b(?:None|Optional|Any|object)\b")
_SOLID = regex(
    r"^(?:\w+\.)?(?:str|int|float|bool|bytes|list|dict|set|tuple|List|Dict|Set|Tuple|Literal|UUID4?|Decimal|date|time"
    r"|datetime|timedelta|AwareDatetime|EmailStr|HttpUrl|AnyUrl|AnyHttpUrl|constr|conint|confloat|condecimal"
    r"|Positive(?:Int|Float)|NonNegative(?:Int|Float))\b"
)
"""Types that are never None; any other name may be an alias of one that is."""
_OPTIONS = frozenset({"exclude_none", "exclude_unset", "exclude_defaults", "by_alias"})


class _Field(Struct, frozen=True):
    """A field of a class: `alias` is None where it can't be told, `required` whether it has no default."""

    name: str
    alias: str | None
    start: int
    end: int
    required: bool
    nullable: bool
    excluded: bool = False
    optional: bool = False
    """Of a `TypedDict`: whether the key may be left out."""


class _Fields(Struct):
    """The fields of a class and of those above it."""

    by_name: dict[str, _Field]
    kinds: set[Kind]
    known: bool = True
    """False where a class above it, or what its file says, may change which keys are written."""
    more: bool = False
    """Whether there may be others."""


class _Dump(Struct):
    """What a call that writes an object says of its keys."""

    by_alias: bool = False
    exclude_none: bool = False
    exclude_unset: bool = False
    exclude_defaults: bool = False
    exclude: frozenset[str] = frozenset()
    include: frozenset[str] | None = None


class PythonRows:
    """Collects rows in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def row(self, at: At) -> tuple[str, Object] | None:
        """Return what an object is written as that is given to a client itself: a `TypedDict`, no other."""
        fields = self._fields(at, 0)
        if fields is None or fields.kinds != {"typed dict"}:
            return None
        entries = [Entry(f.name, Opaque(f.start, f.end), f.start, f.end) for f in fields.by_name.values()]
        sure = [e for e in entries if not fields.by_name[e.key].optional]
        bounded = fields.known and not fields.more
        row = self._object(at, sure, len(sure) == len(entries), bounded)
        return at.path, replace(row, optional=tuple(e for e in entries if e not in sure))

    def dumped(self, at: At, step: Step, path: str, frame: Frame | None) -> list[At]:
        """Return what a method of a model gives: its row, or an object of its class; nothing where it is another."""
        scene = self._follower.scene(at.path)
        if scene is None or scene.facts.language != "python" or not isinstance(at.thing, (Instance, Class)):
            return []
        dumps = step.name in _DUMPS and isinstance(at.thing, Instance)
        if not dumps and step.name not in _SAME_MODEL:
            return []
        fields = self._fields(at, 0)
        if fields is None or "model" not in fields.kinds or self._overrides(at, step.name):
            return []
        if not dumps:
            return [At(at.path, Instance(at.thing.name, at.thing.scope))]
        said = None if step.arguments or step.spread else self._said(step.named, path, frame, _Dump())
        return self._written(at, fields, said)

    def encoded(self, module: str, name: str, step: Step, path: str, frame: Frame | None) -> list[At]:
        """Return what a function of a package makes of an object: `asdict(row)`, `jsonable_encoder(row)`."""
        given = step.arguments[:1]
        if not given or step.spread or len(step.arguments) > 1:
            return []
        asdict = name == "asdict" and module in ("dataclasses", "attr", "attrs") and not step.named
        encoder = name == "jsonable_encoder" and module.partition(".")[0] == "fastapi"
        if not (asdict or encoder):
            return []
        made: list[At] = []
        for at in self._follower.evaluate(path, given[0], frame):
            if encoder and isinstance(at.thing, (Object, Array)) and not step.named:
                made.append(at)
                continue
            fields = self._fields(at, 0)
            if fields is None or (encoder and "model" not in fields.kinds) or (asdict and "model" in fields.kinds):
                return []
            said = self._said(step.named, path, frame, _Dump(by_alias=encoder))
            row = self._written(at, fields, said)
            if not row:
                return []
            made += row
        return made

    def _written(self, at: At, fields: _Fields, said: _Dump | None) -> list[At]:
        if said is None or not fields.known:
            return []
        entries: list[Entry] = []
        whole, bounded = True, not fields.more
        for field in fields.by_name.values():
            if field.excluded or field.name in said.exclude:
                continue
            if said.include is not None and field.name not in said.include:
                continue
            key = field.alias if said.by_alias else field.name
            left_out = (said.exclude_none and field.nullable) or (
                (said.exclude_unset or said.exclude_defaults) and (field.nullable or not field.required)
            )
            bounded = bounded and key is not None
            whole = whole and not left_out
            if key is not None:
                entries.append(Entry(key, Opaque(field.start, field.end), field.start, field.end))
        return [At(at.path, self._object(at, entries, whole, bounded))]

    def _object(self, at: At, entries: list[Entry], whole: bool, bounded: bool) -> Object:
        scene = self._follower.scene(at.path)
        assert scene is not None
        assert isinstance(at.thing, (Instance, Class))
        around = scene.facts.scopes[at.thing.scope]
        # An object of a class below it has more.
        bounded = bounded and not self._follower.subclasses.get(at.thing.name)
        whole = whole and bounded
        return Object(tuple(entries), around.start, around.end, complete=whole, bounded=bounded)

    # What the call says

    def _said(self, named: tuple[Entry, ...], path: str, frame: Frame | None, said: _Dump) -> _Dump | None:
        for entry in named:
            if entry.key in _OPTIONS:
                value = entry.value
                if not (isinstance(value, Plain) and value.kind in ("boolean", "null")):
                    return None
                setattr(said, entry.key, value.value == "True")
            elif entry.key in ("exclude", "include"):
                keys = self._keys(entry.value, path, frame)
                if keys is None:
                    return None
                if entry.key == "exclude":
                    said.exclude = keys
                else:
                    said.include = keys
        return said

    def _keys(self, value: Value, path: str, frame: Frame | None) -> frozenset[str] | None:
        """Return the names of a set, or of a dict of names that are true; None where they can't all be read."""
        things = self._follower.evaluate(path, value, frame)
        thing = things[0].thing if len(things) == 1 else None
        if isinstance(thing, Array) and thing.complete:
            texts = [item for item in thing.items if isinstance(item, Text)]
            return frozenset(text.value for text in texts) if len(texts) == len(thing.items) else None
        if isinstance(thing, Object) and thing.complete and not thing.spreads:
            values = [entry.value for entry in thing.entries]
            if all(isinstance(one, Plain) and one.value == "True" for one in values):
                return frozenset(entry.key for entry in thing.entries)
        return None

    # What the classes say

    def _fields(self, at: At, depth: int) -> _Fields | None:
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or scene.facts.language != "python" or depth > _DEPTH:
            return None
        if not isinstance(thing, (Instance, Class)) or thing.scope < 0:
            return None
        outer = scene.parent(thing.scope)
        declared = [b for b in scene.bindings(outer, thing.name) if b.kind == "class"]
        if len(declared) != 1:
            return None
        fields = _Fields({}, set())
        bases = [part for part in (declared[0].type or "").split(",") if part.strip()]
        options = [base.strip() for base in bases if "=" in base]
        names = [base.strip() for base in bases if "=" not in base]
        for name in reversed(names):
            self._add_base(fields, at.path, name, outer, declared[0], depth)
        if not fields.kinds:
            fields.kinds.add("dataclass")
        self._add_own(fields, scene, thing.scope, "total=False" in options)
        fields.known = fields.known and len(fields.kinds) == 1
        return fields

    def _add_base(self, fields: _Fields, path: str, name: str, scope: int, declared: Binding, depth: int) -> None:
        first, *rest = name.split(".")
        found = self._follower.members(self._follower.name(path, first, scope), tuple(rest))
        base = found[0] if len(found) == 1 else None
        thing = base.thing if base is not None else None
        last = name.rpartition(".")[2]
        if isinstance(thing, External) and thing.module.partition(".")[0] in _MODEL_PACKAGES and last in _MODELS:
            fields.kinds.add("model")
        elif isinstance(thing, External) and last == "TypedDict":
            fields.kinds.add("typed dict")
        elif isinstance(thing, (External, Free)) and last in _WITHOUT_FIELDS:
            return
        else:
            above = self._fields(base, depth + 1) if base is not None else None
            if above is None or base is None:
                fields.known = False
                return
            fields.kinds |= above.kinds if above.kinds != {"dataclass"} or above.by_name else set()
            fields.known = fields.known and above.known
            fields.more = fields.more or above.more
            at = declared.value if isinstance(declared.value, Ref) else declared
            for one in above.by_name.values():  # what stands in another file is shown where it is inherited
                moved = one if base.path == path else _at(one, at.start, at.end)
                fields.by_name[one.name] = moved

    def _add_own(self, fields: _Fields, scene: FileScene, scope: int, partial: bool) -> None:
        words = scene.facts.words
        model = "model" in fields.kinds
        fields.known = fields.known and not (model and ("model_serializer" in words or "serialize_by_alias" in words))
        fields.more = fields.more or (model and ("allow" in words or "computed_field" in words))
        unnamed = model and "alias_generator" in words
        for binding in scene.facts.bindings:
            if binding.scope != scope or binding.type is None or scene.scope_at(binding.start) != scope:
                continue
            if binding.kind not in ("property", "variable", "constant", "type") or _NO_FIELD.match(binding.type):
                continue
            if model and (binding.name.startswith("_") or binding.name == "model_config"):
                continue
            field = _field_of(binding, partial, unnamed)
            if field is not None:
                fields.by_name[field.name] = field

    def _overrides(self, at: At, name: str) -> bool:
        """Whether a class of the project, or one above it, writes the method itself."""
        found = self._follower.classes.member(at, name)
        return any(not isinstance(one.thing, (External, Free)) for one in found)


def _at(field: _Field, start: int, end: int) -> _Field:
    return _Field(field.name, field.alias, start, end, field.required, field.nullable, field.excluded, field.optional)


def _field_of(binding: Binding, partial: bool, unnamed: bool) -> _Field | None:
    """Return the field that an annotated name is; None where it is none. `partial` is what `total=False` says."""
    annotation = (binding.type or "").strip().strip("\"'")
    nullable = _NULLABLE.search(annotation) is not None or _SOLID.match(annotation) is None
    optional = "NotRequired[" in annotation or (partial and not annotation.startswith("Required["))
    alias: str | None = None if unnamed or "alias" in annotation else binding.name
    required, excluded = binding.value is None, "exclude=" in annotation
    value = binding.value
    called = value.root.path[-1] if isinstance(value, Chain) and isinstance(value.root, Ref) else ""
    if (
        isinstance(value, Chain)
        and len(value.steps) == 1
        and called in ("Field", "field", "Relationship", "PrivateAttr")
    ):
        if called in ("Relationship", "PrivateAttr"):
            return None
        step = value.steps[0]
        named = {entry.key: entry.value for entry in step.named}
        given = step.arguments[0] if step.arguments else named.get("default")
        ellipsis = isinstance(given, Opaque) and given.end - given.start == len("...")
        required = (given is None or ellipsis) and "default_factory" not in named
        excluded = excluded or "exclude" in named
        for name in ("alias", "serialization_alias"):
            if name in named:
                text = named[name]
                alias = text.value if isinstance(text, Text) else None
        if step.spread:
            alias = None
    return _Field(
        binding.name, alias, binding.start, binding.end, required, nullable, excluded=excluded, optional=optional
    )
