"""Findings → drafts and proposals: SQL that would mend them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from tripoint.model.audit import Audit, Finding, Proposal
from tripoint.model.evidence import Evidence
from tripoint.model.fault import LIKELY
from tripoint.model.name import Name
from tripoint.model.words import counted
from tripoint.propose import ddl
from tripoint.propose.complete import completion
from tripoint.propose.draft import Draft
from tripoint.propose.files import with_room
from tripoint.propose.habits import Habits
from tripoint.propose.later import first_need, later_changes, without_later
from tripoint.propose.mend import MENDERS, Workshop
from tripoint.propose.plain import plain_sql
from tripoint.propose.style import learn_style
from tripoint.propose.table import plan_table
from tripoint.propose.wanted import gather
from tripoint.resolve.words import tokens
from tripoint.rules._shared import file_name, went
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = ["NOT_REPLAYED", "draft", "in_one", "propose", "with_proposals"]

Read = Callable[[str], bytes | None]

NOT_REPLAYED = "not replayed: tripoint propose does that"
_MISSING = ("missing-table", "dangling-foreign-key")
_OF_COURSE = frozenset(
    {*_MISSING, "missing-column", "missing-relationship", "documented-relationship-missing", "row-security-disabled"}
    | {"invalid-value"}
)
"""What is proposed without being asked for by name."""
_IN_AUDIT = frozenset({*_MISSING, "missing-column"})


def propose(
    evidence: Evidence,
    findings: Iterable[Finding],
    read: Read,
    *,
    subjects: frozenset[str] = frozenset(),
    rules: frozenset[str] = _OF_COURSE,
) -> tuple[Proposal, ...]:
    """Return unverified proposals for the findings of one database (see `tripoint.propose.verify` for the proof)."""
    drafts = draft(evidence, findings, read, subjects=subjects, rules=rules)
    return tuple(Proposal(d.database, d.subject, d.sql, False, NOT_REPLAYED) for d in drafts)


def with_proposals(audit: Audit, read: Read) -> tuple[Proposal, ...]:
    """Return the proposals that an audit shows: for missing tables and columns, quickly made, not replayed."""
    found: list[Proposal] = []
    for evidence in audit.evidence:
        own = [finding for finding in audit.findings if finding.database == evidence.database.name]
        found += propose(evidence, own, read, rules=_IN_AUDIT)
    return tuple(sorted(found, key=lambda proposal: (proposal.database, proposal.subject)))


def draft(
    evidence: Evidence,
    findings: Iterable[Finding],
    read: Read,
    *,
    subjects: frozenset[str] = frozenset(),
    rules: frozenset[str] = _OF_COURSE,
) -> tuple[Draft, ...]:
    """Return a draft for each finding of one database that SQL can mend, tables first, in an order that can be run.

    `read` gives the bytes of a migration. With `subjects`, whatever can be mended of these findings is drafted;
    without, the findings of `rules` that are not suppressed. What very likely means something existing is left out, and
    so is what a migration took away, where it is not asked for: that was meant.
    """
    own = [f for f in findings if f.database == evidence.database.name and (subjects or f.suppressed is None)]
    missing = _missing_tables(evidence, own, subjects, rules)
    mended = [
        f
        for f in own
        if f.rule in MENDERS
        and _is_new(f)
        and (f.subject in subjects if subjects else f.rule in rules and went(f.subject, evidence) is None)
    ]
    if not missing and not mended:
        return ()
    migrations = evidence.database.migrations
    texts = ((read(migration.path) or b"").decode("utf-8", "replace") for migration in migrations)
    shop = Workshop(evidence, Habits(evidence), learn_style(texts), gather(evidence))
    # A table that is asked for without any column may be a mere knock at the door: what it holds is said nowhere.
    found = _draft_tables(shop, {name: rule for name, rule in missing.items() if shop.wanted(name).columns}, read)
    for finding in mended:
        made = MENDERS[finding.rule](shop, finding)
        if made is not None and not any(made.sql == other.sql for other in found):
            found.append(made)
    return tuple(
        replace(
            one, sql=plain_sql(one.sql), down=plain_sql(one.down), appended=one.appended and plain_sql(one.appended)
        )
        for one in found
    )


def in_one(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Return the drafts with those in one that add columns to the same table, as one migration would."""
    found: dict[object, Draft] = {}
    for one in drafts:
        gathered = one.title == f"add_columns_to_{one.subject.rpartition('.')[2]}"
        owner = one.subject if gathered else one.subject.rpartition(".")[0]
        key = (one.database, owner) if one.rule == "missing-column" else id(one)
        first = found.get(key)
        found[key] = (
            one
            if first is None
            else replace(
                first,
                also=(*first.also, one.subject),
                sql=f"{first.sql}\n{one.sql}",
                down=f"{one.down}{first.down}",
                title=f"add_columns_to_{owner.rpartition('.')[2]}",
                guessed=(*first.guessed, *one.guessed),
            )
        )
    return tuple(found.values())


