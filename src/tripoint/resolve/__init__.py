"""What an unknown name most likely means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from msgspec.structs import replace

from tripoint.bind.claims import columns_claimed_in_vain
from tripoint.bind.sql_uses import sql_uses
from tripoint.bind.tables import lookup_table
from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Column, Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import LIKELY, Suggestion
from tripoint.model.name import Name
from tripoint.model.query import Select
from tripoint.model.regex import regex
from tripoint.resolve.clues import Clues, Swaps, Usage, column_clues, usage_of
from tripoint.resolve.functions import Called
from tripoint.resolve.hunks import Replacements
from tripoint.resolve.names import Candidate, UnknownName, resolve_name
from tripoint.resolve.tables import History, UnknownTable, resolve_tables
from tripoint.resolve.words import Vocabulary, tokens

__all__ = ["resolve"]


Replaced = Callable[[frozenset[str], frozenset[str], frozenset[str]], Replacements]
"""Paths, unknown names and existing ones → what commits replaced by one another in those files."""


MOST_PAIRS: Final = 100_000
"""So many pairs of an unknown table and one that may be meant are compared; each is looked at more than once."""


def resolve(
    evidence: Evidence, replaced: Replaced | None = None, left_out: Callable[[int], None] = lambda count: None
) -> dict[str, tuple[Suggestion, ...]]:
    """Return by subject what each unknown name most likely means, ranked, best first.

    Subjects are those of the findings: tables, columns, functions, buckets, edge functions and enum values. An answer
    of kind `create` says that nothing existing fits. `replaced` is asked only where there are unknown
    names that the migrations' own history does not explain. `left_out` is told of how many unknown tables it was not
    asked what they mean, since there are too many: those that the fewest files ask for.
    """
    renames = _renames(evidence)
    known = {
        name: table
        for name, table in evidence.defined.tables.items()
        if name not in evidence.platform.tables and table.partition_of is None
    }
    unknown = _unknown_tables(evidence)
    known |= {table.name: _expected(table) for table in unknown if table.vouched}
    if len(unknown) * len(known) > MOST_PAIRS:
        ranked_by_use = sorted(unknown, key=lambda table: (-len(table.files), table.name))
        left_out(len(unknown) - MOST_PAIRS // len(known))
        unknown = ranked_by_use[: MOST_PAIRS // len(known)]
    meanings: dict[str, tuple[Suggestion, ...]] = {}
    commits = _replacements(evidence, unknown, known, renames, replaced)
    history = History(renames, _replaced(evidence), commits)
    tables = resolve_tables(unknown, known, history, _used(evidence), _described(evidence)) if unknown else {}
    meanings.update({str(name): answers for name, answers in tables.items()})
    answers = {
        str(name): found[0].target
        for name, found in tables.items()
        if found and found[0].kind == "rename" and found[0].confidence >= LIKELY
    }
    mapping = {tokens(_bare(old)): tokens(_bare(new)) for old, new in answers.items()}
    words = Vocabulary(column for table in known.values() for column in table.columns)
    others = _other_names(evidence, answers)
    swaps = _swaps(others, unknown, known)
    for subject, name in others.items():
        ranked = resolve_name(name, renames.get(subject), mapping, words, swaps, commits)
        if ranked:
            meanings[subject] = ranked
    for subject, name in _enum_values(evidence).items():
        ranked = resolve_name(name, None, {}, words, Swaps({}), Replacements())
        meanings.update({subject: tuple(replace(s, kind="change-code") for s in ranked)} if ranked else {})
    return meanings


def _replacements(
    evidence: Evidence,
    tables: Iterable[UnknownTable],
    known: Mapping[Name, Table],
    renames: Mapping[str, str],
    replaced: Replaced | None,
) -> Replacements:
    """Return what the project's commits replaced by one another of the unknown names and the existing ones."""
    if replaced is None:
        return Replacements()
    unknown = {table.name.name for table in tables if str(table.name) not in renames}
    existing = {name.name for name in known}
    for binding in evidence.bindings:
        for column in binding.columns:
            if column.outcome == "unknown" and f"{column.table.name}.{column.column}" not in renames:
                unknown.add(column.column)
                existing |= set(column.table.columns)
        name = binding.query.name
        if binding.query.kind == "function" and name and not binding.functions:
            unknown.add(name)
            existing |= {function.name for function in evidence.defined.functions}
        elif binding.query.kind == "bucket" and name and name not in evidence.defined.buckets:
            unknown.add(name)
            existing |= set(evidence.defined.buckets)
    if not unknown or not existing:
        return Replacements()
    paths = frozenset(query.place.path for query in evidence.queries)
    return replaced(paths, frozenset(unknown), frozenset(existing))


