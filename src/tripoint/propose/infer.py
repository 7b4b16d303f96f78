"""What a wanted column must be: its type, whether it may be null, its default and check, each with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable

from tripoint.model.evidence import Evidence
from tripoint.model.name import Name, quote_literal
from tripoint.model.query import Value
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.propose.draft import ColumnPlan
from tripoint.propose.habits import Habit, Habits, words_of
from tripoint.propose.wanted import WantedColumn, WantedTable
from tripoint.propose.words import DOCUMENTED_TYPES, ELSEWHERE, FIRST_WORDS, LAST_TIMES, LAST_WORDS, YES_OR_NO

__all__ = ["contradicts", "declared_so", "infer_column", "text_type", "without_made_up_key"]

_UUID = regex(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = regex(r"\d{4}-\d\d-\d\d")
_TIME = regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_CHOICES = regex(r"\s*(?:one of:?\s*)?`([\w-]+)`((?:\s*(?:,|/|\||or|and|,\s*or)\s*`[\w-]+`)+)\s*\.?\s*")
_ENUM = regex(r"""Database\["(\w+)"\]\["Enums"\]\["(\w+)"\]((?:\[\])?)""")
_WORD = regex(r"`([\w-]+)`")
_MADE = regex(r"(?:created|inserted|updated)_?at", re.IGNORECASE)
_LITERAL = regex(r"'([^']*)'")


def text_type(habits: Habits) -> str:
    """Return the type that the project gives to text."""
    counts = {"text": 1, "character varying(255)": 0, "character varying": 0}
    for table in habits.tables:
        for column in table.columns.values():
            if column.type in counts:
                counts[column.type] += 2
    return max(counts, key=lambda kind: counts[kind])


def infer_column(
    wanted: WantedColumn,
    table: WantedTable,
    habits: Habits,
    foreign: tuple[Name, str, str, str] | None,
    usable: Callable[[Name], bool],
) -> ColumnPlan:
    """Return the plan of one column.

    `foreign` is (table, column, its type, the reason) of what it points to, where it points anywhere; `usable` says of
    a type's name whether it exists where the column is made.
    """
    kind, reason = _type(wanted, habits, foreign, usable)
    plan = ColumnPlan(wanted.name, kind, reasons=[reason] if reason else [])
    if foreign is not None:
        plan.references, plan.referenced_column = foreign[0], foreign[1]
        plan.reasons.append(foreign[3])
    if wanted.reads and not (wanted.referencing or wanted.claims or foreign):
        plan.reasons.append(wanted.reads)
    habit = habits.column(wanted.name)
    alike = habit if habit is not None and habit.shape.type == kind and not kind.startswith("public.") else None
    _default(plan, wanted, alike, habits)
    _nullable(plan, wanted, table, alike)
    return plan


def _type(
    wanted: WantedColumn,
    habits: Habits,
    foreign: tuple[Name, str, str, str] | None,
    usable: Callable[[Name], bool],
) -> tuple[str, str]:
    evidence = habits.evidence
    if wanted.referencing:
        kinds = [column.type for _, column in wanted.referencing]
        kind = max(sorted(set(kinds)), key=kinds.count)
        many = len(wanted.referencing)
        return kind, f"{counted(many, 'foreign key')} {'points' if many == 1 else 'point'} to it as {kind}"
    if foreign is not None:
        return foreign[2], ""
    for claim in wanted.claims:
        documented = _documented(claim.type, evidence, habits, usable)
        if documented is not None and _accepts(documented, wanted):
            return documented, f"{claim.place.path} says {claim.type}"
    habit = habits.column(wanted.name)
    if habit is not None and 2 * habit.count > habit.total and _fits(habit, wanted, evidence, usable):
        return habit.shape.type, f"as {habit.example}"
    literal = _from_values(wanted, habits)
    if literal is not None and (wanted.declared is None or declared_so(literal[0], wanted.declared)):
        return literal
    if _ENUM.fullmatch(wanted.declared or ""):
        return _from_declared(wanted, habits, usable) or text_type(habits), "generated types make it an enum"
    words = words_of(wanted.name)
    if words[-1:] == ("id",) and ELSEWHERE & set(words[:-1]) and _accepts(text_type(habits), wanted):
        return text_type(habits), "another system's id, by its name"
    if words[:1] == ("last",) and words[-1] in LAST_TIMES and _accepts(_time(habits), wanted):
        return _time(habits), "by its name"
    if words[:1] and words[0] in YES_OR_NO and len(words) > 1 and _accepts("boolean", wanted):
        alike = habits.beginning(words[0])
        if alike is None or alike.shape.type != "boolean":
            return "boolean", "true or false, by its name"
        return "boolean", f"as {alike.count} of {counted(alike.total, 'column')} {words[0]}_*"
    tails = ["_".join(words[length:]) for length in range(1, len(words))]
    for tail in tails:
        # `partner_income` is what `income` is; what is told by two words comes before what is told by the last one.
        if "_" in tail and (told := _of_tail(tail, wanted, habits, usable)) is not None:
            return told
    for found, what in (
        (habits.ending(words[-1]) if len(words) > 1 else None, f"*_{words[-1] if words else ''}"),
        (habits.beginning(words[0]) if len(words) > 1 and words[0] in dict(FIRST_WORDS) else None, ""),
    ):
        # Of several that `read_by` lists, `created_by` is one.
        strong = (
            found is not None
            and not found.shape.type.endswith("[]")
            and (found.names >= 2 or words[-1] in dict(LAST_WORDS) or not what)
        )
        if found is not None and strong and 2 * found.count > found.total and _fits(found, wanted, evidence, usable):
            said = f"as {found.count} of {counted(found.total, 'column')} {what or words[0] + '_*'}"
            return _of_any_length(found.shape.type), said
    if tails and (told := _of_tail(tails[-1], wanted, habits, usable)) is not None:
        return told
    for position, names in ((-1, LAST_WORDS), (0, FIRST_WORDS)):
        named = dict(names).get(words[position]) if words else None
        if named is not None:
            kind = _time(habits) if named == "timestamp" else _numeric(habits) if named == "numeric" else named
            if _accepts(kind, wanted):
                return kind, "by its name"
    declared = _from_declared(wanted, habits, usable)
    if declared is not None:
        return declared, f"generated types say {wanted.declared}"
    if wanted.declared == "string":
        return text_type(habits), "generated types say string"
    return text_type(habits), "nothing shows its type" if not _telling(wanted) else "compared with text"


def _of_tail(tail: str, wanted: WantedColumn, habits: Habits, usable: Callable[[Name], bool]) -> tuple[str, str] | None:
    """Return the type, and why, where the project's columns that are called as this one ends show it."""
    found = habits.column(tail) if tail not in ("id", "uuid") and f"_{tail}" in wanted.name else None
    if found is None or 2 * found.count <= found.total or not _fits(found, wanted, habits.evidence, usable):
        return None
    return _of_any_length(found.shape.type), f"as {found.example}"


