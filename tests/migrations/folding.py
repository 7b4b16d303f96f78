"""Catalogs as lines of text, so that a test reads as what a statement adds and what it takes away."""

from __future__ import annotations

from tripoint.model.catalog import PUBLISHED, Catalog, Column, Constraint, Index, Table
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sql.read import read_sql


def folded(*files: str, base: str = "") -> Folded:
    """Fold SQL texts, each a file `1.sql`, `2.sql`, …"""
    platform = fold([("base.sql", read_sql(base.encode()))]).catalog if base else None
    return fold([(f"{n}.sql", read_sql(text.encode())) for n, text in enumerate(files, 1)], platform)


def changes(before: str, statement: str) -> tuple[list[str], list[str]]:
    """Return the lines that a statement takes away and those that it adds."""
    old, new = describe(folded(before).catalog), describe(folded(before + "\n" + statement).catalog)
    return [line for line in old if line not in new], [line for line in new if line not in old]


def describe(catalog: Catalog) -> list[str]:
    """Return every fact of a catalog as one line."""
    lines: list[str] = []
    for schema in catalog.schemas.values():
        lines.append(f"schema {schema.name}{_comment(schema.comment)}")
        lines += [f"grant {grant.privilege} on schema {schema.name} to {grant.role}" for grant in schema.grants]
    for table in catalog.tables.values():
        lines += _table(table)
    for name, functions in catalog.functions.items():
        for function in functions:
            arguments = ", ".join(
                " ".join(filter(None, [a.mode, a.name, a.type, a.default and f"= {a.default}"]))
                for a in function.arguments
            )
            settings = "".join(f" set {key}={value}" for key, value in function.settings.items())
            flags = [
                function.kind,
                function.volatility,
                "definer" if function.security_definer else "",
                function.language,
            ]
            lines.append(f"{name}({arguments}) -> {function.returns} {' '.join(filter(None, flags))}{settings}")
            lines += [
                f"grant {g.privilege} on {name}({', '.join(function.identity)}) to {g.role}" for g in function.grants
            ]
            lines += [f"comment on {name} {function.comment}"] if function.comment else []
            lines += [f"owner of {name} {function.owner}"] if function.owner else []
    for enum in catalog.enums.values():
        lines.append(f"enum {enum.name} {', '.join(enum.values)}{_comment(enum.comment)}")
    for domain in catalog.domains.values():
        required = "" if domain.nullable else " not null"
        default = f" default {domain.default}" if domain.default is not None else ""
        lines.append(f"domain {domain.name} {domain.type}{required}{default}")
        lines += [f"check {domain.name}/{name} {text}" for name, text in domain.checks.items()]
    for composite in catalog.composites.values():
        columns = ", ".join(f"{column.name} {column.type}" for column in composite.columns.values())
        lines.append(f"{composite.kind} {composite.name} ({columns})")
    for sequence in catalog.sequences.values():
        owner = f" of {sequence.owned_by[0]}.{sequence.owned_by[1]}" if sequence.owned_by else ""
        lines.append(f"sequence {sequence.name} {sequence.type}{owner}{' internal' if sequence.internal else ''}")
        lines += [f"grant {grant.privilege} on sequence {sequence.name} to {grant.role}" for grant in sequence.grants]
    for extension in catalog.extensions.values():
        lines.append(f"extension {extension.name} in {extension.schema}")
    for publication in catalog.publications.values():
        published = sorted([*map(str, publication.tables), *publication.schemas])
        of = "" if publication.publish == PUBLISHED else f" of {', '.join(sorted(publication.publish))}"
        lines.append(f"publication {publication.name} {'all' if publication.all_tables else ', '.join(published)}{of}")
    for entry in catalog.default_grants:
        lines.append(
            f"default {entry.creator} {entry.schema} {entry.kind} {entry.grant.privilege} to {entry.grant.role}"
        )
    lines += [f"bucket {bucket.id}{' public' if bucket.public else ''}" for bucket in catalog.buckets.values()]
    lines += [f"role {role}" for role in catalog.roles]
    return sorted(lines)


def _comment(text: str | None) -> str:
    return f" -- {text}" if text else ""