def _is_new(finding: Finding) -> bool:
    return not any(s.kind in ("rename", "change-code") and s.confidence >= LIKELY for s in finding.suggestions[:1])


def _missing_tables(
    evidence: Evidence, findings: list[Finding], subjects: frozenset[str], rules: frozenset[str]
) -> dict[Name, str]:
    """Return the tables that do not exist and are truly new, each with the rule that misses it."""
    found: dict[Name, str] = {}
    for finding in findings:
        if finding.rule not in (*_MISSING, "documented-but-missing"):
            continue
        subject = finding.subject.partition(" -> ")[2] or finding.subject
        if not (subject in subjects or finding.subject in subjects if subjects else finding.rule in rules):
            continue
        schema, _, table = subject.partition(".")
        name = Name(schema, table)
        if not table or "." in table or name in evidence.defined.tables or name in evidence.platform.tables:
            continue
        meant = evidence.meanings.get(subject, ())[:1]
        likely = any(s.kind == "rename" and s.confidence >= LIKELY for s in meant)
        if not subjects and went(str(name), evidence) is not None:
            continue
        if schema in MANAGED_SCHEMAS or likely or (finding.rule == "missing-table" and not _is_new(finding)):
            continue
        if finding.rule == "missing-table" or name not in found:
            found[name] = finding.rule
    return found


def _draft_tables(shop: Workshop, missing: dict[Name, str], read: Read) -> list[Draft]:
    evidence, style = shop.evidence, shop.style
    order = {migration.path: number for number, migration in enumerate(evidence.database.migrations)}
    needs = {name: first_need(name, evidence) for name in missing}

    def rank(name: Name) -> tuple[int, int, Name]:
        need = needs[name]
        keys = [words[:-1] for words in map(tokens, shop.wanted(name).columns) if words[1:] and words[-1] == "id"]
        others = [tokens(other.name) for other in missing if other != name]
        pointing = sum(any(words[-len(key) :] == key for key in keys) for words in others)
        return (order[need.path] if need is not None else len(order), pointing, name)

    found: list[Draft] = []
    made = shop.made
    for name in sorted(missing, key=rank):
        later = later_changes(name, evidence, read)
        need, wanted = needs[name], shop.wanted(name)
        full = plan_table(wanted, evidence, shop.habits, None, made)
        head = ddl.comment(f"{name}: {_witnesses(shop, name)}.") + "\n"
        down = f"{style.keyword('drop table')} {style.name(name)};\n"
        rule, title = missing[name], f"create_{name.name}"
        guessed = tuple(column.name for column in full.columns if column.guessed)
        if need is None:
            draft = Draft(shop.database, rule, str(name), head + ddl.table(full, style), title, down)
            found.append(replace(draft, writers_open=full.writers_open, guessed=guessed))
        else:
            place = with_room(need, evidence, sum(other is not None for other in needs.values()))
            plan = plan_table(wanted, evidence, shop.habits, place, made)
            without_later(plan, later)
            plan.remarks.insert(0, _why_before(name, need.path, evidence))
            appended = head + ddl.table(full, style, repeatable=True)
            sql = head + ddl.table(plan, style)
            draft = Draft(shop.database, rule, str(name), sql, title, down, place, appended)
            found.append(replace(draft, writers_open=plan.writers_open, guessed=guessed))
            without_later(full, later)
            rest = completion(plan, full, style)
            if rest:
                said = ddl.comment(f"{name}: what it needs is there by now.") + "\n"
                found.append(
                    Draft(shop.database, rule, str(name), said + rest, f"complete_{name.name}", "", completes=True)
                )
        made[name] = full
    return found


def _why_before(name: Name, path: str, evidence: Evidence) -> str:
    statements = sum(r.table == str(name) and r.created_later is None for r in evidence.references)
    many = f" and {counted(statements - 1, 'more statement')}" if statements > 1 else ""
    return f"It has to stand before {file_name(path)}, which needs it{many}."


def _witnesses(shop: Workshop, name: Name) -> str:
    wanted = shop.wanted(name)
    keys = {(t.name, c.name) for column in wanted.columns.values() for t, c in column.referencing}
    said = []
    if wanted.queries:
        said.append(f"the code asks for it in {counted(len(wanted.queries), 'call')}")
    if wanted.embedded_in:
        said.append(f"the code embeds it in {', '.join(sorted(other.name for other in wanted.embedded_in))}")
    if keys:
        said.append(f"{counted(len(keys), 'foreign key')} {'points' if len(keys) == 1 else 'point'} to it")
    if wanted.documented:
        said.append("documents describe it")
    return ", ".join(said) or "SQL names it"
