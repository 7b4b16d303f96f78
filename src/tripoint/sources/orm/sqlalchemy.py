"""SQLAlchemy's declarative models, SQLModel's tables and Core's `Table(…)` in the facts of Python modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Array, Binding, Chain, CodeFacts, Object, Plain, Ref, Step, Text, Value
from tripoint.sources.orm.classes import PythonClass, inherited, python_classes
from tripoint.sources.orm.models import Model, ModelColumn, ModelKey
from tripoint.sources.orm.tablenames import made_name, makes_name, snake_case

__all__ = ["sqlalchemy_models", "unnamed_models"]

_COLUMNS = frozenset({"Column", "mapped_column", "Field", "deferred"})
_NOT_MAPPED = frozenset(
    [
        "relationship",
        "Relationship",
        "synonym",
        "association_proxy",
        "hybrid_property",
        "backref",
        "column_property",
        "PrivateAttr",
    ]
)
_PLAIN_CALLS = frozenset({"dict", "frozenset", "list", "set", "tuple", "composite", "query_expression", "validates"})
_NO_COLUMN_TYPE = regex(r"\b(?:ClassVar|Relationship|WriteOnlyMapped|DynamicMapped|AssociationProxy)\b")
_FOREIGN_KEY = frozenset({"ForeignKey"})
_FLASK_BASE = regex(r"(?!(?:models|orm|pw|peewee)\.)\w+\.Model")
"""The base class that an extension of Flask makes: it names the tables of what has a primary key."""


def sqlalchemy_models(modules: Mapping[str, CodeFacts]) -> dict[str, list[Model]]:
    """Return the models of a project's Python modules by path; columns of mixins and bases count to the model."""
    relevant, classes, known = _declared(modules)
    # A class without a table of its own adds to its parent's what is not gathered here; so may what makes a base class.
    open_ended = {
        base.name
        for made in known.values()
        if made.value("__tablename__") is None and any(_column(binding, False) for binding in made.bindings)
        for base in inherited(made, known)
        if base.value("__tablename__") is not None
    } | {binding.name for facts in relevant.values() for binding in facts.bindings if _is_given_class(binding.value)}
    found: dict[str, list[Model]] = {}
    for path, facts in relevant.items():
        models = [model for made in classes[path] if (model := _model(made, known, open_ended)) is not None]
        models += _core(facts)
        if models:
            found[path] = models
    return found


def unnamed_models(modules: Mapping[str, CodeFacts]) -> list[PythonClass]:
    """Return the classes whose table has a name that only a method can tell: what they map to is not known."""
    _, classes, known = _declared(modules)
    return [made for listed in classes.values() for made in listed if _is_unnamed(made, known)]


_WORDS = frozenset({"Column", "mapped_column", "SQLModel", "Mapped", "declared_attr"})


def _declared(
    modules: Mapping[str, CodeFacts],
) -> tuple[dict[str, CodeFacts], dict[str, list[PythonClass]], dict[str, PythonClass]]:
    """Return the modules that may hold models, their classes, and these by name."""
    relevant = {
        path: facts for path, facts in modules.items() if facts.language == "python" and facts.words.among(_WORDS)
    }
    classes = {path: python_classes(path, facts) for path, facts in relevant.items()}
    return relevant, classes, {made.name: made for listed in classes.values() for made in listed}


def _is_unnamed(made: PythonClass, known: Mapping[str, PythonClass]) -> bool:
    """Whether a class has a table whose name neither it nor a base class writes out: a method makes it, or the base
    does that SQLAlchemy is given.
    """
    family = (made, *inherited(made, known))
    if made.value("__abstract__") is not None or made.value("__tablename__") is not None or "table=True" in made.bases:
        return False
    if any(makes_name(one) for one in family):
        return _is_named_by_method(made, known) and made_name(made.name, family) is None
    named = any(one.value("__tablename__") is not None for one in family) or _named_by_flask(made, known) is not None
    rooted = any(base.endswith("Base") and base not in known for base in made.bases)
    return rooted and not named and any(_is_key(binding.value) for binding in made.bindings)


