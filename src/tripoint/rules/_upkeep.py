"""What every rule's faults are held against: code that the product does not run, what else may hold what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, is_slip
from tripoint.model.name import Name
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import MAPPED, went
from tripoint.sources.code.scripts import is_copy, is_example, is_probe, is_script, is_step

__all__ = ["counted_once", "held_by_others", "holds", "is_decided", "lowered", "moved_away"]

_NOWHERE: Mapping[str, str] = {}
_BENCHMARK = regex(r"(?:^|/)bench(?:es|marks?)?/", re.IGNORECASE)
_OF_THE_API = frozenset(
    {
        *("row-security-disabled", "policy-without-row-security", "sensitive-column-exposed", "exposed-auth-users"),
        *("missing-function", "wrong-function-argument", "missing-relationship", "ambiguous-relationship"),
        *("ambiguous-function", "missing-grant", "blocked-by-row-security"),
    }
)
"""Rules that ask what the platform's API does with the schema."""
_OF_AN_OUTLINE = frozenset(
    {
        *("missing-table", "missing-column", "missing-required-column", "invalid-value", "type-mismatch"),
        *("missing-relationship", "ambiguous-relationship", "generated-column-write", "mismatched-foreign-key-type"),
        "set-null-on-required-column",
        *("documented-but-missing", "documented-relationship-missing", "undocumented-table", "stale-schema-section"),
        *("stale-types", "unused-table", "unused-column", "no-primary-key", "not-exposed", "missing-edge-function"),
        *("service-role-in-browser", "hard-coded-service-role-key", "unused-ignore"),
        *("malformed-select", "malformed-filter"),
    }
)
"""Rules that ask for nothing but tables, columns, keys and checks."""
_OF_CALLS = frozenset({"missing-function", "wrong-function-argument"})
"""Rules of what the API is called for, which generated types tell of as well, unless nobody listed a function there."""
_BY_ABSENCE = frozenset(
    {
        *("row-security-disabled", "policy-without-row-security", "row-security-without-policy", "missing-grant"),
        *("blocked-by-row-security", "unreachable-write-policy", "sensitive-column-exposed"),
        *("not-published", "incomplete-old-record"),
        *("missing-conflict-target", "unindexed-foreign-key", "unindexed-query"),
    }
)
"""Rules of what a table is without, that no outline holds: row security, policies, grants, indexes, publications."""
_OF_WHAT_IS_LACKING = frozenset({"dangling-foreign-key", "policy-references-missing", "name-outside-search-path"})
"""Rules of the schema that tell what it names and does not hold, as rules of the code do."""
_BEYOND_TYPES = frozenset(
    {"ambiguous-relationship", "blocked-by-row-security", "missing-conflict-target", "missing-grant", "invalid-value"}
)
"""Rules that ask for what generated types do not tell: policies, unique keys, grants, checks; or for every key."""
_WEIGHED = frozenset({"hard-coded-service-role-key"})
"""Rules that weigh by themselves whose code it is, and of which a script is no better."""
_MADE_GOOD = frozenset({"missing-table", "missing-required-column"})
_NOT_OUTLINED = "the schema file holds tables alone: a view or a trigger may make it good"
_BY_HAND = "only types that seem written by hand tell of the database"
_OLD_TYPES = "only types that were generated from the database tell of it, and may be older than it is"
_IN_PIECES = "no known runner applies what is read as the schema, a part of it at most: more SQL may have been run"
_DOUBTFUL = (
    "the SQL names nothing of Supabase, and the code has a driver of PostgreSQL or another database too: it may be a "
    "plain server's"
)
_HOSTED = "the settings of an environment connect to {}, and to no database of Supabase's"
_OF_THE_KEY = frozenset({"row-security-disabled", "sensitive-column-exposed", "exposed-auth-users"})
"""Rules of what whoever has the public key reads."""
_NO_CLIENT = "the code goes to the database itself and has no key of the API, which is open to whoever has one"
_NO_KEY = "the SQL names nothing of Supabase, and the code has the service role's key alone: it may be a plain server's"
_MAKE_CLIENTS = frozenset({"createClient", "create_client", "createSupabaseClient", "createBrowserClient"})
_NO_CODE = "no code that was read asks for anything, and no table has row security: it may be a plain server's"
_NOT_ASKED = "Supabase's client is a dependency that no code imports, beside a driver: it may be a plain server's"
_FEW = 5
_SEVERAL = 10
_MANY = 25
"""Statements that PostgreSQL would refuse from which on the migrations are not what made the database."""
_BY_MODELS = "only an ORM's models have the table, and no migration makes it"
_COPIES = "only code that was put away does this"
_PROBES = "only scripts that try out what the database holds do this"
_STEPS = "only numbered steps that moved data name it: each was written for what the database held then"
_IN_VAIN = (
    "PostgreSQL would refuse {} statements of the migrations, so the database came to be in another way, "
    "and may hold it"
)
_MAPPED = "an ORM's model maps it, and apart from that only code that the product does not run names it"
_KEPT = "a migration drops the column, which PostgreSQL would refuse: an older database may be without it"
_KINDS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (is_script, "only scripts do this, and no user of the application runs them"),
    (
        lambda path: _BENCHMARK.search(path) is not None,
        "only benchmarks do this, and no user of the application runs them",
    ),
    (is_example, "only an example that comes with the code does this, and it may have a database of its own"),
    (
        lambda path: is_script(path) or is_probe(path),
        "only scripts do this, and no user of the application runs them",
    ),
    (lambda path: is_script(path) or is_copy(path), "only scripts and code that was put away do this"),
)


