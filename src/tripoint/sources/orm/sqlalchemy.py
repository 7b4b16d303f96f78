"""SQLAlchemy's declarative models, SQLModel's tables and Core's `Table(…)` in the facts of Python modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Array, Binding, Chain, CodeFacts, Object, Plain, Ref, Text, Value
from tripoint.sources.orm.classes import PythonClass, inherited, python_classes
from tripoint.sources.orm.models import Model, ModelColumn, ModelKey

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
_NO_COLUMN_TYPE = regex(r"\b(?:ClassVar|Relationship|WriteOnlyMapped|DynamicMapped|AssociationProxy)\b")
_FOREIGN_KEY = frozenset({"ForeignKey"})
_FLASK_BASE = regex(r"(?!(?:models|orm|pw|peewee)\.)\w+\.Model")
"""The base class that an extension of Flask makes: it names the tables of what has a primary key."""
_HUMP = regex(r"(?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z])")


def sqlalchemy_models(modules: Mapping[str, CodeFacts]) -> dict[str, list[Model]]:
    """Return the models of a project's Python modules by path; columns of mixins and bases count to the model."""
    relevant, classes, known = _declared(modules)
    found: dict[str, list[Model]] = {}
    for path, facts in relevant.items():
        models = [model for made in classes[path] if (model := _model(made, known)) is not None]
        models += _core(facts)
        if models:
            found[path] = models
    return found


def unnamed_models(modules: Mapping[str, CodeFacts]) -> list[PythonClass]:
    """Return the classes whose table has a name that is made by a method: what they map to is not known."""
    _, classes, known = _declared(modules)
    return [made for listed in classes.values() for made in listed if _is_unnamed(made, known)]


def _declared(
    modules: Mapping[str, CodeFacts],
) -> tuple[dict[str, CodeFacts], dict[str, list[PythonClass]], dict[str, PythonClass]]:
    """Return the modules that may hold models, their classes, and these by name."""
    relevant = {
        path: facts
        for path, facts in modules.items()
        if facts.language == "python" and facts.words.among({"Column", "mapped_column", "SQLModel", "Mapped"})
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
    if any("__tablename__" in one.methods for one in family):
        return any(_column(binding, False) is not None for binding in made.bindings)
    named = any(one.value("__tablename__") is not None for one in family) or _named_by_flask(made, known) is not None
    rooted = any(base.endswith("Base") and base not in known for base in made.bases)
    return rooted and not named and any(_is_key(binding.value) for binding in made.bindings)


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
    return _HUMP.sub(lambda match: f"_{match[0]}", made.name).lower().lstrip("_")


def _reaches_flask(made: PythonClass, known: Mapping[str, PythonClass]) -> bool:
    return any(_FLASK_BASE.fullmatch(base) for one in (made, *inherited(made, known)) for base in one.bases)


def _is_key(value: Value | None) -> bool:
    return isinstance(value, Chain) and any(
        entry.key == "primary_key" and isinstance(entry.value, Plain) and entry.value.value.lower() == "true"
        for step in value.steps
        for entry in step.named
    )


def _model(made: PythonClass, known: Mapping[str, PythonClass]) -> Model | None:
    bases = list(inherited(made, known))
    named = made.value("__tablename__")
    name = named.value if named is not None else None
    start, end = made.start, made.end
    if isinstance(name, Text):
        table, start, end = name.value, name.start, name.end
    elif any("__tablename__" in one.methods for one in (made, *bases)):
        return None  # a method makes the name
    elif named is None and "table=True" in made.bases:
        table = made.name.lower()
    elif named is None and (given := _named_by_flask(made, known)) is not None:
        table = given
    else:
        return None
    columns: dict[str, ModelColumn] = {}
    keys: list[ModelKey] = []
    # What a base with a table of its own brings along, its mixins' columns too, is in that table.
    for owner in (made, *inherited(made, known, lambda base: base.value("__tablename__") is None)):
        for binding in owner.bindings:
            column = _column(binding, "table=True" in made.bases)
            if column is not None and column.name not in columns:
                here = owner is made
                columns[column.name] = column if here else ModelColumn(column.name, start, end)
                keys += _foreign(binding.value, column, (start, end) if not here else (column.start, column.end))
    complete = all(base.rpartition(".")[2] in known or _is_plain(base) for base in _all_bases(made, bases))
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
    maker = value.root.path[-1] if isinstance(value, Chain) and isinstance(value.root, Ref) else ""
    if isinstance(value, Chain) and call is not None and call.name != "()":
        maker = call.name
    if maker in _NOT_MAPPED or _NO_COLUMN_TYPE.search(written):
        return None
    annotated = written.startswith(("Mapped[", "orm.Mapped[")) or (every_annotation and written != "")
    if maker not in _COLUMNS and not annotated:
        return None
    name, start, end = binding.name, binding.start, binding.end
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
    return ModelColumn(name, start, end)


def _foreign(value: Value | None, column: ModelColumn, at: tuple[int, int]) -> Iterator[ModelKey]:
    for call in value.steps if isinstance(value, Chain) else ():
        for given in (*call.arguments, *(e.value for e in call.named if e.key == "foreign_key")):
            target = given
            if isinstance(given, Chain) and isinstance(given.root, Ref) and given.root.path[-1] in _FOREIGN_KEY:
                target = given.steps[0].arguments[0] if given.steps and given.steps[0].arguments else given
            elif not any(e.value is given for e in call.named):
                continue
            if isinstance(target, Text) and "." in target.value:
                *schema, table, remote = target.value.split(".")
                reference = (schema[0] if schema else None, table)
                yield ModelKey("foreign", (column.name,), *at, references=reference, referenced_columns=(remote,))


def _core(facts: CodeFacts) -> list[Model]:
    """`jobs = Table("jobs", metadata, Column("id", …), schema="app")`."""
    found: list[Model] = []
    for binding in facts.bindings:
        value = binding.value
        if not isinstance(value, Chain) or not isinstance(value.root, Ref) or value.root.path[-1] != "Table":
            continue
        step = value.steps[0]
        name = step.arguments[0] if step.arguments else None
        columns: list[ModelColumn] = []
        for given in step.arguments[2:]:
            if isinstance(given, Chain) and isinstance(given.root, Ref) and given.root.path[-1] == "Column":
                first = given.steps[0].arguments[0] if given.steps[0].arguments else None
                if isinstance(first, Text):
                    columns.append(ModelColumn(first.value, first.start, first.end))
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
                    (),
                    complete,
                    client="sqlalchemy",
                )
            )
    return found
