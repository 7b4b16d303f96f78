"""Values that satisfy a table's checks: candidates from the checks' own text, tried by PostgreSQL itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tripoint.model.catalog import Column, Table
from tripoint.model.name import quote_identifier
from tripoint.model.regex import regex
from tripoint.proof.patterns import sample
from tripoint.proof.values import Values, is_number, is_text, literal
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

__all__ = ["allowed_values", "solve"]

_CALL = regex(r'(?:(?:\w+|"[^"]+")\.)?(?:\w+|"[^"]+")\(\)')
_CALLS = 30
_MOST = 20_000
"""How many combinations of candidates are tried at most for columns that depend on each other."""

Try = Callable[[str], dict[str, str | None] | None]
"""Runs a query and returns its first row, or None."""

Given = dict[str, str | None]


def allowed_values(table: Table, column: str, values: Values) -> list[str]:
    """Return the values that an enum, or a check of this column alone that lists them, allows; empty if any."""
    declared = table.columns[column]
    found = values.enum(declared.type)
    if found:
        return found
    for constraint in table.constraint("check"):
        if constraint.columns == (column,) and constraint.expression:
            listed = _listed(parse_expression(constraint.expression))
            if listed:
                return listed
    return []


def _listed(node: Any) -> list[str]:
    """Return the texts of `column IN (…)`, as it was written or as PostgreSQL prints it."""
    if not isinstance(node, dict) or "A_Expr" not in node:
        return []
    body = node["A_Expr"]
    if body.get("kind") not in ("AEXPR_IN", "AEXPR_OP_ANY") or strings(body.get("name")) != ("=",):
        return []
    return list(_texts(body.get("rexpr")))


def solve(table: Table, given: Given, values: Values, number: int, attempt: Try) -> Given:
    """Return `given`, the columns that a row is to set, changed so that the table's checks hold.

    Columns that `given` lacks have their default, else NULL, and may be added. Checks that could not be satisfied stay
    as they are: the insert will say so.
    """
    result = dict(given)
    for columns, expressions in _components(table, values):
        known = [c for c in columns if c in table.columns and not table.columns[c].generated]
        if not known:
            continue
        keys = {c for constraint in table.constraint("foreign") for c in constraint.columns}
        texts = [*_literals(expressions, "sval"), *_patterns(expressions, number), *_called(expressions, attempt)]
        sizes = [int(text) for text in _literals(expressions, "ival") if text.lstrip("-").isdigit()]
        candidates: list[list[Option]] = []
        for c in known:
            if c in keys and c in result:  # a key leads where it leads, or nowhere
                candidates.append([result[c], None] if table.columns[c].nullable else [result[c]])
            else:
                candidates.append(_candidates(table.columns[c], result, values, number, texts, sizes, expressions))
        limited = _limited(candidates)
        sources = ", ".join(
            f"(VALUES {', '.join(f'({n}, {_typed(v, table.columns[c], values)})' for n, v in enumerate(options))})"
            f" AS {quote_identifier(f'c{i}')}({quote_identifier(f'n{i}')}, {quote_identifier(c)})"
            for i, (c, options) in enumerate(zip(known, limited, strict=True))
        )
        condition = " AND ".join(f"(({text}) IS NOT FALSE)" for text in expressions)
        order = " + ".join(f"n{i} * {8 ** (len(known) - i - 1)}" for i in range(len(known)))
        shown = ", ".join(f"n{i}" for i in range(len(known)))
        found = attempt(f"SELECT {shown} FROM {sources} WHERE {condition} ORDER BY {order} LIMIT 1")
        if found is None:
            continue
        for i, c in enumerate(known):
            chosen = limited[i][int(found[f"n{i}"] or 0)]
            if c in result or not isinstance(chosen, _Default):
                result[c] = None if isinstance(chosen, _Default) else chosen
    return result


class _Default:
    """The column's own default."""


Option = str | None | _Default


def _typed(value: Option, column: Column, values: Values) -> str:
    if isinstance(value, _Default):
        return f"({column.default})::{values.base(column.type)}"
    return f"{literal(value)}::{values.base(column.type)}"


def _limited(candidates: Sequence[list[Option]]) -> list[list[Option]]:
    limited = [list(options) for options in candidates]
    size = 1
    for options in limited:
        size *= len(options)
    while size > _MOST:
        longest = max(limited, key=len)
        size = size // len(longest) * (len(longest) - 1)
        longest.pop()
    return limited


def _components(table: Table, values: Values) -> list[tuple[list[str], list[str]]]:
    """Return the checks in groups that share no column, each with its columns in the table's order."""
    groups: list[tuple[set[str], list[str]]] = []
    checks = [(set(c.columns), c.expression) for c in table.constraint("check") if c.columns and c.expression]
    for column in table.columns.values():
        name = values.named(column.type)
        domain = values.catalog.domains.get(name) if name is not None else None
        for text in domain.checks.values() if domain is not None else ():
            checks.append(({column.name}, _of_domain(text, column.name)))
    for columns, expression in checks:
        joined = [group for group in groups if group[0] & columns]
        groups = [group for group in groups if not group[0] & columns]
        texts = [text for group in joined for text in group[1]]
        groups.append((columns.union(*(group[0] for group in joined)), [*texts, expression]))
    return [([c for c in table.columns if c in columns], texts) for columns, texts in groups]