def holds(rule: Rule, evidence: Evidence) -> bool:
    """Tell whether a rule can be decided by what defines the database, which may be its tables alone."""
    if evidence.database.outline:
        return rule.name in _OF_AN_OUTLINE
    by_types = evidence.database.by_types and rule.name in _OF_CALLS and _lists_functions(evidence)
    return evidence.database.definition != "orm" or rule.models_suffice or by_types


def _lists_functions(evidence: Evidence) -> bool:
    return any(name not in evidence.platform.functions for name in evidence.defined.functions)


def is_decided(rule: Rule, fault: Fault, evidence: Evidence) -> bool:
    """Tell whether more than its columns need not be known of the tables that a fault is about: of those that only the
    models of an ORM have, no migration tells, and an outline leaves out what is not of the table itself."""
    tables = fault.subject.split(" -> ")
    if rule.name in _BY_ABSENCE and any(map(evidence.is_outlined, tables)):
        return False
    return rule.models_suffice or not any(map(evidence.is_beyond, tables))


def could_find(rule: Rule, evidence: Evidence) -> bool:
    """Tell whether a rule had all that it needs, so that what it does not find is not there."""
    heard = evidence.heard.issuperset(rule.needs) and (evidence.proof is not None or not rule.by_proof)
    return heard and holds(rule, evidence)


def held_by_others(own: Evidence, all_of_them: Iterable[Evidence]) -> Mapping[str, str]:
    """Return what the project's other databases hold, as subjects of findings, each with the database's name.

    Of one that makes several of the same tables, which the same code may speak to, these are also the values that the
    columns of those take.
    """
    found: dict[str, str] = {}
    made = {name for name, table in own.defined.tables.items() if table.place is not None}
    for other in all_of_them:
        if other is not own:
            same = [table for name, table in other.defined.tables.items() if name in made and table.place is not None]
            if len(same) >= _FEW:
                found.update(dict.fromkeys(_values(same, other), other.database.name))
            for name, table in other.defined.tables.items():
                if table.place is not None:
                    found[str(name)] = other.database.name
                    found.update(dict.fromkeys((f"{name}.{column}" for column in table.columns), other.database.name))
            for name, overloads in other.defined.functions.items():
                taken = (f"{name}.{argument.name}" for function in overloads for argument in function.arguments)
                found.update(dict.fromkeys((str(name), *taken), other.database.name))
    return found


