"""Drizzle tables (`pgTable`, `pgSchema(…).table`, `pgEnum`) in the facts of a TypeScript or JavaScript file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.catalog import ReferentialAction
from tripoint.model.name import quote_identifier
from tripoint.model.regex import regex
from tripoint.sources.code.facts import (
    Array,
    Binding,
    Chain,
    CodeFacts,
    Entry,
    Function,
    Object,
    Plain,
    Ref,
    Step,
    Text,
    Value,
)
from tripoint.sources.orm.models import Model, ModelColumn, ModelFacts, ModelKey

__all__ = ["drizzle_models"]

_PACKAGE = "drizzle-orm/pg-core"
_TYPES = {
    "text": "text",
    "varchar": "character varying",
    "char": "character",
    "uuid": "uuid",
    "integer": "integer",
    "smallint": "smallint",
    "bigint": "bigint",
    "serial": "integer",
    "smallserial": "smallint",
    "bigserial": "bigint",
    "boolean": "boolean",
    "real": "real",
    "doublePrecision": "double precision",
    "numeric": "numeric",
    "decimal": "numeric",
    "json": "json",
    "jsonb": "jsonb",
    "date": "date",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "interval": "interval",
    "inet": "inet",
    "cidr": "cidr",
    "macaddr": "macaddr",
    "macaddr8": "macaddr8",
    "point": "point",
    "line": "line",
    "vector": "vector",
    "geometry": "geometry",
}
_SERIALS = frozenset({"serial", "smallserial", "bigserial"})
_ACTIONS: dict[str, ReferentialAction] = {
    "cascade": "cascade",
    "restrict": "restrict",
    "no action": "no action",
    "set null": "set null",
    "set default": "set default",
}
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def drizzle_models(modules: Mapping[str, CodeFacts], snake_case: bool = False) -> dict[str, ModelFacts]:
    """Return what a project's files declare, by path. `snake_case` is Drizzle's `casing` for columns without a name.

    A table, a schema or an enumerated type of another file is known by the name that it is exported under.
    """
    shared = _Shared()
    files = {
        path: _File(facts, shared, snake_case)
        for path, facts in sorted(modules.items())
        if any(i.module == _PACKAGE or "Schema" in i.local for i in facts.imports)
    }
    for one in files.values():
        shared.schemas.update(one.schemas())
    for one in files.values():
        shared.enums.update(one.enums())
        shared.columns.update(one.shared_columns())
        shared.objects.update(one.shared_objects())
    for one in files.values():
        shared.tables.update(one.tables())
    made = {path: one.read() for path, one in files.items()}
    return {path: facts for path, facts in made.items() if facts.models or facts.enums}


EnumType = tuple[str | None, str, tuple[str, ...], int, int]


class _Shared(Struct):
    """What the files of a project declare, by the names of their variables."""

    schemas: dict[str, str] = field(default_factory=dict)
    enums: dict[str, EnumType] = field(default_factory=dict)
    columns: dict[str, Value] = field(default_factory=dict)
    """Columns, functions that return one, and types of column, which tables share."""
    objects: dict[str, tuple[_File, Value]] = field(default_factory=dict)
    """Objects of columns, and functions that return one, which tables spread."""
    tables: dict[str, _Declared] = field(default_factory=dict)


class _Declared(Struct, frozen=True):
    file: _File
    name: Text
    schema: str | None
    step: Step


class _File:
    def __init__(self, facts: CodeFacts, shared: _Shared, snake_case: bool) -> None:
        self._facts = facts
        self._snake_case = snake_case
        self._local = {i.local: i.imported for i in facts.imports if i.module == _PACKAGE}
        self._foreign_names = {i.local: i.imported for i in facts.imports if i.module != _PACKAGE}
        self._values = {b.name: b.value for b in facts.bindings if b.scope == 0}
        self._enums: dict[str, EnumType] = {}
        self._tables: dict[str, _Declared] = {}
        self._shared = shared

    def schemas(self) -> dict[str, str]:
        """The schemas that this file names, by variable."""
        return {b.name: name for b in self._facts.bindings if (name := self._made(b.value, "pgSchema")) is not None}

    def enums(self) -> dict[str, EnumType]:
        """The enumerated types that this file declares, by variable."""
        for binding in self._facts.bindings:
            self._enum(binding)
        return self._enums

    def shared_columns(self) -> Iterator[tuple[str, Value]]:
        """What this file declares outside tables to make columns of, by variable."""
        kept: list[tuple[str, Value | None]] = [*self._values.items()]
        for owner, value in self._values.items():
            entries = value.entries if isinstance(value, Object) else ()
            kept += [(f"{owner}.{entry.key}", entry.value) for entry in entries]
        for name, value in kept:
            made = value.returns[0] if isinstance(value, Function) and value.returns else value
            if (
                value is not None
                and isinstance(made, Chain)
                and self._imported(made.root) not in (None, "pgTable", "pgEnum", "pgSchema")
            ):
                yield name, value

    def shared_objects(self) -> Iterator[tuple[str, tuple[_File, Value]]]:
        """What this file declares outside tables to spread into them, by variable."""
        for name, value in self._values.items():
            made = value.returns[0] if isinstance(value, Function) and value.returns else value
            if value is not None and isinstance(made, Object):
                yield name, (self, made)

    def tables(self) -> dict[str, _Declared]:
        """The tables that this file declares, by variable."""
        for binding in self._facts.bindings:
            declared = self._declared(binding.value)
            if declared is not None:
                self._tables[binding.name] = declared
        return self._tables

    def read(self) -> ModelFacts:
        """What the file maps to."""
        models = tuple(self._model(label, declared) for label, declared in self._tables.items())
        return ModelFacts(models, tuple(self._enums.values()))

    def _imported(self, root: Value) -> str | None:
        """The name under which Drizzle exports what a call's root stands for."""
        if not isinstance(root, Ref):
            return None
        if len(root.path) == 1:
            return self._local.get(root.path[0])
        return root.path[-1] if self._local.get(root.path[0]) == "*" else None

    def _made(self, value: Value | None, maker: str) -> str | None:
        if (
            isinstance(value, Chain)
            and value.steps
            and self._imported(value.root) == maker
            and value.steps[0].arguments
        ):
            first = value.steps[0].arguments[0]
            return first.value if isinstance(first, Text) else None
        return None

    def _declared(self, value: Value | None) -> _Declared | None:
        if not isinstance(value, Chain) or not value.steps:
            return None
        step, schema = value.steps[0], None
        maker = self._imported(value.root)
        if isinstance(value.root, Ref) and value.root.path[0] in self._shared.schemas and step.name == "table":
            schema = self._shared.schemas[value.root.path[0]]
        elif maker != "pgTable" or step.name != "()":
            return None
        name = step.arguments[0] if step.arguments else None
        return _Declared(self, name, schema, step) if isinstance(name, Text) else None

    def _enum(self, binding: Binding) -> None:
        value = binding.value
        if not isinstance(value, Chain) or not value.steps:
            return
        step = value.steps[0]
        owner = value.root.path[0] if isinstance(value.root, Ref) else ""
        schema = self._shared.schemas.get(owner) if step.name == "enum" else None
        if self._imported(value.root) != "pgEnum" and schema is None:
            return
        name = step.arguments[0] if step.arguments else None
        listed = step.arguments[1] if len(step.arguments) > 1 else None
        if isinstance(name, Text) and isinstance(listed, Array):
            values = tuple(v.value for v in listed.items if isinstance(v, Text))
            self._enums[binding.name] = (schema, name.value, values, name.start, name.end)

    def _model(self, label: str, declared: _Declared) -> Model:
        name, schema, step = declared.name, declared.schema, declared.step
        body = step.arguments[1] if len(step.arguments) > 1 else None
        if isinstance(body, Function) and body.returns:
            body = body.returns[0]
        columns: list[ModelColumn] = []
        keys: list[ModelKey] = []
        complete = isinstance(body, Object)
        for owner, entry in self._entries(body, 0):
            column = owner._column(entry)
            if column is None:
                complete = False
                continue
            if owner is not self:  # what another file has is seen where the table is
                column = replace(column, start=name.start, end=name.end)
            columns.append(column)
            keys += owner._keys(entry, column, name.value)
        keys += self._constraints(declared)
        complete = complete and self._closed(body, 0)
        return Model(
            label, name.value, name.start, name.end, schema, tuple(columns), tuple(keys), complete, client="drizzle"
        )

    def _object(self, body: Value | None) -> tuple[_File, Value | None]:
        """What a value stands for that is spread into an object, and the file that says so: `timestamps`, or a call of
        a function that returns one."""
        called = isinstance(body, Chain) and [step.name for step in body.steps] == ["()"]
        ref = body.root if isinstance(body, Chain) and called else body
        if not isinstance(ref, Ref) or len(ref.path) != 1:
            return self, body
        value = self._values.get(ref.path[0])
        if isinstance(value, Function) and value.returns:
            value = value.returns[0]
        if value is not None:
            return self, value
        return self._shared.objects.get(self._foreign_names.get(ref.path[0], ""), (self, None))

    def _entries(self, body: Value | None, depth: int) -> Iterator[tuple[_File, Entry]]:
        """The columns of an object, with those of what is spread into it."""
        owner, body = self._object(body)
        if isinstance(body, Object) and depth < 5:
            for spread in body.spreads:
                yield from owner._entries(spread, depth + 1)
            yield from ((owner, entry) for entry in body.entries)

    def _closed(self, body: Value | None, depth: int) -> bool:
        owner, body = self._object(body)
        if not isinstance(body, Object) or depth >= 5:
            return False
        return body.complete and all(owner._closed(spread, depth + 1) for spread in body.spreads)

    def _written(self, value: Value | None) -> Chain | None:
        """A column as the project writes it, looked up where it stands apart: `createdAt`, `createdAt()`.

        What another function makes is not known, unless the call itself names the column.
        """
        if isinstance(value, Ref) and len(value.path) == 1:
            apart = self._apart(value.path[0])
            return apart if isinstance(apart, Chain) else None
        if not isinstance(value, Chain) or not value.steps:
            return None
        step = value.steps[0]
        if not isinstance(value.root, Ref) or len(value.root.path) != 1:
            return value
        maker = value.root.path[0]
        if self._imported(value.root) is not None or maker in self._shared.enums:
            return value
        if step.name == "()":
            apart = self._apart(maker)
        else:  # a member of an object of the project's own, `columns.createdAt()`, or of what makes columns, `t.uuid()`
            apart = self._shared.columns.get(f"{self._foreign_names.get(maker, maker)}.{step.name}")
            if apart is None and maker not in self._foreign_names:
                return value
        if isinstance(apart, Chain):
            return value  # the maker is a type of its own (`customType`)
        made = apart.returns[0] if isinstance(apart, Function) and apart.returns else None
        if not isinstance(apart, Function) or not isinstance(made, Chain) or not made.steps:
            return None
        given = _given(apart, made.steps[0].arguments, step.arguments)
        if given is None:
            return None
        return Chain(
            made.root,
            (replace(made.steps[0], arguments=given), *made.steps[1:], *value.steps[1:]),
            made.start,
            made.end,
        )

    def _apart(self, name: str) -> Value | None:
        return self._shared.columns.get(self._foreign_names.get(name, name))

    def _column(self, entry: Entry) -> ModelColumn | None:
        value = self._written(entry.value)
        if value is None:
            return None
        step = value.steps[0]
        name, start, end = self._cased(entry.key), entry.start, entry.end
        first = step.arguments[0] if step.arguments else None
        if isinstance(first, Text):
            name = first.value
            if value is entry.value:
                start, end = first.start, first.end
        called = {s.name for s in value.steps}
        maker = value.root.path[-1] if isinstance(value.root, Ref) and step.name == "()" else step.name
        written = self._type(maker, step, value)
        nullable = not called & {"notNull", "primaryKey"} and maker not in _SERIALS
        identity = maker in _SERIALS or any(s.startswith("generated") and s.endswith("AsIdentity") for s in called)
        return ModelColumn(name, start, end, written, nullable, _default(value), identity)

    def _constraints(self, declared: _Declared) -> Iterator[ModelKey]:
        """The keys and indexes that the third argument of a table declares."""
        step, table = declared.step, declared.name.value
        extra = step.arguments[2] if len(step.arguments) > 2 else None
        body = extra.returns[0] if isinstance(extra, Function) and extra.returns else extra
        listed: list[Value] = []
        if isinstance(body, Array):
            listed = list(body.items)
        elif isinstance(body, Object):
            listed = [entry.value for entry in body.entries]
        for value in listed:
            if not isinstance(value, Chain) or not value.steps:
                continue
            maker, call = self._imported(value.root), value.steps[0]
            at = value.start, value.end
            first = call.arguments[0] if call.arguments else None
            given = {e.key: e.value for e in first.entries} if isinstance(first, Object) else {}
            named = given.get("name", first)
            name = named.value if isinstance(named, Text) else None
            columns = self._named_columns(declared, given.get("columns"))
            if maker == "primaryKey":
                if not given:
                    columns = self._named_columns(declared, Array(call.arguments, *at))
                yield ModelKey("primary", columns, *at, name=name or "_".join([table, *columns, "pk"]))
            elif maker == "foreignKey":
                yield from self._foreign_key(value, given, columns, table, name)
            elif maker in ("unique", "uniqueIndex", "index"):
                chosen = next((s for s in value.steps if s.name in ("on", "using")), None)
                columns = self._named_columns(declared, Array(chosen.arguments, *at)) if chosen is not None else ()
                whole = chosen is not None and len(columns) == len(
                    [a for a in chosen.arguments if not isinstance(a, Text)]
                )
                if columns and whole and not any(s.name == "where" for s in value.steps):
                    kind = "unique" if maker == "unique" else "index"
                    yield ModelKey(kind, columns, *at, name=name or "_".join([table, *columns, "idx"]))

    def _named_columns(self, declared: _Declared, listed: Value | None) -> tuple[str, ...]:
        """The columns that `[table.a, table.b.asc()]` names."""
        found: list[str] = []
        for item in listed.items if isinstance(listed, Array) else ():
            ref = item.root if isinstance(item, Chain) else item
            if isinstance(ref, Ref) and len(ref.path) == 2:
                found.append(self.column_name(declared.step, ref.path[1]))
        return tuple(found)

    def _foreign_key(
        self, value: Chain, given: dict[str, Value], columns: tuple[str, ...], table: str, name: str | None
    ) -> Iterator[ModelKey]:
        remote = given.get("foreignColumns")
        first = remote.items[0] if isinstance(remote, Array) and remote.items else None
        target = self._shared.tables.get(first.path[0]) if isinstance(first, Ref) else None
        if target is None and isinstance(first, Ref):
            # `table.id` of the callback's own parameter: a reference to the table itself.
            target = next((t for t in self._tables.values() if t.name.value == table), None)
        if target is None:
            return
        actions = {
            s.name: s.arguments[0].value for s in value.steps if s.arguments and isinstance(s.arguments[0], Text)
        }
        yield ModelKey(
            "foreign",
            columns,
            value.start,
            value.end,
            name,
            (target.schema, target.name.value),
            target.file._named_columns(target, remote),
            _ACTIONS.get(actions.get("onDelete", ""), "no action"),
            _ACTIONS.get(actions.get("onUpdate", ""), "no action"),
        )

    def column_name(self, step: Step, key: str) -> str:
        """The name of the column that a table's declaration has under a key."""
        entries = self._entries(step.arguments[1] if len(step.arguments) > 1 else None, 0)
        found = next((owner._column(e) for owner, e in entries if e.key == key), None)
        return found.name if found is not None else self._cased(key)

    def _cased(self, key: str) -> str:
        return _CAMEL.sub("_", key).lower() if self._snake_case else key

    def _type(self, maker: str, step: Step, value: Chain) -> str | None:
        written: str | None
        enum = self._shared.enums.get(maker)
        if enum is not None:
            written = f"{quote_identifier(enum[0] or 'public')}.{quote_identifier(enum[1])}"
        else:
            written = _TYPES.get(self._local.get(maker, maker))
        options = next((a for a in step.arguments if isinstance(a, Object)), None)
        given = {e.key: e.value for e in options.entries} if options is not None else {}
        length, zoned = given.get("length"), given.get("withTimezone")
        precision, scale = given.get("precision"), given.get("scale")
        if written == "numeric" and isinstance(precision, Plain):
            written = f"numeric({precision.value},{scale.value if isinstance(scale, Plain) else 0})"
        if written in ("character varying", "character") and isinstance(length, Plain):
            written = f"{written}({length.value})"
        if written is not None and isinstance(zoned, Plain) and zoned.value == "true":
            written = written.replace("without", "with")
        if any(s.name == "array" for s in value.steps) and written is not None:
            written += "[]"
        return written

    def _keys(self, entry: Entry, column: ModelColumn, table: str) -> Iterator[ModelKey]:
        value = self._written(entry.value)
        at = column.start, column.end
        for step in value.steps if value is not None else ():
            if step.name == "primaryKey":
                yield ModelKey("primary", (column.name,), *at, name=f"{table}_pkey")
            elif step.name == "unique":
                yield ModelKey("unique", (column.name,), *at, name=f"{table}_{column.name}_unique")
            elif step.name == "references" and step.arguments:
                yield from self._foreign(step, column, table)

    def _foreign(self, step: Step, column: ModelColumn, table: str) -> Iterator[ModelKey]:
        target = step.arguments[0]
        returned = target.returns[0] if isinstance(target, Function) and target.returns else None
        target_table = self._shared.tables.get(returned.path[0]) if isinstance(returned, Ref) else None
        if not isinstance(returned, Ref) or len(returned.path) != 2 or target_table is None:
            return
        name, schema = target_table.name, target_table.schema
        remote = target_table.file.column_name(target_table.step, returned.path[1])
        options = step.arguments[1] if len(step.arguments) > 1 else None
        given = {e.key: e.value for e in options.entries} if isinstance(options, Object) else {}
        delete, update = given.get("onDelete"), given.get("onUpdate")
        yield ModelKey(
            "foreign",
            (column.name,),
            column.start,
            column.end,
            f"{table}_{column.name}_{name.value}_{remote}_fk",
            (schema, name.value),
            (remote,),
            _ACTIONS.get(delete.value, "no action") if isinstance(delete, Text) else "no action",
            _ACTIONS.get(update.value, "no action") if isinstance(update, Text) else "no action",
        )


def _default(value: Chain) -> str | None:
    for step in value.steps:
        if step.name == "defaultNow":
            return "now()"
        if step.name == "defaultRandom":
            return "gen_random_uuid()"
        if step.name == "default" and step.arguments:
            given = step.arguments[0]
            if isinstance(given, Text):
                return "'" + given.value.replace("'", "''") + "'"
            if isinstance(given, Plain) and given.kind in ("number", "boolean"):
                return given.value
            return "…"
    return None


def _given(maker: Function, inner: tuple[Value, ...], outer: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """Return what a column is made with where a function of the project's own makes it: with what the function is given
    (`outer`) in place of its parameters. None where that does not tell the column's name.
    """
    first = inner[0] if inner else None
    if isinstance(first, Ref) and len(first.path) == 1:
        names = [parameter.name for parameter in maker.parameters]
        position = names.index(first.path[0]) if first.path[0] in names else len(outer)
        said = outer[position] if position < len(outer) else None
        return (said, *inner[1:]) if isinstance(said, Text | Object) else None
    return inner if first is None or isinstance(first, Text | Object) else None
