"""Steps of a migration in code → statements, each with its place in the program's file.

What it does by what the database holds becomes a DO block, which the fold follows as it follows a project's own.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tripoint.model.internal import internal_problem
from tripoint.model.place import Problem
from tripoint.sources.programs.steps import ANYTHING, TYPE, Choice, Guarded, Raw, Run, Step, Unclear
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.facts import UNCLEAR, Origin, SqlFacts, Statement
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.lexer import tokens
from tripoint.sql.plpgsql import concern, touched
from tripoint.sql.read import read_sql
from tripoint.sql.values import HOLE_CHARACTER

__all__ = ["write"]


def write(follow: Callable[[], list[Step]]) -> SqlFacts:
    """Return the steps that following a migration gives as statements. Never raises."""
    writer = _Writer()
    try:
        writer.write(follow())
        writer.types()
    except RecursionError:
        return SqlFacts((_unclear(Unclear("is nested too deep to be followed", (0, 0), ANYTHING)),))
    except Exception as error:
        # A fault of ours costs this file, whose effect is then as open as that of one that can't be read.
        lost = Unclear("reading it failed", (0, 0), ANYTHING)
        return SqlFacts((_unclear(lost),), (internal_problem(error, "what the migration does is lost"),))
    return SqlFacts(tuple(writer.statements), tuple(writer.problems))


def _unclear(step: Unclear) -> Statement:
    node: dict[str, object] = {"reason": step.reason}
    if step.may_touch is not None:
        node["may_touch"] = sorted(map(str, step.may_touch))
    return Statement(UNCLEAR, node, *step.span, str(step.text))


_NAMED = 3
_HOLE = HOLE_CHARACTER.encode()
_WITHIN_NOTHING = frozenset({"TransactionStmt", "VariableSetStmt"})


_WRITES = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt"})


def _with_values(text: str) -> str | None:
    """Return SQL in which a parameter stands for each value that can't be told; None where a name can't be told."""
    data = text.encode("utf-8", "replace")
    parts: list[bytes] = []
    done = 0
    for token in tokens(data):
        if _HOLE not in data[token.start : token.end]:
            continue
        value = token.kind == "string" or (token.kind == "word" and data[token.start : token.end] == _HOLE)
        if not value or data[token.start - 1 : token.start] == b"." or data[token.end : token.end + 1] in (b".", b"("):
            return None
        parts += [data[done : token.start], b"$1"]
        done = token.end
    return b"".join((*parts, data[done:])).decode("utf-8", "replace")


class _Writer:
    """Writes steps down as statements."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.problems: list[Problem] = []
        self.untyped: list[Unclear] = []

    def write(self, steps: list[Step]) -> None:
        for step in steps:
            if isinstance(step, Unclear):
                self.unclear(step)
            elif isinstance(step, Run):
                self.add(step.sql, step.span)
            elif isinstance(step, Raw):
                self.raw(step)
            else:
                self.block(step)

    def unclear(self, step: Unclear) -> None:
        if step.reason == TYPE:
            self.untyped.append(step)
        else:
            self.statements.append(_unclear(step))

    def types(self) -> None:
        """Say once which columns of the file have types that are not known."""
        names = list(dict.fromkeys(step.text for step in self.untyped))
        if names:
            shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            what = "column" if len(names) == 1 else f"{len(names)} columns"
            reason = f"the type of the {what} {shown} can't be told: it is one of the project's own"
            self.statements.append(_unclear(replace(self.untyped[0], reason=reason, text="")))

    def add(self, sql: Sql, span: tuple[int, int]) -> None:
        """Add one statement that is put together."""
        read = parse_statement(sql.text)
        if read is None:
            return
        if isinstance(read, Refusal):
            self.statements.append(Statement("Unparsed", {}, *span, sql.text, True, sql.origins))
            self.problems.append(Problem("unparsed", *span, f"PostgreSQL refuses what it sends: {read.message}"))
            return
        self.statements.append(Statement(read[0], read[1], *span, sql.text, False, sql.origins))

    def raw(self, step: Raw) -> None:
        """Add the statements of SQL that stands in the file."""
        text = step.text
        if HOLE_CHARACTER in text:
            if concern(text) == "catalog":
                reason = "the statement is built from what can't be told"
                self.statements.append(_unclear(Unclear(reason, step.span, touched(text)[0], text)))
            else:
                self.rows(_with_values(text), text.span if isinstance(text, Text) else step.span)
            return
        facts = read_sql(text.encode("utf-8", "replace"))
        exact = isinstance(text, Text) and text.exact
        start = text.span[0] if isinstance(text, Text) else step.span[0]
        whole = text.span if isinstance(text, Text) else step.span
        rows: list[tuple[int, int]] = []
        for one in facts.statements:
            if one.recovered and concern(one.text) != "catalog":
                rows.append((one.start, one.end))  # parameters of Python, in what changes rows alone
            elif exact:
                self.statements.append(replace(one, start=start + one.start, end=start + one.end))
            else:
                origin = Origin(0, len(one.text.encode()), *whole)
                self.statements.append(replace(one, start=whole[0], end=whole[1], origins=(origin,)))
        for problem in facts.problems:
            if any(begin <= problem.start <= end for begin, end in rows):
                continue
            at = (start + problem.start, start + problem.end) if exact else whole
            self.problems.append(Problem(problem.kind, *at, problem.reason))

    def rows(self, text: str | None, span: tuple[int, int]) -> None:
        """Add the statements that write rows of a text whose values are only known at run time."""
        facts = read_sql(text.encode("utf-8", "replace")) if text is not None else SqlFacts()
        for one in facts.statements if not facts.problems else ():
            if one.kind in _WRITES and not one.recovered:
                origin = Origin(0, len(one.text.encode()), *span)
                self.statements.append(replace(one, start=span[0], end=span[1], origins=(origin,)))

    # ---- blocks

    def block(self, step: Choice | Guarded) -> None:
        """Add a DO block for steps by a condition."""
        body = Sql.of("BEGIN\n", self.within([step]), "END")
        if "\n" not in body.text.removeprefix("BEGIN\n"):
            return
        tag = "$do$"
        while tag in body.text:
            tag = tag[:-1] + "o$"
        spans = _spans([step])
        self.add(Sql.of("DO ", tag, "\n", body, "\n", tag), (min(s for s, _ in spans), max(e for _, e in spans)))

    def within(self, steps: list[Step]) -> Sql:
        """Return steps as statements of PL/pgSQL; what is unclear is said apart."""
        parts: list[str | Sql] = []
        for step in steps:
            if isinstance(step, Unclear):
                self.unclear(step)
            elif isinstance(step, Run):
                parts += [step.sql, ";\n"]
            elif isinstance(step, Raw):
                parts += self.raw_within(step)
            elif isinstance(step, Guarded):
                inner = self.within(step.steps)
                if inner.text:
                    parts += ["BEGIN\n", inner, "EXCEPTION WHEN OTHERS THEN NULL;\nEND;\n"]
            else:
                then, other = self.within(step.then), self.within(step.otherwise)
                if then.text or other.text:
                    parts += [f"IF {step.condition} THEN\n", then]
                    parts += ["ELSE\n", other] if other.text else []
                    parts.append("END IF;\n")
        return Sql.of(*parts)

    def raw_within(self, step: Raw) -> list[str | Sql]:
        if HOLE_CHARACTER in step.text:
            self.raw(step)
            return []
        parts: list[str | Sql] = []
        span = step.text.span if isinstance(step.text, Text) else step.span
        for one in read_sql(step.text.encode("utf-8", "replace")).statements:
            if one.recovered and concern(one.text) == "catalog":
                reason = "PostgreSQL's grammar refuses what it sends"
                self.statements.append(_unclear(Unclear(reason, step.span, touched(one.text)[0], one.text)))
                continue
            if one.kind in _WITHIN_NOTHING or concern(one.text) != "catalog":
                continue  # rows, which the fold has no use for
            exact = isinstance(step.text, Text) and step.text.exact
            at = (span[0] + one.start, span[0] + one.end) if exact else span
            parts += [Sql.of(one.text, at=at), ";\n"]
        return parts


def _spans(steps: list[Step]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for step in steps:
        if isinstance(step, Choice):
            found += _spans(step.then) + _spans(step.otherwise)
        elif isinstance(step, Guarded):
            found += _spans(step.steps)
        else:
            found.append(step.span)
    return found