def _values(tables: Iterable[Table], evidence: Evidence) -> Iterator[str]:
    """Yield the values that columns take by their enums and checks, and the columns that take any."""
    enums = {str(name): enum.values for name, enum in evidence.defined.enums.items()}
    for table in tables:
        for column in table.columns.values():
            checks = [one for one in table.constraints.values() if one.kind == "check" and column.name in one.columns]
            said = [value for one in checks for value in _QUOTED.findall(one.expression or "")]
            takes = enums.get(column.type, said if checks else None)
            yield from (f"{table.name}.{column.name}='{value}'" for value in takes or ())
            if takes is None:
                yield f"{table.name}.{column.name}="


_QUOTED = regex(r"'((?:[^']|'')*)'")


def moved_away(
    rule: Rule, fault: Fault, evidence: Evidence, elsewhere: Mapping[str, str]
) -> tuple[str, Problem] | None:
    """Return what is to be said instead of a missing table that the migrations dropped and another database holds."""
    if rule.name != "missing-table" or fault.subject not in elsewhere:
        return None
    place = next((place for gone, place in evidence.drops if gone == fault.subject), None)
    if place is None:
        return None
    reason = (
        f"drops {fault.subject}, which the project's database {elsewhere[fault.subject]} holds: code that names it is "
        "taken to speak to that one"
    )
    return place.path, Problem("unresolved", place.start, place.end, reason)


def counted_once(faults: Iterable[tuple[Rule, Fault]], evidence: Evidence) -> list[tuple[Rule, Fault]]:
    """Return the faults; keys to a missing table are low where a fault that is no less severe counts them already, and
    so is what the code alone has where a document that defines the schema lacks a good deal of it: it lags behind."""
    told = [*faults]
    against = [
        index for index, (rule, fault) in enumerate(told) if rule.family == "code" and fault.severity == "medium"
    ]
    by_types = evidence.database.by_types and evidence.held is None
    if (by_types or _found_by_content(evidence)) and len(against) > _SEVERAL:
        what = evidence.generated[0][0] if by_types else evidence.database.migrations[0].path
        reason = f"{what} differs from the code in {len(against)} things: it most likely lags behind"
        for index in against:
            told[index] = told[index][0], replace(told[index][1], severity="low", severity_reason=reason)
    grave = ("critical", "high")
    missing = {f.subject for r, f in told if r.name == "missing-table" and (f.severity or r.severity) in grave}
    open_to_all = {f.subject for r, f in told if r.name == "row-security-disabled"}
    for index, (rule, fault) in enumerate(told):
        if rule.name == "policy-without-row-security" and fault.subject in open_to_all:
            reason = f"row-security-disabled tells of {fault.subject}, and counts its policies"
            told[index] = rule, replace(fault, severity="low", severity_reason=reason)
        target = fault.subject.rpartition(" -> ")[2]
        if rule.name == "dangling-foreign-key" and target in missing:
            reason = f"missing-table tells of {target}, and counts this key"
            told[index] = rule, replace(fault, severity="low", severity_reason=reason)
    return told


def _by_hand(evidence: Evidence) -> bool:
    """Tell whether a folder of migrations without versions says what the database holds."""
    database = evidence.database
    if database.definition != "declarative" or database.migrations_root is None or evidence.held is not None:
        return False
    return all(
        file.layout == "supabase" and file.path.startswith(f"{database.migrations_root}/")
        for file in database.migrations
    )


def _by_no_runner(evidence: Evidence) -> bool:
    """Tell whether numbered files that no known runner applies, or a schema file, define the database, among as many
    others of SQL."""
    files = evidence.database.migrations
    return (
        evidence.held is None
        and bool(files)
        and all(
            file.layout in ("numbered", "schema") or (file.layout == "supabase" and file.version is None)
            for file in files
        )
        and evidence.loose >= max(_FEW, len(files))
    )


def _shown_alone(evidence: Evidence) -> str | None:
    """Return what is to be said where the SQL that a document shows is all that defines the database."""
    first = next(iter(evidence.database.migrations), None)
    if first is None or first.layout != "document" or evidence.held is not None:
        return None
    return f"only what {first.path} shows defines the schema, and a database may hold more"


def _found_by_content(evidence: Evidence) -> bool:
    """Tell whether a document, or a file for each few tables, is all that defines the schema."""
    files = evidence.database.migrations
    return evidence.held is None and bool(files) and all(file.layout in ("document", "pieces") for file in files)