def _bare(subject: str) -> str:
    return subject.rpartition(".")[2]


def _replaced(evidence: Evidence) -> dict[str, frozenset[str]]:
    """Return for each dropped table those that the migration created which dropped it."""
    made: dict[str, set[str]] = defaultdict(set)
    for name, table in evidence.defined.tables.items():
        if table.place is not None:
            made[table.place.path].add(str(name))
    return {subject: frozenset(made[place.path]) for subject, place in evidence.drops if made.get(place.path)}


def _described(evidence: Evidence) -> dict[Name, str]:
    """Return what documents and comments say in words of each table."""
    said: dict[Name, list[str]] = defaultdict(list)
    for name, claims in evidence.claims.by_table.items():
        said[name] += [claim.description for claim in claims if claim.description and not claim.generated]
    for name, table in evidence.defined.tables.items():
        if table.comment:
            said[name].append(table.comment)
    return {name: " ".join(texts) for name, texts in said.items()}


def _renames(evidence: Evidence) -> dict[str, str]:
    """Return old name → the name that it has in the end; of columns also by the names that their tables got later."""
    final: dict[str, str] = {}
    for old, new, _ in evidence.renames:
        for earlier, name in tuple(final.items()):
            if name == old:
                final[earlier] = new
            elif name.startswith(f"{old}."):
                final[earlier] = new + name[len(old) :]
                if earlier.startswith(f"{old}."):
                    final[new + earlier[len(old) :]] = final[earlier]
        final[old] = new
        final.pop(new, None)  # what has its name back is not gone
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


class _Unknown(dict[Name, UnknownTable]):
    """The unknown tables by name; one that is asked for is there from then on."""

    def __missing__(self, name: Name) -> UnknownTable:
        table = self[name] = UnknownTable(name)
        return table


def _unknown_tables(evidence: Evidence) -> list[UnknownTable]:
    found = _Unknown()
    _add_asked(evidence, found)
    _add_in_sql(evidence, found)
    _add_vouched(evidence, found)
    return list(found.values())


def _add_asked(evidence: Evidence, found: _Unknown) -> None:
    """Add the tables that the code asks for or embeds."""
    for binding in evidence.bindings:
        query = binding.query
        if query.test or binding.table is None or binding.table.outcome != "unknown" or binding.table.name is None:
            continue
        table = found[binding.table.name]
        table.files.add(query.place.path)
        if query.select is not None:
            _add_select(query.select, table)
        table.columns |= {f.column for f in query.filters if not f.path} | {w.column for w in query.written}
    for binding in evidence.bindings:
        for bound in () if binding.query.test else binding.embeds:
            embedded = Name(bound.origin.name.schema, bound.embed.target)
            if bound.outcome == "unknown" and lookup_table(embedded, evidence) is None:
                table = found[embedded]
                table.files.add(binding.query.place.path)
                _add_select(bound.embed.select, table)


def _add_in_sql(evidence: Evidence, found: _Unknown) -> None:
    """Add the tables that SQL names, of the code and of the catalog, and the columns that it names of any."""
    for use in sql_uses(evidence, "relation", "column"):
        reference = use.reference
        if reference.target is None or reference.hidden is not None:
            continue
        if reference.kind == "relation" and reference.outcome == "unknown":
            table = found[reference.target]
            table.files.add(reference.place.path)
            if use.body is not None and use.body.kind == "view" and use.body.name is not None:
                table.readers.add(use.body.name)
        elif reference.target in found and reference.column is not None:
            found[reference.target].columns.add(reference.column)


def _add_vouched(evidence: Evidence, found: _Unknown) -> None:
    """Add the tables that documents describe and those that foreign keys point to."""
    existing = evidence.defined.tables
    for name, claims in evidence.claims.by_table.items():
        if name not in existing and name not in evidence.platform.tables:
            table = found[name]
            table.columns |= {column.name for claim in claims for column in claim.columns}
            table.vouched = True
    for owner in existing.values():
        for key in owner.constraints.values():
            target = key.references
            if target is not None and target not in existing and target not in evidence.platform.tables:
                table = found[target]
                table.columns |= set(key.referenced_columns)
                table.vouched = table.pointed = True


def _add_select(select: Select, table: UnknownTable) -> None:
    table.columns |= {field.name for field in select.fields if field.name not in ("*", "count")}
    table.embeds |= {embed.target for embed in select.embeds}


_BUCKET = regex(r"\bbucket_id\"?\)?(?:::text)?\s*=\s*\(?'([^']+)'")


