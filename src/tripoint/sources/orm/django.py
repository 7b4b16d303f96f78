"""Django's models in the facts of Python modules, with the names that Django gives tables and columns."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from tripoint.sources.code.facts import Chain, CodeFacts, Plain, Ref, Text
from tripoint.sources.orm.classes import PythonClass, inherited, python_classes
from tripoint.sources.orm.models import Model, ModelColumn, ModelKey

__all__ = ["django_models"]

_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ParentalKey"})
_NO_COLUMN = frozenset({"ManyToManyField", "GenericForeignKey", "GenericRelation", "ParentalManyToManyField"})
_CONTRIB = {
    "AbstractUser": (
        *("password", "last_login", "is_superuser", "username", "first_name", "last_name"),
        *("email", "is_staff", "is_active", "date_joined"),
    ),
    "AbstractBaseUser": ("password", "last_login"),
    "PermissionsMixin": ("is_superuser",),
}
"""The columns that the abstract models of django.contrib.auth bring along."""


def django_models(modules: Mapping[str, CodeFacts]) -> dict[str, list[Model]]:
    """Return the models of a project's Python modules by path. An abstract model's fields count to its heirs."""
    relevant = {
        path: facts
        for path, facts in modules.items()
        if facts.language == "python" and any(i.module.startswith("django.") for i in facts.imports)
    }
    classes = {path: python_classes(path, facts) for path, facts in relevant.items()}
    known = {made.name: made for listed in classes.values() for made in listed}
    tables = {made.name: table for listed in classes.values() for made in listed if (table := _table(made, known))}
    found: dict[str, list[Model]] = {}
    for path, listed in classes.items():
        models = [_model(made, known, tables) for made in listed if made.name in tables and known[made.name] is made]
        if models:
            found[path] = models
    return found


def _is_model(made: PythonClass, known: Mapping[str, PythonClass]) -> bool:
    bases = [b for one in (made, *inherited(made, known)) for b in one.bases]
    return any(base == "models.Model" or base.rpartition(".")[2] in _CONTRIB for base in bases)


def _flag(made: PythonClass, name: str) -> bool:
    meta = made.inner.get("Meta")
    binding = meta.value(name) if meta is not None else None
    return binding is not None and isinstance(binding.value, Plain) and binding.value.value == "True"


def _meta_text(made: PythonClass, name: str) -> Text | None:
    meta = made.inner.get("Meta")
    binding = meta.value(name) if meta is not None else None
    return binding.value if binding is not None and isinstance(binding.value, Text) else None


def _table(made: PythonClass, known: Mapping[str, PythonClass]) -> str | None:
    """The table that a class maps to; None where it has none of its own."""
    if not _is_model(made, known) or _flag(made, "abstract") or _flag(made, "proxy"):
        return None
    named = _meta_text(made, "db_table")
    if named is not None:
        return named.value
    label = _meta_text(made, "app_label")
    return f"{label.value if label is not None else _app(made.path)}_{made.name.lower()}"


def _app(path: str) -> str:
    """The app's label: the folder of `models.py`, or of the package `models`."""
    folder = posixpath.dirname(path)
    parts = folder.split("/")
    if "models" in parts:
        folder = "/".join(parts[: parts.index("models")])
    return posixpath.basename(folder)


def _model(made: PythonClass, known: Mapping[str, PythonClass], tables: Mapping[str, str]) -> Model:
    named = _meta_text(made, "db_table")
    start, end = (named.start, named.end) if named is not None else (made.start, made.end)
    columns: dict[str, ModelColumn] = {}
    keys: list[ModelKey] = []
    primary = False
    ancestors = list(inherited(made, known))
    parents = [one for one in ancestors if one.name in tables]
    abstract = [one for one in ancestors if one.name not in tables]
    for owner in (made, *abstract):
        for column, key, is_primary in _fields(owner, tables):
            at = column if owner is made else ModelColumn(column.name, start, end)
            columns.setdefault(column.name, at)
            primary = primary or is_primary
            keys += [key] if key is not None else []
    for base in {b.rpartition(".")[2] for one in (made, *abstract) for b in one.bases} & set(_CONTRIB):
        for name in _CONTRIB[base]:
            columns.setdefault(name, ModelColumn(name, start, end))
    if parents:
        columns.setdefault(
            f"{parents[0].name.lower()}_ptr_id", ModelColumn(f"{parents[0].name.lower()}_ptr_id", start, end)
        )
    elif not primary:
        columns.setdefault("id", ModelColumn("id", start, end))
    bases = [b for one in (made, *abstract) for b in one.bases]
    complete = all(
        base == "models.Model" or base.rpartition(".")[2] in known or base.rpartition(".")[2] in _CONTRIB
        for base in bases
    )
    return Model(
        made.name, tables[made.name], start, end, None, tuple(columns.values()), tuple(keys), complete, client="django"
    )


def _fields(owner: PythonClass, tables: Mapping[str, str]) -> Iterator[tuple[ModelColumn, ModelKey | None, bool]]:
    for binding in owner.bindings:
        value = binding.value
        if not isinstance(value, Chain) or not isinstance(value.root, Ref) or not value.steps:
            continue
        step = value.steps[0]
        maker = step.name if step.name != "()" else value.root.path[-1]
        relation = maker in _RELATIONS
        if not (maker.endswith("Field") or relation) or maker in _NO_COLUMN or "forms" in value.root.path:
            continue
        given = {e.key: e.value for e in step.named}
        name, start, end = binding.name + ("_id" if relation else ""), binding.start, binding.end
        explicit = given.get("db_column")
        if isinstance(explicit, Text):
            name, start, end = explicit.value, explicit.start, explicit.end
        primary = given.get("primary_key")
        is_primary = isinstance(primary, Plain) and primary.value == "True"
        key: ModelKey | None = None
        target = given.get("to") or (step.arguments[0] if step.arguments else None)
        if relation and target is not None:
            label = target.value if isinstance(target, Text) else target.path[-1] if isinstance(target, Ref) else ""
            table = tables.get(label.rpartition(".")[2] if label != "self" else owner.name)
            if table is not None:
                key = ModelKey("foreign", (name,), start, end, references=(None, table))
        yield ModelColumn(name, start, end), key, is_primary