def _begun_beside(evidence: Evidence) -> str | None:
    """Return what is to be said where a schema beside the migrations, which no runner applies, is their beginning."""
    database = evidence.database
    begun = next(iter(database.migrations), None)
    if begun is None or begun.layout != "schema" or database.definition != "migrations" or evidence.held is not None:
        return None
    return f"{begun.path} is taken for what the migrations begin with, and no known runner applies it"


def _stands_in_the_beginning(fault: Fault, evidence: Evidence) -> bool:
    """Whether all that is at fault stands in the first of the files that define the database."""
    first = next((file.path for file in evidence.database.migrations), None)
    return all(mark.place.path == first for mark in fault.marks if mark.role == "primary")


def _grown_elsewhere(evidence: Evidence) -> str | None:
    """Return what says that the database grew in other ways: generated types that hold tables, in number, which no
    migration makes, or a schema file without many of those that the code asks for."""
    if evidence.database.definition == "declarative" and evidence.held is None and baseline_is_missing(evidence):
        return "the schema file lacks most of what is used, so the database came to be in another way, and may differ"
    for path, types in evidence.generated:
        if types.by_hand or evidence.held is not None:
            continue
        names = [Name(table.schema, table.name) for table in types.tables if not table.view]
        more = [name for name in names if name not in evidence.defined.tables and name not in evidence.platform.tables]
        if len(more) >= _FEW and 5 * len(more) >= len(names):
            return (
                f"the types in {path} hold {len(more)} tables that no migration makes: it was changed by hand as well"
            )
    return None


def _held_in(other: str, fault: Fault, rule: str = "") -> str:
    """Return what another database of the project has to do with a fault; SQL alone speaks to its own."""
    asked = any(mark.witness == "code" and mark.role == "primary" for mark in fault.marks)
    does = "takes it" if rule == "invalid-value" else "holds it"
    return f"the project's database {other} {does}, and {'the code may speak to that one' if asked else _ONE}"


_ONE = "the two may be one"