def _guarded(evidence: Evidence) -> set[str]:
    """Return the buckets that policies of storage.objects are for: whoever made them may have done so by hand."""
    objects = evidence.defined.tables.get(Name("storage", "objects"))
    policies = objects.policies.values() if objects is not None else ()
    return {
        name for policy in policies for text in (policy.using, policy.check) for name in _BUCKET.findall(text or "")
    }


def _other_names(evidence: Evidence, answers: Mapping[str, str]) -> dict[str, UnknownName]:
    """Return by subject the unknown names that are not those of tables, each with what may be meant."""
    found: dict[str, UnknownName] = {}
    functions = tuple(
        Candidate(n.name, str(n), arguments=_inputs(overloads), required=_required(overloads))
        for n, overloads in evidence.defined.functions.items()
        if n not in evidence.platform.functions
    )
    buckets = tuple(Candidate(bucket, bucket) for bucket in sorted({*evidence.defined.buckets, *_guarded(evidence)}))
    edge = tuple(Candidate(name, name) for name in evidence.database.settings.edge_functions)
    columns: dict[Name, tuple[Candidate, ...]] = {}
    called = Called(
        frozenset(word for table in evidence.defined.tables for word in tokens(table.name)),
        frozenset(b.function_name.name for b in evidence.bindings if b.function_name is not None and b.functions),
    )

    @cache
    def asked() -> tuple[dict[tuple[Name, str], Clues], dict[Name, Usage], dict[Name, set[str]]]:
        """What the code says of columns, and in which files it asks for which table: once, and where any is unknown."""
        files: dict[Name, set[str]] = defaultdict(set)
        for binding in evidence.bindings:
            for column in binding.columns:
                files[column.table.name].add(binding.query.place.path)
        return column_clues(evidence), usage_of(evidence), files

    def add_column(table: Table, column: str) -> None:
        if table.name not in columns:
            columns[table.name] = _columns(table, evidence)
        subject = f"{table.name}.{column}"
        if subject not in found:
            clues, usage, files = asked()
            known = clues.get((table.name, column), Clues())
            known.beside |= _older(subject, table, evidence)
            found[subject] = UnknownName(
                column,
                columns[table.name],
                clues=known,
                usage=usage.get(table.name, Usage()),
                owner=frozenset(tokens(table.name.name)),
                paths=files.get(table.name, set()),
                leads_to=_target_by_name(column, evidence, answers),
                dropped_with=_created_with(subject, table, evidence),
            )

    for binding in evidence.bindings:
        for column in binding.columns:
            if column.outcome == "unknown":
                add_column(column.table, column.column)
        query, name = binding.query, binding.query.name
        if query.kind == "function" and binding.function_name is not None and not binding.functions:
            subject = str(binding.function_name)
            function = found.setdefault(subject, UnknownName(binding.function_name.name, functions, called=called))
            function.arguments |= {argument.name for argument in query.arguments}
        elif query.kind == "function" and binding.function_name is not None and not query.alternatives:
            found |= _arguments(binding)
        elif query.kind == "bucket" and name and all(name != bucket.name for bucket in buckets):
            found[f"storage.buckets.id='{name}'"] = UnknownName(name, buckets)
        elif query.kind == "edge-function" and name and name not in evidence.database.settings.edge_functions:
            found[name] = UnknownName(name, edge)
    for name in sorted({one.name for one in evidence.invocations} - set(evidence.database.settings.edge_functions)):
        found.setdefault(name, UnknownName(name, edge))
    for hook in evidence.database.settings.auth_hooks:
        if hook.function not in evidence.defined.functions:
            found.setdefault(str(hook.function), UnknownName(hook.function.name, functions, called=called))
    for use in sql_uses(evidence, "column", "function"):
        reference = use.reference
        if reference.outcome != "unknown" or reference.target is None or reference.hidden is not None:
            continue
        if reference.kind == "function" and reference.target not in evidence.defined.functions:
            found.setdefault(str(reference.target), UnknownName(reference.target.name, functions, called=called))
        elif reference.column is not None and (known := evidence.defined.tables.get(reference.target)) is not None:
            add_column(known, reference.column)
    for owner, claimed in columns_claimed_in_vain(evidence):
        add_column(evidence.defined.tables[owner], claimed)
    return found


def _inputs(overloads: Iterable[Function]) -> frozenset[str]:
    """Return the names of the arguments that any of a function's overloads takes."""
    given = ("in", "inout", "variadic")
    return frozenset(a.name for f in overloads for a in f.arguments if a.name and a.mode in given)