def _is_named_by_method(made: PythonClass, known: Mapping[str, PythonClass]) -> bool:
    """Whether a class has a table of its own whose name a method makes: a base class that brings the method along has
    none, and neither has what columns are only mixed in from.
    """
    if made.value("__tablename__") is not None or made.value("__abstract__") is not None:
        return False
    if not any(_column(binding, False) is not None for binding in made.bindings):
        return False
    bases = list(inherited(made, known))
    given = {base for one in (made, *bases) for base in one.bases} - _ROOTS
    if not any(base.endswith(("Base", "Model")) for base in given) and not any(_ROOTS & {*one.bases} for one in bases):
        return False
    own = makes_name(made) and not any(one is made for other in known.values() for one in inherited(other, known))
    return own or any(makes_name(base) for base in bases)


_ROOTS = frozenset({"DeclarativeBase", "orm.DeclarativeBase", "DeclarativeBaseNoMeta"})


def _named_by_flask(made: PythonClass, known: Mapping[str, PythonClass]) -> str | None:
    """Return the name that Flask-SQLAlchemy gives a model's table; None for what it leaves to SQLAlchemy: an abstract
    class, and one without a primary key of its own, which is in the table of its parent.
    """
    if made.value("__abstract__") is not None or "Model" in known or "AbstractConcreteBase" in made.bases:
        return None
    bases = list(inherited(made, known))
    if not any(_FLASK_BASE.fullmatch(base) for one in (made, *bases) for base in one.bases):
        return None
    mixed_in = (one for one in bases if one.value("__abstract__") is not None or not _reaches_flask(one, known))
    if not any(_is_key(binding.value) for one in (made, *mixed_in) for binding in one.bindings):
        return None
    return snake_case(made.name)


def _reaches_flask(made: PythonClass, known: Mapping[str, PythonClass]) -> bool:
    return any(_FLASK_BASE.fullmatch(base) for one in (made, *inherited(made, known)) for base in one.bases)


def _is_key(value: Value | None) -> bool:
    return isinstance(value, Chain) and any(
        entry.key == "primary_key" and isinstance(entry.value, Plain) and entry.value.value.lower() == "true"
        for step in value.steps
        for entry in step.named
    )


def _is_given_class(value: Value | None) -> bool:
    """`declarative_base(cls=…)`: the base class brings along what that class has."""
    calls = value.steps if isinstance(value, Chain) and _maker(value) == "declarative_base" else ()
    return any(entry.key == "cls" for step in calls for entry in step.named)


def _maker(value: Value | None) -> str:
    """Return the name of what makes a value, under whatever name its module is known (`Table(…)`, `sa.Table(…)`)."""
    if not isinstance(value, Chain) or not value.steps:
        return ""
    if value.steps[0].name != "()":
        return value.steps[0].name
    return value.root.path[-1] if isinstance(value.root, Ref) else ""


def _model(made: PythonClass, known: Mapping[str, PythonClass], open_ended: set[str]) -> Model | None:
    bases = list(inherited(made, known))
    named = made.value("__tablename__")
    name = named.value if named is not None else None
    start, end = made.start, made.end
    if isinstance(name, Text):
        table, start, end = name.value, name.start, name.end
    elif any(makes_name(one) for one in (made, *bases)):
        given = made_name(made.name, (made, *bases)) if _is_named_by_method(made, known) else None
        if given is None:
            return None
        table = given
    elif named is None and "table=True" in made.bases:
        table = made.name.lower()
    elif named is None and (given := _named_by_flask(made, known)) is not None:
        table = given
    else:
        return None
    columns: dict[str, ModelColumn] = {}
    keys: list[ModelKey] = []
    # What a base with a table of its own brings along, its mixins' columns too, is in that table.
    mixins = {b.name for b in bases if b.value("__tablename__") is None and not _is_named_by_method(b, known)}
    for owner in (made, *inherited(made, known, lambda base: base.name in mixins)):
        for binding in (*owner.bindings, *owner.returned):
            column = _column(binding, "table=True" in made.bases and binding not in owner.returned)
            if column is not None and column.name not in columns:
                here = owner is made
                columns[column.name] = column if here else replace(column, start=start, end=end)
                keys += _foreign(binding.value, column, (start, end) if not here else (column.start, column.end))
    family = (made, *bases)
    complete = (
        all(base.rpartition(".")[2] in known or _is_plain(base) for base in _all_bases(made, bases))
        and open_ended.isdisjoint((made.name, *_all_bases(made, bases)))
        and not any(_may_be_column(binding) for one in family for binding in one.bindings)
    )
    return Model(
        made.name,
        table,
        start,
        end,
        _schema(made, bases),
        tuple(columns.values()),
        tuple(keys),
        complete,
        client="sqlalchemy",
    )