def lowered(rule: Rule, fault: Fault, evidence: Evidence, elsewhere: Mapping[str, str] = _NOWHERE) -> Fault:
    """Return the fault as it is, or with severity medium where all code that it is about is none of the product's.

    The same where the models of an ORM alone say what the database holds, since they need not map all of it; where
    another database of the project holds what is missing (`elsewhere`), since the code may speak to that one, which
    makes low what is medium for another reason; where PostgreSQL would refuse many statements of the migrations, which
    then did not make the database; and where it is in doubt that the schema is the platform's at all, of what follows
    from the platform. What code alone decides, whatever the schema is, stays as it is. A fault of a column whose DROP
    would be refused is low, and so is what only code that was put away does, or scripts that ask what the database
    holds or moved its data once, and what a key or a document names that another database of the project holds.
    """
    if rule.name in _WEIGHED:
        return fault
    kept = evidence.kept.get(fault.subject.partition("=")[0]) if evidence.held is None else None
    if kept is not None and (fault.severity or rule.severity) not in ("low", "info"):
        related = Mark(kept, "migrations", "related", "dropped here, in vain")
        return replace(fault, severity="low", severity_reason=_KEPT, marks=(*fault.marks, related))
    target = fault.subject.rpartition(" -> ")[2]
    if rule.name in ("dangling-foreign-key", "documented-but-missing") and target in elsewhere:
        return replace(fault, severity="low", severity_reason=_held_in(elsewhere[target], fault))
    by_schema = rule.family != "code" or "migrations" in rule.needs
    if by_schema and evidence.database.by_types and not evidence.held and (fault.severity or rule.severity) != "info":
        by_hand = any(types.by_hand for _, types in evidence.generated)
        if by_hand or rule.family == "documents":
            return replace(fault, severity="low", severity_reason=_BY_HAND if by_hand else _OLD_TYPES)
    decided = rule.family != "code" or (fault.severity or rule.severity) in ("low", "info")
    if not decided and _all_code(fault, evidence, is_step):
        return replace(fault, severity="low", severity_reason=_STEPS)
    if not decided and _all_code(fault, evidence, is_copy):
        return replace(fault, severity="low", severity_reason=_COPIES)
    if not decided and _all_code(fault, evidence, lambda path: is_probe(path) or is_step(path)):
        return replace(fault, severity="low", severity_reason=_PROBES)
    if (fault.severity or rule.severity) not in ("critical", "high"):
        if not decided and _by_models_alone(fault) and evidence.in_vain >= _MANY and evidence.held is None:
            return replace(fault, severity="low", severity_reason=_IN_VAIN.format(evidence.in_vain))
        if not decided and rule.name.startswith("missing-") and fault.subject in elsewhere:
            reason = _held_in(elsewhere[fault.subject], fault)
            return replace(fault, severity="low", severity_reason=reason)
        return fault
    if not by_schema:
        return _of_other_code(fault, evidence)
    if rule.family == "code" and evidence.database.definition == "orm" and evidence.held is None:
        reason = _OLD_TYPES if evidence.database.by_types else "only an ORM's models define it, and need not map all"
        return replace(fault, severity="medium", severity_reason=reason)
    if rule.family == "code" and evidence.is_beyond(fault.subject):
        return replace(
            fault, severity="medium", severity_reason="only an ORM's models have the table, not the migrations"
        )
    if rule.family == "code" and evidence.is_mostly_beyond():
        reason = "an ORM's models hold more tables than the migrations make, and need not map all"
        return replace(fault, severity="medium", severity_reason=reason)
    sure = is_slip(fault.suggestions)  # however little is known of the schema
    if rule.family == "code" and evidence.in_vain >= _MANY and evidence.held is None and not sure:
        return replace(fault, severity="medium", severity_reason=_IN_VAIN.format(evidence.in_vain))
    shown = _shown_alone(evidence) if rule.family == "code" and not sure else None
    if shown is not None:
        return replace(fault, severity="medium", severity_reason=shown)
    outlined = evidence.database.outline or evidence.is_outlined(fault.subject)
    if outlined and evidence.held is None and rule.name in _MADE_GOOD:
        return replace(fault, severity="medium", severity_reason=_NOT_OUTLINED)
    if evidence.database.doubtful and rule.name in _OF_THE_API and evidence.held is None:
        if evidence.api_key == "secret":
            return replace(fault, severity="low", severity_reason=_NO_KEY)
        if evidence.api_key == "none" and _has_own_way(evidence):
            return replace(fault, severity="low", severity_reason=_NOT_ASKED)
        return replace(fault, severity="medium", severity_reason=_DOUBTFUL)
    if evidence.database.host is not None and rule.name in _OF_THE_API and evidence.held is None:
        return replace(fault, severity="medium", severity_reason=_HOSTED.format(evidence.database.host))
    if rule.name in _OF_THE_KEY and evidence.api_key == "none" and _has_own_way(evidence):
        return replace(fault, severity="medium", severity_reason=_NO_CLIENT)
    if rule.name in _OF_THE_KEY and evidence.api_key == "none" and _is_plain(evidence):
        return replace(fault, severity="medium", severity_reason=_NO_CODE)
    other = _other_holder(rule, fault, evidence, elsewhere)
    if other is not None:
        reason = _held_in(other, fault, rule.name)
        return replace(fault, severity="medium", severity_reason=reason)
    if _found_by_content(evidence) and not sure:
        return replace(fault, severity="medium", severity_reason=_IN_PIECES)
    if rule.name.startswith("missing-") and _by_hand(evidence) and not sure:
        reason = "the SQL files have no versions and are applied by hand, so they need not be all of it"
        return replace(fault, severity="medium", severity_reason=reason)
    if (rule.family == "code" or rule.name in _OF_WHAT_IS_LACKING) and _by_no_runner(evidence) and not sure:
        what = "the schema file" if evidence.database.definition == "declarative" else "these migrations"
        reason = f"no known runner applies {what}, and {evidence.loose} more files of SQL"
        return replace(fault, severity="medium", severity_reason=f"{reason} may have been run by hand")
    begun = _begun_beside(evidence) if rule.family == "code" or _stands_in_the_beginning(fault, evidence) else None
    gone = went(fault.subject, evidence) if begun is not None else None
    if begun is not None and not sure and (gone is None or gone.deed != "renamed"):
        return replace(fault, severity="medium", severity_reason=begun)
    grown = _grown_elsewhere(evidence) if rule.name in _BEYOND_TYPES else None
    if grown is not None:
        return replace(fault, severity="medium", severity_reason=grown)
    fault = _of_other_code(fault, evidence)
    more = evidence.loose if evidence.held is None and rule.name.startswith("missing-") else 0
    if fault.severity == "critical" and more >= max(_MANY, len(evidence.database.migrations)):
        reason = f"{more} files of SQL that no runner applies may have been run by hand"
        return replace(fault, severity="high", severity_reason=reason)
    return fault


