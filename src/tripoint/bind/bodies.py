"""The database's own SQL held against the final catalog: functions, views, policies, triggers, checks, defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace

from tripoint.bind.accounts import Accounts
from tripoint.bind.plpgsql import Body, placed, refused_body, take_apart
from tripoint.bind.records import records, row_type
from tripoint.bind.returned import no_return, wrong_results
from tripoint.bind.sql import Located, SqlBinder, Text, inserts_in, made_in
from tripoint.model.binding import REPLACED, BodyBinding, SqlInsert, SqlReference
from tripoint.model.catalog import Function, Table
from tripoint.model.internal import lost_reason
from tripoint.model.name import Name, fold_identifier, quote_identifier
from tripoint.model.place import NOWHERE, Place
from tripoint.model.regex import regex
from tripoint.sql.builtins import base_type, builtins
from tripoint.sql.grammar import Refusal, parse_expression, parse_shared, parse_statement_shared
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.queries import Queries
from tripoint.sql.types import format_type
from tripoint.supabase import CLOSED_SCHEMAS

__all__ = ["bind_bodies"]

Read = Callable[[str], bytes | None]
Bound = tuple[list[SqlReference], str | None]

_ASKS_FOR_TABLE: Final = regex(r"\btg_(?:table_name|relname|relid)\b", re.I)
_TELLS_APART: Final = regex(
    r"\b(?:if|case|tg_(?:nargs|argv|name|table_schema)|to_jsonb?|row_to_json|hstore|execute)\b", re.I
)
"""What a trigger's function may tell the tables or their columns apart by."""
_OF_TYPES: Final = ("operator", "assignment", "refused")
"""What a trigger's function does in vain on those of its tables whose columns have other types."""
_TRANSITION: Final = regex(rb"\b(?:old|new)\s+table\s+(?:as\s+)?\"?(\w+)", re.I)
_REWRITTEN: Final = regex(rb"'(?:\w+\.)?(\w+)\s*(?:\([^']*\))?'\s*::\s*regproc|\bproname\s*=\s*'(\w+)'", re.I)
_ASKS: Final = regex(r"to_reg|information_schema|pg_class|pg_tables|pg_attribute|pg_proc\b|pg_extension", re.I)


def bind_bodies(binder: SqlBinder, read: Read) -> tuple[BodyBinding, ...]:
    """Return what became of the names in all SQL that the defined catalog holds; `read` gives a file's bytes."""
    return tuple(_Bodies(binder, read).all())


_NO_VALUE: Final = ("trigger", "event_trigger", "void", "record")