def _required(overloads: Iterable[Function]) -> frozenset[str]:
    """Return the names of the arguments that every one of a function's overloads must be given."""
    needed = [
        frozenset(a.name for a in f.arguments if a.name and a.mode in ("in", "inout") and a.default is None)
        for f in overloads
    ]
    return frozenset.intersection(*needed) if needed else frozenset()


def _arguments(binding: QueryBinding) -> dict[str, UnknownName]:
    """Return by subject the arguments of a call that no version of the function has, with those that it leaves out."""
    given = {argument.name for argument in binding.query.arguments}
    known = _inputs(binding.functions)
    owner = binding.function_name
    rest = tuple(Candidate(_unmarked(name), f"{owner}.{name}") for name in sorted(known - given))
    return {f"{owner}.{name}": UnknownName(_unmarked(name), rest) for name in sorted(given - known)}


def _unmarked(argument: str) -> str:
    """Return an argument's name without the letter that tells arguments from columns: `p_user_id`, `_user_id`."""
    return _MARK.sub("", argument) or argument


_MARK = regex(r"^(?:p|in|arg)?_+", re.I)


def _enum_values(evidence: Evidence) -> dict[str, UnknownName]:
    """Return by subject the literals that code gives a column of an enum type which has no such value."""
    enums = {str(name): tuple(enum.values) for name, enum in evidence.defined.enums.items()}
    found: dict[str, UnknownName] = {}
    for binding in evidence.bindings if enums else ():
        table, query = binding.table.table if binding.table is not None else None, binding.query
        if table is None:
            continue
        given = [(one.column, one.value) for one in query.written if one.value is not None]
        given += [(one.column, value) for one in query.filters if not one.path for value in one.values]
        for column, value in given:
            values = enums.get(table.columns[column].type, ()) if column in table.columns else ()
            if values and value.kind == "string" and value.value is not None and value.value not in values:
                subject = f"{table.name}.{column}='{value.value}'"
                found[subject] = UnknownName(value.value, tuple(Candidate(one, one) for one in values))
    return found


def _swaps(others: Mapping[str, UnknownName], unknown: Iterable[UnknownTable], known: Mapping[Name, Table]) -> Swaps:
    names = {
        subject: (
            name.name,
            [c.name for c in name.candidates if c.name not in name.clues.beside | set(name.usage.asked)],
        )
        for subject, name in others.items()
    }
    tables = [name.name for name in known]
    return Swaps(names | {str(table.name): (table.name.name, tables) for table in unknown})


def _columns(table: Table, evidence: Evidence) -> tuple[Candidate, ...]:
    leads = {
        key.columns[0]: str(key.references)
        for key in table.constraint("foreign")
        if len(key.columns) == 1 and key.references is not None
    }
    alone = {target for target in leads.values() if list(leads.values()).count(target) == 1}
    enums = {str(name): tuple(enum.values) for name, enum in evidence.defined.enums.items()}
    return tuple(
        Candidate(
            name,
            f"{table.name}.{name}",
            leads[name] if leads.get(name) in alone else None,
            type=column.type,
            enum=enums.get(column.type),
        )
        for name, column in table.columns.items()
    )


def _target_by_name(column: str, evidence: Evidence, answers: Mapping[str, str]) -> str | None:
    """Return the table that a column called `<table>_id` says it points to, also by the table's old name."""
    words = tokens(column)
    if len(words) < 2 or words[-1] != "id":
        return None
    names = {str(name): str(name) for name in evidence.defined.tables} | dict(answers)
    names |= {str(name): str(name) for name in evidence.platform.tables if name.schema == "auth"}
    fits = {target for name, target in names.items() if tokens(name.partition(".")[2]) == words[:-1]}
    own = {target for target in fits if not target.startswith("auth.")}
    return next(iter(own or fits)) if len(own or fits) == 1 else None


def _older(subject: str, table: Table, evidence: Evidence) -> frozenset[str]:
    """Return the columns that stood beside a dropped one from the first, and so are not what came in its place."""
    if table.place is None or all(dropped != subject for dropped, _ in evidence.drops):
        return frozenset()
    made = table.place.path
    return frozenset(c.name for c in table.columns.values() if c.place is not None and c.place.path == made)


def _created_with(subject: str, table: Table, evidence: Evidence) -> frozenset[str]:
    """Return the columns that the migration added which dropped this one."""
    files = {place.path for dropped, place in evidence.drops if dropped == subject}
    made = table.place.path if table.place is not None else None
    return frozenset(
        f"{table.name}.{column.name}"
        for column in table.columns.values()
        if column.place is not None and column.place.path in files and column.place.path != made
    )