def contradicts(kind: str, wanted: WantedColumn, habits: Habits) -> bool:
    """Whether the code or a document shows that the column is of another type than `kind`."""
    said = (_documented(claim.type, habits.evidence, habits, lambda _: True) for claim in wanted.claims)
    documented = next((one for one in said if one is not None), kind)
    return not _accepts(kind, wanted) or _family(documented) != _family(kind)


def _family(kind: str) -> str:
    return "number" if kind.startswith(_NUMERIC) else "text" if kind.startswith(("text", "char")) else kind


def without_made_up_key(default: str | None) -> str | None:
    """Return the default of a column that refers to another table: no row of it has a key that is made up."""
    return None if "uuid" in (default or "") else default


def _of_any_length(kind: str) -> str:
    """Return the type without the limit that is another column's own: a longer value would be refused (22001)."""
    return "character varying" if kind.startswith("character varying(") else kind


def _documented(text: str | None, evidence: Evidence, habits: Habits, usable: Callable[[Name], bool]) -> str | None:
    if text is None:
        return None
    plain = " ".join(text.lower().replace("`", "").split())
    if plain in DOCUMENTED_TYPES:
        return DOCUMENTED_TYPES[plain] or _time(habits)
    for name in evidence.defined.enums:
        if plain in (name.name, str(name)):
            return str(name) if usable(name) else None
    own = sorted({c.type for t in habits.tables for c in t.columns.values() if c.type.rpartition(".")[2] == plain})
    if own:
        return own[0]
    match = re.fullmatch(r"(varchar|numeric|decimal|char)\s*(\(\d+(?:\s*,\s*\d+)?\))", plain)
    if match is None:
        return None
    printed = {"varchar": "character varying", "char": "character"}.get(match[1], "numeric")
    return printed + match[2].replace(" ", "")


def _time(habits: Habits) -> str:
    """Return the type that the project gives to points in time."""
    for name in ("created_at", "updated_at"):
        habit = habits.column(name)
        if habit is not None and habit.shape.type.startswith("timestamp"):
            return habit.shape.type
    return "timestamp with time zone"