class _Bodies:
    def __init__(self, binder: SqlBinder, read: Read) -> None:
        self.binder = binder
        self.catalog = binder.evidence.defined
        self._read = read
        self._files: dict[str, bytes] = {}
        self._inserts: dict[SqlInsert, None] = {}
        """What the function that is followed inserts; a trigger's is followed once for each of its tables."""
        self._accounts = Accounts(binder.evidence, self._data)
        self._triggered: dict[Name, list[Table]] = {}
        for _, table in sorted(self.catalog.tables.items()):
            for trigger in table.triggers.values():
                tables = self._triggered.setdefault(trigger.function, [])
                if not tables or tables[-1] is not table:
                    tables.append(table)
        for functions in self.catalog.functions.values():
            for function in functions:
                binder.made |= made_in(function.body or "")
        for table in self.catalog.tables.values():
            for trigger in table.triggers.values():
                binder.made |= self._transition_tables(trigger.place)
        self.composites = self._composites()
        files = {opaque.place.path for opaque in binder.evidence.opaque}
        rewriting = [data for path in files if b"pg_get_functiondef" in (data := self._data(path))]
        found = [match[1] or match[2] for data in rewriting for match in _REWRITTEN.finditer(data)]
        self._rewritten = {name.decode("utf-8", "replace").lower() for name in found}
        """Functions that a statement which can't be evaluated makes anew of what the database holds of them."""

    def all(self) -> Iterator[BodyBinding]:
        closed = CLOSED_SCHEMAS if self.binder.evidence.database.platform == "supabase" else frozenset[str]()
        for name, functions in sorted(self.catalog.functions.items()):
            for function in sorted(functions, key=lambda f: f.identity) if name.schema not in closed else ():
                if function.body is not None and (function.place is not None or self._is_own(name)):
                    yield self._function(name, function, function.place or NOWHERE)
        for _, table in sorted(self.catalog.tables.items()):
            yield from self._of_table(table)
        for function in self.binder.evidence.former:
            refused = refused_body(function, self.composites)
            if refused is not None:
                at = function.place or NOWHERE
                yield BodyBinding("former", str(function.name), function.name, at, undecided=refused)

    def _is_own(self, name: Name) -> bool:
        """Whether a function that stands in no file is the project's: what a database alone holds is."""
        platform = self.binder.evidence.platform
        return name not in platform.functions and (name.schema == "public" or name.schema not in platform.schemas)

    def _composites(self) -> frozenset[str]:
        found: set[str] = set()
        for name in (*self.binder.catalog.tables, *self.binder.catalog.composites):
            found |= {name.name, f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}", str(name)}
        return frozenset(found | {"record"})

    # --- places

    def _data(self, path: str) -> bytes:
        if path not in self._files:
            self._files[path] = self._read(path) or b""
        return self._files[path]

    def _within(self, place: Place, text: str, shift: int = 0, extent: Place | None = None) -> Located:
        """Return where bytes of `text` (which `shift` made up bytes precede) stand in the statement at `extent`.

        What stands nowhere there is said to be at `place`, the statement itself where no extent is given.
        """
        sought = text.encode("utf-8", "replace")
        around = extent or place
        found = self._data(around.path).find(sought, around.start, around.end) if sought else -1

        def locate(start: int, end: int) -> Place:
            if found < 0 or start < shift:
                return place
            return Place(around.path, found + start - shift, found + end - shift)

        return locate

    def _transition_tables(self, place: Place | None) -> set[str]:
        """Return the names that a trigger's REFERENCING clause gives to the changed rows."""
        if place is None:
            return set()
        names = _TRANSITION.findall(self._data(place.path), place.start, place.end)
        return {name.decode("utf-8", "replace").lower() for name in names}

    def _word(self, place: Place, name: str) -> Located:
        """Return the place of one word in a statement, whatever is asked for."""
        pattern = rb"(?<![\w$])" + re.escape(name.encode("utf-8", "replace")) + rb"(?![\w$])"
        found = re.compile(pattern, re.I).search(self._data(place.path), place.start, place.end)
        word = Place(place.path, found.start(), found.end()) if found is not None else place
        return lambda start, end: word

    # --- functions

    def _function(self, name: Name, function: Function, place: Place) -> BodyBinding:
        own = function.settings.get("search_path")
        role = self._accounts.role_of(function, self._triggered.get(name, ()))
        setting = own if own is not None else self._accounts.path_of(role)
        self._inserts = {}
        references, undecided = _whole(lambda: self._body(function, place, _path(setting)))
        if name.name in self._rewritten:
            references, undecided = [], "a statement that can't be evaluated makes it anew"
        if name.name in self._rewritten or _ASKS.search(function.body or "") is not None:
            self._inserts = {}  # what asks the catalog inserts by what there is
        kept = tuple(self._asked_for(r, function.body or "") for r in references)
        idle = None
        if function.returns == "trigger" and name not in self._triggered:
            idle = "no trigger that is read calls it"
            kept = tuple(_handed_over(r) for r in kept)
        newest = self.catalog.functions[name][-1].place
        if idle is None and newest is not None and newest.path != place.path:
            idle = f"{REPLACED} {name} with other arguments, which may have taken its place"
        types = [argument.type for argument in function.arguments]
        types += [function.returns.removeprefix("SETOF ")] if function.returns not in (None, *_NO_VALUE) else []
        of_types = (reference for text in dict.fromkeys(types) for reference in self._type(text, place))
        kept = (*of_types, *kept)
        inserts = (*self._inserts,)
        by = (setting != own, role)
        return BodyBinding("function", str(name), name, place, kept, undecided, setting, idle, inserts, *by)

    def _body(self, function: Function, place: Place, path: tuple[str, ...] | None) -> Bound:
        if function.language == "sql":
            return self._sql(function, place, path)
        if function.language == "plpgsql":
            return self._plpgsql(function, path)
        return [], f"a body in {function.language} is not read"

    def _asked_for(self, reference: SqlReference, body: str) -> SqlReference:
        """A name that the body itself asks the catalog for may be missing: its author knows."""
        if reference.outcome != "unknown" or _ASKS.search(body) is None:
            return reference
        word = reference.written.rpartition(".")[2]
        if re.search(rf"'(?:\w+\.)?{re.escape(word)}'", body) is None:
            return reference
        return replace(reference, outcome="undecidable", reason="the body asks the catalog whether it exists")

    def _arguments(self, function: Function) -> dict[str, str | None]:
        parameters: dict[str, str | None] = {}
        number = 0
        for argument in function.arguments:
            if argument.mode in ("in", "inout", "variadic"):
                number += 1
                parameters[f"${number}"] = argument.type
            if argument.name:
                parameters[argument.name] = argument.type
                parameters[f"{function.name.name}.{argument.name}"] = argument.type
        return parameters

    def _sql(self, function: Function, place: Place, path: tuple[str, ...] | None) -> Bound:
        body = function.body or ""
        locate = self._body_place(function, place)
        data = body.encode("utf-8", "replace")
        standard = re.match(rb"begin\s+atomic\b|return\b", data, re.I)
        if standard is not None and isinstance(parse_shared(data), Refusal):
            if standard.group().lower() == b"return":
                data = b"SELECT" + data[6:]
            else:
                end = data.lower().rfind(b"end")
                data = b" " * standard.end() + data[standard.end() : end]
            locate = self._within(place, body, extent=function.extent)
        bound = self.binder.statements(Text(data, locate, path, self._arguments(function)))
        self._inserts |= dict.fromkeys(inserts_in(data.decode("utf-8", "replace"), bound[0]))
        return bound

    def _body_place(self, function: Function, place: Place) -> Located:
        inner = function.body_place
        if inner is None:
            return self._within(place, function.body or "", extent=function.extent)
        exact = inner

        def locate(start: int, end: int) -> Place:
            return Place(exact.path, exact.start + start, exact.start + end) if start >= 0 else place

        return locate

    def _plpgsql(self, function: Function, path: tuple[str, ...] | None) -> Bound:
        body = take_apart(function, self.composites)
        if isinstance(body, str):
            return [], body
        locate = self._body_place(function, function.place or NOWHERE)
        parameters: dict[str, str | None] = dict.fromkeys(body.variables)
        parameters |= self._arguments(function)
        types, found = self._declared(body, path, parameters, locate)
        # Where a variable has the name of a parameter, what the name means depends on where it stands.
        given = {name: parameters[name] for name in types if parameters.get(name) is not None}
        parameters |= {name: text if given.get(name, text) == text else None for name, text in types.items()}
        for label in (*body.labels, function.name.name):
            parameters |= {f"{label}.{name}": text for name, text in parameters.items() if "." not in name}
        queries = Queries(self.binder.catalog, self.binder.path if path is None else path, parameters)
        parameters |= records(body, queries)
        variants: list[Mapping[str, str | None]] = [parameters]
        if function.returns == "trigger":
            tables = self._triggered.get(function.name, [])
            if _ASKS_FOR_TABLE.search(function.body or ""):
                tables = []  # what it does with a row depends on the table that it finds itself on
            variants = [parameters | {"new": row, "old": row} for row in map(row_type, tables)]
            variants = variants or [parameters | {"new": None, "old": None}]
        told_apart = _TELLS_APART.search(function.body or "") is not None
        bound = [self._pieces(body, variant, path, locate) for variant in variants]
        references, undecided = _agreed(bound, told_apart=told_apart)
        found += [
            *no_return(function, body, locate),
            *wrong_results(function, body, replace(queries, parameters=parameters), locate),
        ]
        return found + references, undecided

    def _pieces(
        self, body: Body, parameters: Mapping[str, str | None], path: tuple[str, ...] | None, locate: Located
    ) -> Bound:
        found: list[SqlReference] = []
        undecided: str | None = None
        for piece in body.pieces:
            place = placed(piece, locate)
            text = Text(piece.text, place, path, parameters, frozenset(), body.throughout, piece.guarded)
            references, refused = self.binder.statements(text)
            undecided = undecided or refused
            if piece.kind == "constant":  # what EXECUTE runs sees none of the variables
                text = replace(text, parameters={}, variables=frozenset())
                references, _ = self.binder.statements(text)
            inserts = inserts_in(piece.text.decode("utf-8", "replace"), references)
            self._inserts |= dict.fromkeys(replace(insert, guarded=piece.guarded) for insert in inserts)
            found += [self._with_variables(reference, body, parameters) for reference in references]
        return found, undecided

    def _with_variables(
        self, reference: SqlReference, body: Body, parameters: Mapping[str, str | None]
    ) -> SqlReference:
        """PL/pgSQL asks its variables for what no relation of the query has."""
        head, _, rest = reference.written.partition(".")
        if reference.outcome != "unknown" or reference.kind != "column" or reference.write or not rest:
            return reference
        variable = head in body.variables or head in parameters
        type_ = parameters.get(head)
        if head in body.labels or (variable and (type_ in (None, "record") or self._has_field(type_, rest))):
            return replace(reference, outcome="undecidable", reason="what the variable holds is only known at run time")
        return reference

    def _has_field(self, type_: str | None, field: str) -> bool:
        """Return whether a variable of that type has the field, as far as can be told.

        A variable may bear the name of a relation in the query: it is asked for what the relation lacks.
        """
        rows = Queries(self.binder.catalog, self.binder.path).fields(type_ or "")
        return any(cell.name == field for cell in rows.cells)

    def _declared(
        self, body: Body, path: tuple[str, ...] | None, variables: Mapping[str, str | None], locate: Located
    ) -> tuple[dict[str, str | None], list[SqlReference]]:
        """Return the types of declared variables, and the references that the declarations make."""
        types: dict[str, str | None] = {}
        found: list[SqlReference] = []
        for declared in body.declared:
            text, references = self._declared_type(declared.type, declared.start, path, variables, locate)
            found += references
            types[declared.name] = text if types.get(declared.name, text) == text else None
        return types, [replace(reference, declares=True) for reference in found]

    def _declared_type(
        self,
        written: str,
        start: int,
        path: tuple[str, ...] | None,
        variables: Mapping[str, str | None],
        locate: Located,
    ) -> tuple[str | None, list[SqlReference]]:
        in_force = self.binder.path if path is None else path
        queries = Queries(self.binder.catalog, in_force)
        copied = re.fullmatch(r"(.+?)\s*%\s*(rowtype|type)(\s*(?:\[\s*\]|array))?", written, re.I | re.S)
        if copied is None:
            cast_to = f"SELECT NULL::{written}".encode("utf-8", "replace")
            parsed = parse_statement_shared(cast_to)
            if parsed is None or isinstance(parsed, Refusal):
                return None, []
            cast = parsed[1].get("targetList", [{}])[0].get("ResTarget", {}).get("val", {}).get("TypeCast")
            if cast is None:
                return None, []
            shifted = Text(cast_to, lambda a, b: locate(start + a - 13, start + b - 13), path)
            references, _ = self.binder.statements(shifted)
            return format_type(cast["typeName"], queries.find_type), references
        parts = [fold_identifier(p.strip()) for p in copied.group(1).split(".")]
        if parts[0] in variables:
            return (variables[parts[0]] if len(parts) == 1 else None), []
        relation = parts if copied.group(2).lower() == "rowtype" else parts[:-1]
        if not relation:
            return None, []
        quoted = ".".join(quote_identifier(p) for p in relation).encode()
        text = Text(b"SELECT FROM " + quoted, lambda a, b: locate(start + a - 12, start + b - 12), path)
        references, _ = self.binder.statements(text)
        bound = next((r.target for r in references if r.outcome == "bound"), None)
        table = self.binder.catalog.tables.get(bound) if bound is not None else None
        if table is None:
            return None, references
        if copied.group(2).lower() == "rowtype":
            return row_type(table), references
        column = table.columns.get(parts[-1])
        query = b"SELECT " + quoted + b"." + quote_identifier(parts[-1]).encode() + b" FROM " + quoted
        text = Text(query, lambda a, b: locate(start + a - 7, start + b - 7), path)
        references += [r for r in self.binder.statements(text)[0] if r.kind == "column"]
        return (column.type if column is not None else None), references

    # --- what belongs to a table

    def _of_table(self, table: Table) -> Iterator[BodyBinding]:
        name = table.name
        if table.query is not None and table.place is not None:
            locate = self._within(table.place, table.query, extent=table.extent)
            text = Text(table.query.encode("utf-8", "replace"), locate)
            references, undecided = _whole(partial(self.binder.statements, text))
            yield BodyBinding("view", str(name), name, table.place, tuple(references), undecided)
        for policy in table.policies.values():
            if policy.place is not None:
                found, lost = self._expressions((policy.using, policy.check), policy.altered or policy.place, name)
                yield BodyBinding("policy", f"{name}/{policy.name}", name, policy.place, tuple(found), lost)
        if table.partition_of is not None:
            return
        for constraint in table.constraints.values():
            if constraint.kind == "check" and constraint.expression and constraint.place and not constraint.inherited:
                found, lost = self._expressions((constraint.expression,), constraint.place, name)
                yield BodyBinding("check", f"{name}/{constraint.name}", name, constraint.place, tuple(found), lost)
        for column in table.columns.values():
            place = column.place or table.place
            if place is None or column.inherited:
                continue
            found, lost = self._expressions((column.default,), place, name) if column.default else ([], None)
            found = [*self._type(column.type, column.retyped or place), *found]
            if found or column.default:
                yield BodyBinding("default", f"{name}.{column.name}", name, place, tuple(found), lost)
        for index in table.indexes.values():
            texts = list(filter(None, (*(column.expression for column in index.columns), index.predicate)))
            if texts and index.place is not None and not index.inherited:
                found, lost = self._expressions(texts, index.place, name)
                yield BodyBinding("index", f"{name}/{index.name}", name, index.place, tuple(found), lost)
        yield from self._triggers(table)

    def _type(self, text: str, place: Place) -> list[SqlReference]:
        """Return the name of a column's type, where nothing is known of it."""
        if base_type(text) in builtins().categories or text.endswith("%TYPE"):
            return []
        name = parse_type_name(text.removesuffix("[]"))
        if name is not None and self.binder.is_type(name):
            return []
        references, _ = self.binder.statements(Text(f"SELECT NULL::{text}".encode(), lambda start, end: place))
        return references

    def _triggers(self, table: Table) -> Iterator[BodyBinding]:
        for trigger in table.triggers.values():
            place = trigger.place
            if place is None or trigger.inherited:
                continue
            row = row_type(table)
            found, lost = self._expressions((trigger.when,), place, None, {"new": row, "old": row})
            for column in trigger.update_columns:
                found += self._named(table, column, place)
            function = trigger.function
            if function not in self.binder.catalog.functions and function.name not in builtins().functions:
                call = f"SELECT {quote_identifier(function.schema)}.{quote_identifier(function.name)}()"
                references, _ = self.binder.statements(Text(call.encode(), self._word(place, function.name)))
                found += [r for r in references if r.kind == "function"]
            subject = f"{table.name}/{trigger.name}"
            yield BodyBinding("trigger", subject, table.name, place, tuple(found), lost)
            # The extension's function sets the column that it is handed by name.
            for column in trigger.arguments if function.name == "moddatetime" else ():
                named = tuple(self._named(table, column, place))
                yield BodyBinding("trigger", subject, table.name, place, named, handed=True)

    def _named(self, table: Table, column: str, place: Place) -> list[SqlReference]:
        """Return what became of a column of the table that a trigger names."""
        text = f"SELECT {quote_identifier(column)} FROM {row_type(table)}"
        references, _ = self.binder.statements(Text(text.encode(), self._word(place, column)))
        return [r for r in references if r.kind == "column"]

    def _expressions(
        self,
        texts: Iterable[str | None],
        place: Place,
        table: Name | None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> Bound:
        """Return what became of the names in expressions that belong together; those that are not there say nothing."""
        return _whole(
            lambda: ([r for text in texts if text for r in self._expression(text, place, table, parameters)], None)
        )

    def _expression(
        self, text: str, place: Place, table: Name | None, parameters: Mapping[str, str | None] | None
    ) -> list[SqlReference]:
        node = parse_expression(text)
        if node is None:
            return []
        source = Text(
            b"SELECT " + text.encode("utf-8", "replace"), self._within(place, text, 7), None, parameters or {}
        )
        return self.binder.expression(node, source, table)


def _whole(bind: Callable[[], Bound]) -> Bound:
    """Return what one body binds to. What can't be followed costs that body alone."""
    try:
        return bind()
    except Exception as error:
        return [], lost_reason(error)


def _handed_over(reference: SqlReference) -> SqlReference:
    """A relation in a trigger function that no known trigger calls: REFERENCING may give it the changed rows."""
    if reference.kind != "relation" or reference.outcome != "unknown" or "." in reference.written:
        return reference
    return replace(reference, outcome="undecidable", reason="no trigger that is read calls the function")


def _path(setting: str | None) -> tuple[str, ...] | None:
    """Return the schemas of a stored search_path."""
    if setting is None:
        return None
    found = [fold_identifier(part.strip().strip("'")) for part in setting.split(",")]
    return tuple(s for s in found if s and s != "$user")


def _agreed(variants: list[Bound], *, told_apart: bool) -> Bound:
    """Join what a trigger's function means on each of its tables.

    What the row of one of them lacks fails whenever that table fires the trigger, unless the function may tell its
    tables apart: then unknown is only what is unknown on all of them.
    """
    if len(variants) == 1:
        return variants[0]
    seen: dict[tuple[Place, str, str], list[SqlReference]] = {}
    for references, _ in variants:
        for reference in references:
            seen.setdefault((reference.place, reference.kind, reference.written), []).append(reference)
    joined: list[SqlReference] = []
    for found in seen.values():
        if found[0].kind == "value" and len({reference.target for reference in found}) < len(variants):
            continue  # of another table's row, the value may be a good one
        outcomes = {reference.outcome for reference in found}
        lacking = [reference for reference in found if reference.outcome == "unknown" and reference.target is not None]
        of_the_row = found[0].kind == "column" and found[0].written.startswith(("new.", "old."))
        if found[0].kind in _OF_TYPES and told_apart and len(found) < len(variants):
            continue
        if outcomes == {"unknown", "bound"} and lacking and of_the_row and not told_apart:
            joined += list(dict.fromkeys(lacking))
        elif len(outcomes) > 1 and "unknown" in outcomes:
            reason = "the trigger's tables differ in it"
            joined.append(replace(found[0], outcome="undecidable", reason=reason))
        else:
            joined += list(dict.fromkeys(found))
    return joined, next((undecided for _, undecided in variants if undecided), None)