def _of_domain(text: str, column: str) -> str:
    """Return a domain's check with the column in the place of VALUE."""
    return re.sub(r"\bVALUE\b", quote_identifier(column).replace("\\", "\\\\"), text, flags=re.IGNORECASE)


def _candidates(
    column: Column,
    given: Given,
    values: Values,
    number: int,
    texts: list[str],
    sizes: list[int],
    expressions: list[str],
) -> list[Option]:
    """Return what to try for a column, the most natural first."""
    options: list[Option] = []
    base = values.base(column.type)
    if column.name in given:
        options.append(given[column.name])
    elif column.default is not None:
        options.append(_Default())
    else:
        options.append(None)
    own = values.of(column.type, column.name, number)
    enum = values.enum(column.type)
    if enum:
        options += enum
    elif base == "boolean":
        options += ["false", "true"]
    elif base.endswith("[]"):
        inner = base[:-2]
        elements = [t for t in texts if is_text(inner)] or [values.of(inner, column.name, number) or ""]
        options += ["{}", *("{" + '"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' + "}" for t in elements[:8])]
    elif base in ("json", "jsonb"):
        joined = ", ".join(f'"{t}": "{t}"' for t in texts if '"' not in t and "\\" not in t)
        options += ["{}", "[]", f"{{{joined}}}", '"text"', "1"]
    elif is_text(base):
        options += [own, *texts]
        lengths = {length for size in sizes for length in (size, size - 1, size + 1) if 0 < length <= 5000}
        options += [(f"{number}" + "a" * length)[:length] for length in sorted(lengths)]
        options += [f"a{number}", f"A{number}", str(number), f"{number:06d}", f"user{number}@example.com"]
        options += [f"https://example.com/{number}", f"+1555{number:07d}", "a", "A"]
    elif is_number(base):
        near = sorted({n for size in sizes for n in (size, size + 1, size - 1)}, key=abs)
        options += [own, *map(str, near), "0", "1", "2", "10", "100"]
        if base not in ("smallint", "integer", "bigint"):
            options += ["0.5", *_literals(expressions, "fval")]
    else:
        options += [own]
        if base.startswith(("date", "timestamp")):
            if own is not None and base.startswith("timestamp"):
                options += [f"{own[:10]} {hour}:00:00+00" for hour in ("22", "23")]
            options += ["2030-06-01", "2031-01-01", "2020-01-01", "2000-01-01"]
        elif base.startswith("time "):
            options += ["13:00", "18:00", "11:00", "06:00"]
    if column.nullable:
        options.append(None)
    unique: list[Option] = []
    for option in options:
        if isinstance(option, str) and not values.fits(base, option):
            continue
        if option not in unique or isinstance(option, _Default):
            unique.append(option)
    return [o for o in unique if o is not None or column.nullable or column.name in given][:40] or [own]


def _literals(expressions: Iterable[str], kind: str) -> list[str]:
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for entry in node:
                walk(entry)
        elif isinstance(node, dict):
            constant = node.get("A_Const")
            if isinstance(constant, dict) and kind in constant:
                found.append(str(constant[kind].get(kind, 0 if kind == "ival" else "")))
            for value in node.values():
                walk(value)

    for text in expressions:
        walk(parse_expression(text))
    return list(dict.fromkeys(found))


def _called(expressions: Iterable[str], attempt: Try) -> list[str]:
    """Return what the functions without arguments give that stand among the expressions."""
    calls = dict.fromkeys(call for text in expressions for call in _CALL.findall(text))
    found = attempt(f"SELECT {', '.join(f'({call})::text' for call in list(calls)[:_CALLS])}") if calls else None
    return [value for value in (found or {}).values() if value is not None]


def _texts(node: Any) -> list[str]:
    """Return the strings that stand anywhere in a part of a tree."""
    if isinstance(node, list):
        return [text for entry in node for text in _texts(entry)]
    if not isinstance(node, dict):
        return []
    constant = node.get("A_Const")
    if isinstance(constant, dict):
        return [constant["sval"].get("sval", "")] if "sval" in constant else []
    return [text for key, value in node.items() if key not in ("typeName", "TypeName") for text in _texts(value)]


def _patterns(expressions: Iterable[str], number: int) -> list[str]:
    """Return texts that match the regular expressions and LIKE patterns among the literals."""
    found: list[str] = []
    for text in _literals(expressions, "sval"):
        if any(c in text for c in "^$[]()+*?\\{}"):
            for repeat in (1, 3, 8, 12):
                made = sample(text, repeat)
                if made is not None:
                    found.append(made)
                    # Two rows must be able to differ where the pattern leaves room for it.
                    if made[-1:].isalnum():
                        found.append(made[:-1] + str(number % 10))
        if "%" in text or "_" in text:
            found.append(text.replace("%", str(number)).replace("_", "a"))
    return found