def _numeric(habits: Habits) -> str:
    """Return the type that the project gives to most of its exact numbers."""
    kinds = [c.type for table in habits.tables for c in table.columns.values() if c.type.startswith("numeric")]
    most = max(sorted(set(kinds)), key=kinds.count, default="numeric")
    return most if 2 * kinds.count(most) > len(kinds) else "numeric"


def _fits(habit: Habit, wanted: WantedColumn, evidence: Evidence, usable: Callable[[Name], bool]) -> bool:
    kind = habit.shape.type.removesuffix("[]")
    if kind == "unknown":
        return False
    if "." in kind:
        name = Name(*kind.split(".", 1))
        enum = evidence.defined.enums.get(name)
        if enum is None or not usable(name):
            return False
        return all(value.value in enum.values for value in wanted.values if value.kind == "string")
    return _accepts(habit.shape.type, wanted)


def _accepts(kind: str, wanted: WantedColumn) -> bool:
    """Whether a column of this type can hold what the code compares it with and writes."""
    if wanted.inside and not kind.startswith("json"):
        return False
    if wanted.declared is not None and not declared_so(kind, wanted.declared):
        return False
    return all(_holds(kind, value) for value in _telling(wanted))


def _telling(wanted: WantedColumn) -> list[Value]:
    """Return the literals that say something of the type: an empty text stands in for what is missing."""
    return [value for value in wanted.values if value.kind != "string" or value.value != ""]


_NUMERIC = ("numeric", "integer", "bigint", "smallint", "real", "double")


def declared_so(kind: str, said: str) -> bool:
    """Whether the generator would call a column of this type that."""
    match said.removesuffix("[]"):
        case "boolean":
            fits = kind.startswith("boolean")
        case "number":
            fits = kind.startswith(_NUMERIC)
        case "Json":
            fits = kind.startswith("json")
        case "string":
            fits = not kind.startswith(("boolean", "json", *_NUMERIC))
        case _:
            return True
    return fits and kind.endswith("[]") == said.endswith("[]")


def _from_declared(wanted: WantedColumn, habits: Habits, usable: Callable[[Name], bool]) -> str | None:
    """Return the type that only generated types tell."""
    said = wanted.declared or ""
    named = _ENUM.fullmatch(said)
    if named is not None:
        enum = Name(named[1], named[2])
        exists = enum in habits.evidence.defined.enums and usable(enum)
        return f"{enum}{named[3]}" if exists else f"{text_type(habits)}{named[3]}"
    if said == "number":
        return "integer"
    return {"boolean": "boolean", "Json": "jsonb", "string[]": "text[]", "number[]": "integer[]"}.get(said)


def _holds(kind: str, value: Value) -> bool:
    if value.kind == "null" or value.value is None or kind.startswith("json"):
        return True
    numeric = kind.startswith(_NUMERIC)
    match value.kind:
        case "boolean":
            return kind == "boolean"
        case "number":
            return numeric and (re.fullmatch(r"-?\d+", value.value) is not None or not kind.endswith("int"))
        case "array":
            return kind.endswith("[]")
        case "object":
            return False
    if kind == "uuid":
        return _UUID.fullmatch(value.value) is not None
    if kind == "boolean":
        return value.value in ("true", "false")
    if kind.startswith(("timestamp", "date")):
        return _DATE.match(value.value) is not None or value.value in ("now", "now()", "infinity")
    return not numeric or re.fullmatch(r"-?\d+(\.\d+)?", value.value) is not None


def _from_values(wanted: WantedColumn, habits: Habits) -> tuple[str, str] | None:
    if wanted.inside:
        return "jsonb", f"something within it is asked for {wanted.inside}×"
    kinds = {value.kind for value in _telling(wanted)} - {"null"}
    texts = [value.value for value in _telling(wanted) if value.value is not None and value.kind != "null"]
    if kinds == {"boolean"}:
        return "boolean", "compared with or written as a boolean"
    if kinds == {"number"}:
        whole = all(re.fullmatch(r"-?\d+", text) for text in texts)
        return ("integer" if whole else _numeric(habits)), "compared with or written as a number"
    if kinds == {"object"} or kinds == {"object", "array"}:
        return "jsonb", "written as an object"
    if kinds == {"array"}:
        return "text[]", "written as an array"
    if wanted.operators["fts"] or wanted.operators["plfts"] or wanted.operators["wfts"] or wanted.operators["phfts"]:
        return "text", "searched in as text"
    if kinds == {"string"} and texts:
        for pattern, kind in ((_UUID, "uuid"), (_TIME, _time(habits)), (_DATE, "date")):
            if all(pattern.fullmatch(text) for text in texts):
                return kind, f"compared with {texts[0]!r}"
        return text_type(habits), f"compared with {texts[0]!r}"
    if wanted.operators["ilike"] or wanted.operators["like"]:
        return text_type(habits), "searched in as text"
    return None