def _table(table: Table) -> list[str]:
    name = table.name
    flags = [
        "rls" if table.row_security else "",
        "forced" if table.force_row_security else "",
        f"identity {table.replica_identity}" if table.replica_identity != "default" else "",
        "unlogged" if table.unlogged else "",
        f"partition by {table.partitioned}" if table.partitioned else "",
        f"partition of {table.partition_of}" if table.partition_of else "",
        f"inherits {', '.join(map(str, table.inherits))}" if table.inherits else "",
        f"owner {table.owner}" if table.owner else "",
        "" if table.complete else "incomplete",
        *(f"{key}={value}" for key, value in table.options.items()),
        f"as {table.query}" if table.query else "",
    ]
    lines = [" ".join(filter(None, [table.kind, str(name), *flags])) + _comment(table.comment)]
    lines += [_column(table, column) for column in table.columns.values()]
    lines += [_constraint(table, constraint) for constraint in table.constraints.values()]
    lines += [_index(table, index) for index in table.indexes.values()]
    for policy in table.policies.values():
        kind = "" if policy.permissive else "restrictive "
        using = f" using {policy.using}" if policy.using is not None else ""
        check = f" check {policy.check}" if policy.check is not None else ""
        lines.append(f"policy {name}/{policy.name} {kind}{policy.command} to {', '.join(policy.roles)}{using}{check}")
    for trigger in table.triggers.values():
        events = " or ".join(trigger.events) + (
            f" of {', '.join(trigger.update_columns)}" if trigger.update_columns else ""
        )
        parts = ["row" if trigger.row else "statement", f"when {trigger.when}" if trigger.when else ""]
        parts += ["constraint" if trigger.constraint else "", "" if trigger.enabled else "disabled"]
        parts += ["inherited" if trigger.inherited else ""]
        call = f"{trigger.function}({', '.join(trigger.arguments)})"
        lines.append(" ".join(filter(None, [f"trigger {name}/{trigger.name}", trigger.timing, events, *parts, call])))
    for grant in table.grants:
        column = f".{grant.column}" if grant.column else ""
        lines.append(f"grant {grant.privilege} on {name}{column} to {grant.role}{' *' if grant.grantable else ''}")
    return lines


def _column(table: Table, column: Column) -> str:
    parts = [
        "" if column.nullable else "not null",
        f"{column.generated} as {column.default}" if column.generated else "",
        f"default {column.default}" if column.default is not None and not column.generated else "",
        f"identity {column.identity}" if column.identity else "",
        "inherited" if column.inherited else "",
    ]
    return " ".join(filter(None, [f"{table.name}.{column.name}", column.type, *parts])) + _comment(column.comment)


def _constraint(table: Table, constraint: Constraint) -> str:
    parts = [
        constraint.expression or "",
        f"-> {constraint.references}({', '.join(constraint.referenced_columns)})" if constraint.references else "",
        f"on delete {constraint.on_delete}" if constraint.on_delete != "no action" else "",
        f"on update {constraint.on_update}" if constraint.on_update != "no action" else "",
        f"include ({', '.join(constraint.include)})" if constraint.include else "",
        "deferrable" if constraint.deferrable else "",
        "deferred" if constraint.initially_deferred else "",
        "nulls not distinct" if constraint.nulls_not_distinct else "",
        "" if constraint.validated else "not valid",
        "inherited" if constraint.inherited else "",
    ]
    columns = ", ".join(constraint.columns)
    return " ".join(filter(None, [f"{constraint.kind} {table.name}/{constraint.name} ({columns})", *parts]))


def _index(table: Table, index: Index) -> str:
    keys = ", ".join(
        " ".join(
            filter(
                None,
                [
                    key.name or f"({key.expression})",
                    key.opclass,
                    "desc" if key.descending else "",
                    "nulls first" if key.nulls_first else "",
                ],
            )
        )
        for key in index.columns
    )
    parts = [
        f"include ({', '.join(index.include)})" if index.include else "",
        f"where {index.predicate}" if index.predicate else "",
        "nulls not distinct" if index.nulls_not_distinct else "",
        "" if index.valid else "invalid",
        "inherited" if index.inherited else "",
    ]
    kind = "unique index" if index.unique else "index"
    return " ".join(filter(None, [f"{kind} {table.name}/{index.name} {index.method} ({keys})", *parts]))