def _of_other_code(fault: Fault, evidence: Evidence) -> Fault:
    """Return the fault with severity medium where all code that it is about is none of the product's, but for models
    of an ORM that map what is missing, which is medium as well."""
    asking = tuple(mark for mark in fault.marks if mark.note != MAPPED)
    asked = replace(fault, marks=asking) if len(asking) < len(fault.marks) else fault
    for holds, reason in _KINDS:
        if _all_code(asked, evidence, holds):
            return replace(fault, severity="medium", severity_reason=reason if asked is fault else _MAPPED)
    return fault


_OF_PAGES = regex(r"((?:.*/)?src/)scripts?/", re.IGNORECASE)
"""A folder of scripts beside the pages that load them."""


def _is_of_pages(path: str, evidence: Evidence) -> bool:
    """Tell whether a script stands in a folder of its own beside the pages that load it (`src/index.html`)."""
    match = _OF_PAGES.match(path)
    return match is not None and any(page.startswith(match[1]) for page in evidence.browser_files)


def _by_models_alone(fault: Fault) -> bool:
    """Whether nothing but what an ORM's models map is at fault."""
    return all(mark.note == MAPPED for mark in fault.marks if mark.role == "primary")


def _is_plain(evidence: Evidence) -> bool:
    """Whether no code that is read asks a database, and the SQL holds nothing that only the platform's API asks for."""
    if "code" in evidence.heard or not evidence.words or evidence.held is not None:
        return False
    if not evidence.words.isdisjoint(_MAKE_CLIENTS):
        return False
    if any(file.layout == "supabase" for file in evidence.database.migrations):
        return False
    tables = evidence.defined.tables.values()
    return not any(table.policies or table.row_security for table in tables)


def _has_own_way(evidence: Evidence) -> bool:
    """Whether the code speaks to the database by a driver or an ORM."""
    return any(query.kind in ("sql", "model") and not query.test for query in evidence.queries)


def _other_holder(rule: Rule, fault: Fault, evidence: Evidence, elsewhere: Mapping[str, str]) -> str | None:
    """Return which other database of the project holds what this one lacks: a thing, an argument, what is embedded, a
    value."""
    if rule.name == "invalid-value":
        column = fault.subject.partition("=")[0]
        return elsewhere.get(fault.subject) or elsewhere.get(f"{column}=")
    if not rule.name.startswith("missing-") and rule.name not in (
        "wrong-function-argument",
        "policy-references-missing",
    ):
        return None
    if rule.name != "missing-relationship" or fault.subject in elsewhere:
        return elsewhere.get(fault.subject)
    target = fault.subject.rpartition(" -> ")[2]
    holder = elsewhere.get(target)
    return None if holder is not None and any(str(name) == target for name in evidence.defined.tables) else holder


def _all_code(fault: Fault, evidence: Evidence, holds: Callable[[str], bool]) -> bool:
    """Whether a fault is about code alone, all of it in files whose paths below the database's root, or whose names in
    the root of a package, are such."""
    primary = [mark for mark in fault.marks if mark.role == "primary"]
    root = f"{evidence.database.root}/"

    def is_such(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return holds(path.removeprefix(root)) or (folder in evidence.packages and holds(name))

    if not primary or any(_is_of_pages(mark.place.path, evidence) for mark in primary):
        return False
    return all(mark.witness == "code" and is_such(mark.place.path) for mark in primary)
