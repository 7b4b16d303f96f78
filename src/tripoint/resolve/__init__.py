"""What an unknown name most likely means."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from tripoint.bind.sql_uses import sql_uses
from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.model.query import Select
from tripoint.resolve.tables import UnknownTable, resolve_tables
from tripoint.resolve.words import spelling, tokens

__all__ = ["resolve"]

_SHOWN = 3
_LEAST = 0.3


def resolve(evidence: Evidence) -> dict[str, tuple[Suggestion, ...]]:
    """Return by subject what each unknown name most likely means, ranked, best first.

    Subjects are those of the findings: tables, columns, functions, buckets, edge functions and enum values. An answer
    of kind `create` says that nothing existing fits.
    """
    renames = _renames(evidence)
    known = {
        name: table
        for name, table in evidence.defined.tables.items()
        if name not in evidence.platform.tables and table.partition_of is None
    }
    unknown = _unknown_tables(evidence)
    known |= {table.name: _expected(table) for table in unknown if table.vouched}
    meanings: dict[str, tuple[Suggestion, ...]] = {}
    tables = resolve_tables(unknown, known, renames, _used(evidence))
    meanings.update({str(name): answers for name, answers in tables.items()})
    for subject, (name, candidates) in _other_names(evidence).items():
        found = _by_name(subject, name, candidates, renames)
        if found:
            meanings[subject] = found
    return meanings


def _renames(evidence: Evidence) -> dict[str, str]:
    """Return old name → the name that it has in the end."""
    direct = {old: new for old, new, _ in evidence.renames}
    final = {}
    for old in direct:
        new, seen = direct[old], {old}
        while new in direct and new not in seen:
            seen.add(new)
            new = direct[new]
        final[old] = new
    return final


def _used(evidence: Evidence) -> dict[Name, set[str]]:
    used: dict[Name, set[str]] = defaultdict(set)
    for binding in evidence.bindings:
        if binding.table is not None and binding.table.outcome == "bound" and binding.table.name is not None:
            used[binding.table.name].add(binding.query.place.path)
    return used


def _expected(table: UnknownTable) -> Table:
    """Return a table that does not exist yet, but that a document or a foreign key vouches for, as one to be meant."""
    columns = {name: Column(name, "") for name in sorted(table.columns)}
    return Table(table.name, columns=columns, complete=False)


def _unknown_tables(evidence: Evidence) -> list[UnknownTable]:
    found: dict[Name, UnknownTable] = {}

    def unknown(name: Name) -> UnknownTable:
        return found.setdefault(name, UnknownTable(name))

    for binding in evidence.bindings:
        query = binding.query
        if query.test or binding.table is None or binding.table.outcome != "unknown" or binding.table.name is None:
            continue
        table = unknown(binding.table.name)
        table.files.add(query.place.path)
        if query.select is not None:
            _add_select(query.select, table)
        table.columns |= {f.column for f in query.filters if not f.path} | {w.column for w in query.written}
    for use in sql_uses(evidence, "relation", "column"):
        reference = use.reference
        if reference.target is None or reference.hidden is not None:
            continue
        if reference.kind == "relation" and reference.outcome == "unknown":
            unknown(reference.target).files.add(reference.place.path)
        elif reference.target in found and reference.column is not None:
            found[reference.target].columns.add(reference.column)
    existing = evidence.defined.tables
    for name, claims in evidence.claims.by_table.items():
        if name not in existing and name not in evidence.platform.tables:
            table = unknown(name)
            table.columns |= {column.name for claim in claims for column in claim.columns}
            table.vouched = True
    for owner in existing.values():
        for key in owner.constraints.values():
            target = key.references
            if target is not None and target not in existing and target not in evidence.platform.tables:
                table = unknown(target)
                table.columns |= set(key.referenced_columns)
                table.vouched = True
    return list(found.values())


def _add_select(select: Select, table: UnknownTable) -> None:
    table.columns |= {field.name for field in select.fields if field.name not in ("*", "count")}
    table.embeds |= {embed.target for embed in select.embeds}


def _other_names(evidence: Evidence) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return subject → (name, candidates by name with the target that a suggestion names)."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    functions = {n.name: str(n) for n in evidence.defined.functions if n not in evidence.platform.functions}
    buckets = {bucket: bucket for bucket in evidence.defined.buckets}
    edge = {name: name for name in evidence.database.settings.edge_functions}
    for binding in evidence.bindings:
        for column in binding.columns:
            if column.outcome == "unknown":
                owner = column.table.name
                candidates = {name: f"{owner}.{name}" for name in column.table.columns}
                found[f"{owner}.{column.column}"] = (column.column, candidates)
        name = binding.query.name
        if binding.query.kind == "function" and binding.function_name is not None and not binding.functions:
            found[str(binding.function_name)] = (binding.function_name.name, functions)
        elif binding.query.kind == "bucket" and name and name not in buckets:
            found[f"storage.buckets.id='{name}'"] = (name, buckets)
        elif binding.query.kind == "edge-function" and name and name not in edge:
            found[name] = (name, edge)
    for use in sql_uses(evidence, "column", "function"):
        reference = use.reference
        if reference.outcome != "unknown" or reference.target is None or reference.hidden is not None:
            continue
        if reference.kind == "function" and reference.target not in evidence.defined.functions:
            found[str(reference.target)] = (reference.target.name, functions)
        elif reference.column is not None and (known := evidence.defined.tables.get(reference.target)) is not None:
            candidates = {name: f"{known.name}.{name}" for name in known.columns}
            found[f"{known.name}.{reference.column}"] = (reference.column, candidates)
    return found


def _by_name(
    subject: str, name: str, candidates: Mapping[str, str], renames: Mapping[str, str]
) -> tuple[Suggestion, ...]:
    ranked: list[Suggestion] = []
    for candidate, target in candidates.items():
        if renames.get(subject) == target:
            ranked.append(Suggestion("rename", target, 0.98, (f"a migration renamed it to {candidate}",)))
            continue
        own, theirs = tokens(name), tokens(candidate)
        if own == theirs:
            reason = "the names differ in number, case or punctuation only"
            ranked.append(Suggestion("rename", target, 0.93, (reason,)))
            continue
        alike = spelling("".join(own), "".join(theirs))
        shared = set(own) & set(theirs)
        overlap = len(shared) / len(set(own) | set(theirs)) if own and theirs else 0.0
        score = -4.2 + 3.4 * overlap + 5.5 * max(0.0, alike - 0.55) / 0.45
        if shared - {"id"} or alike >= 0.8:
            reasons = (
                [f"the names share {' and '.join(repr(word) for word in own if word in shared)}"] if shared else []
            )
            reasons += ["the names are spelled alike"] if alike >= 0.8 else []
            ranked.append(Suggestion("rename", target, round(1 / (1 + math.exp(-score)), 2), tuple(reasons)))
    shown = [suggestion for suggestion in ranked if suggestion.confidence >= _LEAST]
    return tuple(sorted(shown, key=lambda s: (-s.confidence, s.target))[:_SHOWN])