def _may_be_column(binding: Binding) -> bool:
    """Whether a name is bound to what some function returns, which may make columns."""
    value = binding.value
    if not isinstance(value, Chain) or not isinstance(value.root, Ref) or binding.name.startswith("_"):
        return False
    called = [step.name for step in value.steps] == ["()"] and len(value.root.path) == 1
    maker = value.root.path[-1]
    return called and maker[:1].islower() and maker not in _COLUMNS | _NOT_MAPPED | _PLAIN_CALLS


def _all_bases(made: PythonClass, bases: list[PythonClass]) -> Iterator[str]:
    for one in (made, *bases):
        yield from (base for base in one.bases if "=" not in base)


def _is_plain(base: str) -> bool:
    """Whether a base that the project does not declare brings no columns along."""
    last = base.rpartition(".")[2]
    return last in {
        "Base",
        "Model",
        "DeclarativeBase",
        "SQLModel",
        "MappedAsDataclass",
        "AsyncAttrs",
        "object",
        "Generic",
    }


def _schema(made: PythonClass, bases: list[PythonClass]) -> str | None:
    for owner in (made, *bases):
        arguments = owner.value("__table_args__")
        value = arguments.value if arguments is not None else None
        options = value.items[-1] if isinstance(value, Array) and value.items else value
        if isinstance(options, Object):
            for entry in options.entries:
                if entry.key == "schema" and isinstance(entry.value, Text):
                    return entry.value.value
    return None


def _column(binding: Binding, every_annotation: bool) -> ModelColumn | None:
    """The column that a name of a class body maps to; in SQLModel's tables every annotated name does."""
    if binding.name.startswith("__") or binding.name in ("metadata", "registry", "model_config"):
        return None
    value, written = binding.value, binding.type or ""
    call = value.steps[0] if isinstance(value, Chain) and value.steps else None
    maker = _maker(value)
    if maker in _NOT_MAPPED or _NO_COLUMN_TYPE.search(written):
        return None
    annotated = written.startswith(("Mapped[", "orm.Mapped[")) or (every_annotation and written != "")
    if maker not in _COLUMNS and not annotated:
        return None
    name, start, end = binding.name, binding.start, binding.end
    if maker == "deferred" and call is not None and call.arguments:
        inner = call.arguments[0]
        call = inner.steps[0] if isinstance(inner, Chain) and inner.steps else call
    if call is not None:
        given_whole = next((e.value for e in call.named if e.key == "sa_column"), None)
        if maker == "Field" and isinstance(given_whole, Chain) and given_whole.steps:
            call, maker = given_whole.steps[0], "Column"  # SQLModel takes the column as SQLAlchemy writes it
        explicit = next((e.value for e in call.named if e.key == "name"), None)
        first = call.arguments[0] if call.arguments else None
        for given in (explicit, first):
            if isinstance(given, Text) and maker != "Field":
                name, start, end = given.value, given.start, given.end
                break
    elif written and re.search(r"Mapped\[\s*(?:List|list|Set|set|Optional)?\[?\s*[\"'][A-Z]", written):
        # An annotation alone that names another model in quotes is a relationship.
        return None
    nullable = _nullable(call, maker, written)
    return ModelColumn(name, start, end, _type(call, written), nullable, filled=_is_filled(call))


_FILLS = frozenset(
    {
        "default",
        "default_factory",
        "insert_default",
        "server_default",
        "server_onupdate",
        "onupdate",
        "sa_column_kwargs",
    }
    | {"init", "autoincrement", "sa_column_kwargs"}
)
_OPTIONAL = regex(r"\bOptional\[|\|\s*None\b|\bNone\s*\|")


def _is_filled(call: Step | None) -> bool:
    return call is not None and any(entry.key in _FILLS for entry in call.named)


