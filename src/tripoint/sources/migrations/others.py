"""Schemas, extensions, sequences, publications, comments, owners."""

from __future__ import annotations

from tripoint.model.catalog import PUBLISHED, Extension, Publication, Sequence
from tripoint.model.name import Name
from tripoint.sources.migrations.analysis import refuse_anywhere
from tripoint.sources.migrations.early import lacks_column, needs_function
from tripoint.sources.migrations.functions import find_function
from tripoint.sources.migrations.security import role_name
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import existing
from tripoint.sql.extensions import EXTENSION_SCHEMAS, EXTENSION_TYPES, placed_by
from tripoint.sql.facts import Node
from tripoint.sql.types import strings, text_option

__all__ = [
    "alter_publication",
    "alter_sequence",
    "change_owner",
    "comment",
    "create_extension",
    "create_publication",
    "create_schema",
    "create_sequence",
]


def create_schema(state: State, context: Context, node: Node) -> None:
    """CREATE SCHEMA. What may stand within the statement comes as statements of its own."""
    owner = role_name(state, node["authrole"]) if "authrole" in node else None
    name = node.get("schemaname") or owner or ""
    if state.schema_exists(name):
        if not node.get("if_not_exists"):
            state.refuse(context, f'schema "{name}" already exists')
        return
    state.add_schema(name, context.place, owner)


def create_extension(state: State, context: Context, node: Node) -> None:
    """CREATE EXTENSION, with the types that it brings along."""
    name = node["extname"]
    if name in state.catalog.extensions or name in state.base.extensions:
        if not node.get("if_not_exists"):
            state.refuse(context, f'extension "{name}" already exists')
        return
    options = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in node.get("options", ())}
    written = options.get("schema", {}).get("String", {}).get("sval")
    own = EXTENSION_SCHEMAS.get(name)
    if own and written and written != own and "cascade" not in options and not placed_by(state.platform, name):
        state.refuse(context, f'extension "{name}" must be installed in schema "{own}"')
        return
    schema = own or written or state.creation_schema()
    state.catalog.extensions[name] = Extension(name, schema, context.place)
    state.note_made(f"the extension {name}", context.place)
    for type_ in EXTENSION_TYPES.get(name, ()):
        state.extension_types.setdefault(Name(schema, type_), name)


def _owner_of(state: State, context: Context, sequence: Sequence, options: list[Node]) -> None:
    for item in options:
        option = item["DefElem"]
        if option["defname"] == "as":
            sequence.type = state.type_text(option["arg"]["TypeName"])
        elif option["defname"] == "owned_by":
            *table_names, column = strings(option["arg"]["List"]["items"])
            if not table_names:  # OWNED BY NONE
                sequence.owned_by = None
                continue
            table = state.find_table(table_names)
            if table is None:
                state.missing(context, table_names, "alter")
            else:
                state.own(sequence, table.name, column)


def create_sequence(state: State, context: Context, node: Node) -> None:
    """CREATE SEQUENCE."""
    name = state.target(node["sequence"])
    if existing(state, context, name, bool(node.get("if_not_exists"))):
        return
    sequence = Sequence(name, place=context.place)
    _owner_of(state, context, sequence, node.get("options", []))
    state.add_sequence(sequence)


def alter_sequence(state: State, context: Context, node: Node) -> None:
    """ALTER SEQUENCE: its type and owner."""
    written = state.written(node["sequence"])
    found = next((sequence for name in state.candidates(written) if (sequence := state.sequence(name))), None)
    if found is None:
        if not node.get("missing_ok"):
            state.refuse(context, f'relation "{".".join(written)}" does not exist')
        return
    _owner_of(state, context, state.change_sequence(found), node.get("options", []))


def create_publication(state: State, context: Context, node: Node) -> None:
    """CREATE PUBLICATION."""
    name = node["pubname"]
    if name in state.catalog.publications or name in state.base.publications:
        state.refuse(context, f'publication "{name}" already exists')
        return
    publication = Publication(name, bool(node.get("for_all_tables")), _operations(node, PUBLISHED), place=context.place)
    state.catalog.publications[name] = publication
    _publish(state, context, publication, node, "AP_AddObjects")