def _default(plan: ColumnPlan, wanted: WantedColumn, alike: Habit | None, habits: Habits) -> None:
    choices, where = _choices(wanted)
    if choices and plan.type in ("text", "character varying", "character varying(255)") and plan.references is None:
        listed = ", ".join(quote_literal(choice) for choice in choices)
        plan.check = f"{plan.name} in ({listed})"
        plan.reasons.append(where)
        compared = [choice for choice in choices if wanted.compared[choice]]
        first = max(compared, key=lambda choice: wanted.compared[choice]) if compared else choices[0]
        if (alike is not None and alike.shape.default is not None) or _has_choice_default(plan.name, habits):
            plan.default = quote_literal(first)
            plan.reasons.append(f"{first!r} is what most of the code looks for" if compared else "the first of them")
    elif alike is not None and alike.shape.default is not None and _is_apt(alike.shape.default, wanted):
        plan.default = alike.shape.default
    elif wanted.given is False and plan.type.startswith("timestamp") and _MADE.fullmatch(plan.name):
        plan.default = "now()"
    elif alike is None and plan.type == "boolean":
        plan.default = "false"
        defaults = [
            column.default
            for table in habits.tables
            for column in table.columns.values()
            if column.type == "boolean" and column.default in ("true", "false")
        ]
        if not defaults and not habits.tables:
            plan.default = None
    told = next((claim for claim in wanted.claims[:1] if claim.default is not None), None)
    if told is not None:
        plan.default = told.default
        plan.reasons.append(f"{told.place.path} gives the default")


def _is_apt(default: str, wanted: WantedColumn) -> bool:
    """Whether other tables' default is this one's, too: a word is not where the code knows others for this column."""
    word = _LITERAL.match(default)
    used = {value.value for value in wanted.values if value.kind == "string"}
    return "nextval" not in default and (word is None or not word[1] or not used or word[1] in used)


def _has_choice_default(name: str, habits: Habits) -> bool:
    """Whether columns of this name, each with a list of its own, have a default in the project."""
    columns = [table.columns[name] for table in habits.tables if name in table.columns]
    return 2 * sum(column.default is not None for column in columns) > len(columns)


def _choices(wanted: WantedColumn) -> tuple[list[str], str]:
    """Return the values of a closed list, where a document gives one that holds all that the code uses."""
    used = {value.value for value in wanted.values if value.kind == "string" and value.value is not None}
    if wanted.declared_values and used <= set(wanted.declared_values):
        return list(wanted.declared_values), "generated types list its values"
    for claim in wanted.claims:
        if claim.description is not None and _CHOICES.fullmatch(claim.description):
            choices = list(dict.fromkeys(_WORD.findall(claim.description)))
            if used <= set(choices):
                return choices, f"{claim.place.path} lists its values"
    return [], ""


def _nullable(plan: ColumnPlan, wanted: WantedColumn, table: WantedTable, alike: Habit | None) -> None:
    said = [claim.nullable for claim in wanted.claims if claim.nullable is not None]
    asked_null = wanted.written_null or any(v.kind == "null" for v in wanted.values) or wanted.operators["is"] > 0
    if plan.type == "boolean" and wanted.operators["is"]:
        asked_null = wanted.written_null
    if False in said:
        plan.nullable = False
        plan.reasons.append("a document says that it is required")
    elif True in said:
        plan.reasons.append("a document says that it is optional")
    elif wanted.may_be_null is not None:
        plan.nullable = wanted.may_be_null
        plan.reasons.append(f"generated types say that it may {'' if plan.nullable else 'not '}be null")
        if not plan.nullable and plan.default is None and wanted.given is False:
            plan.nullable = True
            plan.reasons[-1] = "may be null, since generated types say that it has a default, and not which"
    elif asked_null:
        plan.reasons.append("the code compares it with null or writes null")
    elif alike is not None and not alike.shape.nullable:
        plan.nullable = plan.default is None and not (not table.inserts or table.always_written(plan.name))
    elif plan.default is not None and alike is None:
        plan.nullable = False