def _nullable(call: Step | None, maker: str, written: str) -> bool:
    """Whether a column takes NULL, as far as it says so: what a name in an annotation stands for is not looked up."""
    given = {entry.key: entry.value for entry in call.named} if call is not None else {}
    said = given.get("nullable")
    if said is not None:
        return isinstance(said, Plain) and said.value == "True"
    if "primary_key" in given or (call is not None and call.spread):
        return False
    return _OPTIONAL.search(written) is not None if written else maker == "Column"


_TYPES = {
    **dict.fromkeys(("Integer", "SmallInteger", "BigInteger", "INTEGER", "BIGINT", "SMALLINT", "int"), "integer"),
    **dict.fromkeys(("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT", "str"), "text"),
    **dict.fromkeys(("Boolean", "BOOLEAN", "bool"), "boolean"),
    **dict.fromkeys(("Float", "Numeric", "DECIMAL", "NUMERIC", "Decimal", "float"), "numeric"),
    **dict.fromkeys(("DateTime", "TIMESTAMP", "Date", "datetime", "date"), "timestamp without time zone"),
    "JSON": "json",
    "JSONB": "jsonb",
}
_WORD = regex(r"\b[A-Za-z]+\b")


def _type(call: Step | None, written: str) -> str | None:
    """Return a type of the kind that a column says it is of, by an argument or else by its annotation alone."""
    for given in (*call.arguments, *(e.value for e in call.named if e.key == "type_")) if call is not None else ():
        said = given.root if isinstance(given, Chain) else given
        name = ""
        if isinstance(given, Chain) and given.steps and given.steps[0].name != "()":
            name = given.steps[0].name
        elif isinstance(said, Ref):
            name = said.path[-1]
        if name and name not in _FOREIGN_KEY and name[:1].isupper():
            return _TYPES.get(name)
    words = {_TYPES[word] for word in _WORD.findall(written) if word in _TYPES}
    return words.pop() if len(words) == 1 and not _HOLDS_MORE.search(written) else None


_HOLDS_MORE = regex(r"\b(?:[Ll]ist|[Dd]ict|[Ss]et|[Tt]uple|Sequence|Literal|Annotated|Mapping)\[")


def _foreign(value: Value | None, column: ModelColumn, at: tuple[int, int]) -> Iterator[ModelKey]:
    for call in value.steps if isinstance(value, Chain) else ():
        for given in (*call.arguments, *(e.value for e in call.named if e.key == "foreign_key")):
            target = given
            if isinstance(given, Chain) and _maker(given) in _FOREIGN_KEY:
                target = given.steps[0].arguments[0] if given.steps[0].arguments else given
            elif not any(e.value is given for e in call.named):
                continue
            if isinstance(target, Text) and "." in target.value:
                *schema, table, remote = target.value.split(".")
                reference = (schema[0] if schema else None, table)
                yield ModelKey("foreign", (column.name,), *at, references=reference, referenced_columns=(remote,))


def _core(facts: CodeFacts) -> list[Model]:
    """`jobs = Table("jobs", metadata, Column("id", …), schema="app")`; Flask-SQLAlchemy's takes no metadata."""
    found: list[Model] = []
    for binding in facts.bindings:
        value = binding.value
        if not isinstance(value, Chain) or _maker(value) != "Table":
            continue
        step = value.steps[0]
        name = step.arguments[0] if step.arguments else None
        columns: list[ModelColumn] = []
        keys: list[ModelKey] = []
        for given in step.arguments[1:]:
            if isinstance(given, Chain) and _maker(given) == "Column":
                call = given.steps[0]
                first = call.arguments[0] if call.arguments else None
                if isinstance(first, Text):
                    at = (first.start, first.end)
                    nullable = _nullable(call, "Column", "")
                    columns.append(ModelColumn(first.value, *at, _type(call, ""), nullable, filled=_is_filled(call)))
                    keys += _foreign(given, columns[-1], at)
        schema = next((e.value.value for e in step.named if e.key == "schema" and isinstance(e.value, Text)), None)
        reflected = any(e.key == "autoload_with" for e in step.named)
        if isinstance(name, Text) and (columns or reflected):
            complete = not step.spread and not reflected
            found.append(
                Model(
                    binding.name,
                    name.value,
                    name.start,
                    name.end,
                    schema,
                    tuple(columns),
                    tuple(keys),
                    complete,
                    client="sqlalchemy",
                )
            )
    return found
