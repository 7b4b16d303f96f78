"""The SQL that pg_cron runs: what `cron.schedule` is given in the migrations, as the last of them leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from tripoint.bind.sql import SqlBinder, Text
from tripoint.model.binding import BodyBinding, Job, SqlReference
from tripoint.model.internal import lost_reason
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sql.facts import SqlFacts, Statement
from tripoint.sql.lexer import Token, tokens

__all__ = ["bind_jobs", "jobs_in"]

_SCHEDULES: Final = frozenset({"SelectStmt", "DoStmt", "DeleteStmt"})
_LONGEST: Final = 40
"""So many tokens are looked at of what a call is given: a command is one of them."""
_CLOSES: Final = {b")": -1, b"(": 1, b"]": -1, b"[": 1}


class _Literal(Struct, frozen=True):
    """A string. `start` and `end` enclose it in the statement's bytes, within its quotes where `exact`."""

    value: str
    start: int
    end: int
    exact: bool


def jobs_in(files: Iterable[tuple[str, SqlFacts]]) -> tuple[Job, ...]:
    """Return the jobs that are scheduled once all `files` have run, in the order of their names.

    https://github.com/citusdata/pg_cron: a job of a name that is there already takes its place.
    """
    jobs: dict[str, Job] = {}
    for path, facts in files:
        for statement in facts.statements:
            if statement.kind in _SCHEDULES and "cron" in statement.text.lower():
                data = statement.text.encode("utf-8", "replace")
                _follow(path, statement, data, list(tokens(data)), 0, jobs)
    return tuple(job for _, job in sorted(jobs.items()))


def bind_jobs(binder: SqlBinder, jobs: Iterable[Job]) -> Iterator[BodyBinding]:
    """Yield what became of the names in what each job runs."""
    for job in jobs:

        def locate(start: int, end: int, job: Job = job) -> Place:
            if not job.exact or start < 0:
                return job.place
            return Place(job.place.path, job.place.start + start, job.place.start + end)

        references: list[SqlReference] = []
        undecided: str | None
        try:
            references, undecided = binder.statements(Text(job.command.encode("utf-8", "replace"), locate))
        except Exception as error:  # what can't be followed costs that job alone
            undecided = lost_reason(error)
        yield BodyBinding("job", job.name, Name("cron", job.name), job.place, tuple(references), undecided)


def _follow(path: str, statement: Statement, data: bytes, found: list[Token], shift: int, jobs: dict[str, Job]) -> None:
    """Enter what a statement schedules, and take out what it ends; `shift` is where `data` begins in its text."""
    words = [token.text for token in found]
    looked_up, deletes = False, b"delete" in words
    for index, token in enumerate(found):
        if token.kind == "string" and statement.kind == "DoStmt" and shift == 0 and token.text[:1] == b"$":
            opening = token.text.index(b"$", 1) + 1
            inner = token.text[opening:-opening]
            _follow(path, statement, inner, list(tokens(inner)), token.start + opening, jobs)
        if words[index : index + 2] != [b"cron", b"."] or index + 2 >= len(found):
            continue
        called = words[index + 2]
        arguments = list(_arguments(found, index + 3)) if words[index + 3 : index + 4] == [b"("] else []
        if called == b"schedule":
            _schedule(path, statement, arguments, shift, jobs)
        elif called in (b"unschedule", b"alter_job") or (called == b"job" and deletes):
            ended = _value(arguments[0]) if len(arguments) == 1 else None
            # A job may be ended by its number, which is looked up by a name that stands somewhere else.
            named = [ended] if ended is not None else [] if looked_up else list(map(_literal, found))
            looked_up = looked_up or ended is None
            for literal in filter(None, named):
                jobs.pop(literal.value, None)


def _schedule(path: str, statement: Statement, arguments: list[list[Token]], shift: int, jobs: dict[str, Job]) -> None:
    given = [_value(argument) for argument in arguments]
    if len(given) not in (2, 3):
        return
    command, name = given[-1], given[0] if len(given) == 3 else given[-1]
    if name is None:
        return
    if command is None:
        jobs.pop(name.value, None)
        return
    place = Place(path, *statement.where(shift + command.start, shift + command.end))
    called = name.value if len(given) == 3 else "without a name"
    jobs[name.value] = Job(called, command.value, place, command.exact and not statement.origins)


def _arguments(found: list[Token], index: int) -> Iterator[list[Token]]:
    """Yield the tokens of each argument of the call whose parenthesis opens at `index`."""
    depth, argument = 0, list[Token]()
    for at in range(index, min(index + _LONGEST, len(found))):
        token = found[at]
        depth += _CLOSES.get(token.text, 0) if token.kind != "string" else 0
        if depth == 0:
            break
        if depth == 1 and token.text == b",":
            yield argument
            argument = []
        elif not (depth == 1 and token.text == b"("):
            argument.append(token)
    if argument:
        yield argument


def _value(argument: list[Token]) -> _Literal | None:
    """Return the string that an argument is; None where it is anything else."""
    named = len(argument) == 4 and argument[0].kind == "word" and argument[1].text in (b":", b"=")  # `:=` and `=>`
    cast = len(argument) == 3 and argument[1].text == b"::"
    return _literal(argument[-1 if named else 0]) if named or cast or len(argument) == 1 else None


def _literal(token: Token) -> _Literal | None:
    """Return what a string holds; None where it has escapes, or is none."""
    raw = token.text
    if token.kind != "string" or raw[:1] not in (b"'", b"$"):
        return None
    opening = raw.index(b"$", 1) + 1 if raw[:1] == b"$" else 1
    inner = raw[opening : len(raw) - opening]
    exact = raw[:1] == b"$" or b"''" not in inner
    value = (inner if exact else inner.replace(b"''", b"'")).decode("utf-8", "replace")
    return _Literal(value, token.start + opening, token.end - opening, exact)