def alter_publication(state: State, context: Context, node: Node) -> None:
    """ALTER PUBLICATION: what it publishes."""
    name = node["pubname"]
    if name not in state.catalog.publications:
        former = state.base.publications.get(name)
        if former is None:
            state.refuse(context, f'publication "{name}" does not exist')
            return
        copied = Publication(name, former.all_tables, former.publish, set(former.tables), set(former.schemas))
        state.catalog.publications[name] = copied
    publication = state.catalog.publications[name]
    publication.publish = _operations(node, publication.publish)
    if node.get("action") == "AP_SetObjects":
        publication.removed |= dict.fromkeys(publication.tables, context.place)
        publication.tables.clear()
        publication.schemas.clear()
    _publish(state, context, publication, node, node.get("action", "AP_AddObjects"))


def _operations(node: Node, otherwise: frozenset[str]) -> frozenset[str]:
    """Return what the option `publish` says that is published."""
    said = text_option(node, "publish")
    if said is None:
        return otherwise
    return frozenset(filter(None, (word.strip().lower() for word in said.split(","))))


def _publish(state: State, context: Context, publication: Publication, node: Node, action: str) -> None:
    for item in node.get("pubobjects", ()):
        spec = item["PublicationObjSpec"]
        if "pubtable" in spec:
            written = state.written(spec["pubtable"]["relation"])
            table = state.find_table(written)
            if table is None:
                state.missing(context, written, "other" if action == "AP_DropObjects" else "alter")
            elif action == "AP_DropObjects":
                publication.tables.discard(table.name)
                publication.removed[table.name] = context.place
            else:
                if action == "AP_AddObjects" and table.name in publication.tables and not context.in_block:
                    which = f'relation "{table.name.name}" is already member of publication "{publication.name}"'
                    refuse_anywhere(state, context, which)
                publication.tables.add(table.name)
                publication.removed.pop(table.name, None)
        else:
            schema = spec.get("name") or state.creation_schema()
            (publication.schemas.discard if action == "AP_DropObjects" else publication.schemas.add)(schema)


def comment(state: State, context: Context, node: Node) -> None:
    """COMMENT ON what a catalog holds comments of."""
    kind, text, item = node.get("objtype"), node.get("comment"), node.get("object", {})
    names = strings(item["List"].get("items")) if "List" in item else strings([item])
    if kind in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_COLUMN"):
        owner = names[:-1] if kind == "OBJECT_COLUMN" else names
        table = state.find_table(owner)
        if table is None:
            composite = state.resolve_type(owner) if kind == "OBJECT_COLUMN" else None
            if composite is None:
                state.missing(context, owner, "comment")
            elif composite in state.catalog.composites and names[-1] in state.catalog.composites[composite].columns:
                state.catalog.composites[composite].columns[names[-1]].comment = text
            return
        table = state.change(table, context.place)
        if kind != "OBJECT_COLUMN":
            table.comment = text
        elif names[-1] in table.columns:
            table.columns[names[-1]].comment = text
        elif table.complete:
            lacks_column(state, context, table, names[-1])
    elif kind in ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"):
        function = find_function(state, item["ObjectWithArgs"])
        needs_function(state, context, strings(item["ObjectWithArgs"].get("objname")))
        if function is not None:
            state.change_function(function).comment = text
    elif kind in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        name = state.resolve_type(strings(item.get("TypeName", {}).get("names")))
        for holders in (state.catalog.enums, state.catalog.domains, state.catalog.composites):
            if name is not None and name in holders:
                holders[name].comment = text
    elif kind == "OBJECT_SCHEMA" and state.schema_exists(names[-1]):
        state.change_schema(names[-1]).comment = text
    elif kind == "OBJECT_SEQUENCE":
        sequence = next((found for name in state.candidates(names) if (found := state.sequence(name))), None)
        if sequence is not None:
            state.change_sequence(sequence).comment = text


def change_owner(state: State, context: Context, node: Node) -> None:
    """ALTER … OWNER TO of functions and schemas (of tables it is an ALTER TABLE)."""
    owner, item = role_name(state, node["newowner"]), node.get("object", {})
    if "ObjectWithArgs" in item:
        function = find_function(state, item["ObjectWithArgs"])
        names = strings(item["ObjectWithArgs"].get("objname"))
        if function is not None:
            state.change_function(function).owner = owner
        else:
            needs_function(state, context, names)
    elif node.get("objectType") == "OBJECT_SCHEMA":
        name = item["String"].get("sval", "")
        if state.schema_exists(name):
            state.change_schema(name).owner = owner
