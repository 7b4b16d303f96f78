"""Functions that clients may call, called as every kind of user: what runs, what it hands out, and what it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct, field, structs

from tripoint.model.catalog import Function
from tripoint.model.name import Name
from tripoint.model.proof import Access, FunctionLeak, Operation, Outcome
from tripoint.model.regex import regex
from tripoint.postgres.run import Answer
from tripoint.proof.arguments import Arguments, Call
from tripoint.proof.probes import Caller, Probe, Prober
from tripoint.proof.reading import USERS
from tripoint.proof.script import script_of_call
from tripoint.proof.session import OUT_OF_TIME, Actor, quoted
from tripoint.proof.values import is_number, is_text
from tripoint.proof.world import key_of, matching

__all__ = ["FunctionProber", "signature"]

_PATIENCE = 2.0
"""Seconds that one call has."""
_ROWS = 100
_TABLES = 500
"""So many rows are compared after a call."""
_NOT_ALLOWED = "42501"
_REFUSES = frozenset({"P0001", "P0002", "28000", "PT401", "PT403", _NOT_ALLOWED})
"""How functions say themselves that somebody may not."""
_PRIVATE = regex(
    r"mail|phone|address|birth|ssn|tax_?id|salary|iban|card|medical|diagnos|passport|secret|password|token"
)


class _Seen(Struct):
    """What a call did to what is the first user's."""

    read: set[tuple[Name, str]] = field(default_factory=set)
    changed: set[tuple[Name, str]] = field(default_factory=set)
    deleted: set[Name] = field(default_factory=set)

    @property
    def reached(self) -> bool:
        return bool(self.read or self.changed or self.deleted)


def signature(function: Function) -> str:
    """Return a function's name with the types of its arguments."""
    return f"{function.name}({', '.join(function.identity)})"


class FunctionProber:
    """Calls functions. `probes` are those of the tables: what a user may read anyway, no function leaks."""

    def __init__(self, prober: Prober, arguments: Arguments, probes: Sequence[Probe]) -> None:
        self.prober, self.arguments = prober, arguments
        self.session, self.builder, self.catalog = prober.session, prober.builder, prober.catalog
        self.world = self.builder.worlds["a"]
        self.leaks: list[FunctionLeak] = []
        self._may = {
            (p.table, p.access.operation, p.access.role)
            for p in probes
            if p.access.outcome != "denied" and (p.access.rows == "other" or p.access.role == "anon")
        }
        self._tokens = self._telling()
        owned = self.builder.ties.to_user | self.builder.ties.to_tenant
        keys = {n: matching(key_of(self.catalog.tables[n], row), row) for n, row in self.world.rows.items()}
        self._watched = [name for name in sorted(owned & keys.keys()) if keys[name]][:_TABLES]
        parts = (f"(SELECT to_jsonb(t)::text FROM {quoted(n)} t WHERE {keys[n]})" for n in self._watched)
        self._query = f"SELECT {', '.join(parts)}"
        self._before = next(iter(self.session.probe(Actor(), self._query, rows=1).rows), ())

    def probe(self, function: Function, tied: list[Caller], untied: list[Caller]) -> Iterator[Access]:
        """Yield whether each caller may execute a function, and where it reaches the first user's rows, how."""
        call = self.arguments.call(function, self.world)
        if isinstance(call, str):
            yield from self._untried(function, untied, call)
            return
        seen: list[tuple[Caller, _Seen]] = []
        works = False
        for caller in tied if call.tied else untied:
            answer = self.session.call(caller.actor, call.statement, _ROWS, _PATIENCE)
            outcome, reason = _judged(answer, works)
            works = works or outcome == "allowed"
            yield self._cell(function, "execute", caller, outcome, reason, call)
            if function.security_definer and outcome == "allowed":
                seen.append((caller, self._effects(function, call, caller, answer)))
            elif function.security_definer and outcome == "denied":
                seen.append((caller, _Seen()))
        yield from self._reached(function, call, seen)
        self._judge(function, call, seen)

    def _untried(self, function: Function, callers: list[Caller], reason: str) -> Iterator[Access]:
        for caller in callers:
            yield self._cell(function, "execute", caller, "not-proven", reason, None)

    def _cell(
        self,
        function: Function,
        operation: Operation,
        caller: Caller,
        outcome: Outcome,
        reason: str | None,
        call: Call | None,
    ) -> Access:
        settled = self.builder.settled
        return Access(
            self.prober.database,
            signature(function),
            operation,
            caller.actor.role,
            caller.rows,
            outcome,
            settled(reason) if reason is not None else None,
            settled(call.statement) if call is not None else None,
        )

    # --- what a call did

    def _telling(self) -> dict[str, list[tuple[Name, str]]]:
        """Return the texts that stand in rows of the first user alone, other than keys, each with its columns."""
        others = [w for w in self.builder.worlds.values() if w is not self.world]
        others += [self.builder.first] if self.builder.first is not None else []
        foreign = {value for world in others for row in world.rows.values() for value in row.values()}
        found: dict[str, list[tuple[Name, str]]] = {self.world.email: [(USERS, "email")]} if self.world.email else {}
        for name, row in sorted(self.world.rows.items()):
            table = self.catalog.tables[name]
            keys = {c for k in table.constraints.values() if k.kind in ("primary", "foreign") for c in k.columns}
            for column, value in row.items():
                known = table.columns.get(column)
                text = known is not None and is_text(self.builder.values.base(known.type))
                if text and column not in keys and value and len(value) > 3 and value not in foreign:
                    found.setdefault(value, []).append((name, column))
        return found

    def _effects(self, function: Function, call: Call, caller: Caller, answer: Answer) -> _Seen:
        seen = _Seen()
        for value in {value for row in answer.rows for value in row if value is not None}:
            for token, places in self._tokens.items():
                if token in call.given or not _holds(value, token):
                    continue
                if caller.rows == "own" or not any(self._open(name, "select", caller) for name, _ in places):
                    seen.read.add(places[0])
        if function.volatility == "volatile" and self._before:
            self._compare(seen, caller)
        return seen

    def _open(self, name: Name, operation: Operation, caller: Caller) -> bool:
        """Whether policies let the caller do it to another user's row anyway."""
        return (name, operation, caller.actor.role) in self._may

    def _compare(self, seen: _Seen, caller: Caller) -> None:
        now = self.session.afterwards(self._query)
        for name, old, new in zip(self._watched, self._before, now or self._before, strict=True):
            if old == new or old is None:
                continue
            if new is None:
                if caller.rows == "own" or not self._open(name, "delete", caller):
                    seen.deleted.add(name)
                continue
            if caller.rows != "own" and self._open(name, "update", caller):
                continue
            first, last = json.loads(old), json.loads(new)
            columns = self.catalog.tables[name].columns
            differing = {c for c in first if first[c] != last.get(c) and c in columns}
            seen.changed |= {(name, c) for c in differing if not self._counts(columns[c].type)}

    def _counts(self, type_: str) -> bool:
        """Whether a type is that of what functions count or stamp for everybody."""
        base = self.builder.values.base(type_)
        return is_number(base) or base.startswith(("timestamp", "date"))

    def _reached(self, function: Function, call: Call, seen: list[tuple[Caller, _Seen]]) -> Iterator[Access]:
        """Yield what of the first user's each caller got at, where anybody did."""
        kinds: tuple[tuple[Operation, str], ...] = (("select", "read"), ("update", "changed"), ("delete", "deleted"))
        for operation, kind in kinds:
            if not any(getattr(effects, kind) for _, effects in seen):
                continue
            for caller, effects in seen:
                stranger = structs.replace(
                    caller, rows="other" if caller.world and caller.rows == "any" else caller.rows
                )
                outcome: Outcome = "allowed" if getattr(effects, kind) else "denied"
                yield self._cell(function, operation, stranger, outcome, None, call)

    def _judge(self, function: Function, call: Call, seen: list[tuple[Caller, _Seen]]) -> None:
        strangers = [(c, s) for c, s in seen if c.rows in ("other", "any") and s.reached]
        if call.by_secret or not strangers:
            return
        caller, effects = min(strangers, key=lambda pair: pair[0].actor.role == "anon")
        shown = tuple(sorted(effects.read))
        changed = {name for name, _ in effects.changed} | effects.deleted
        tables = {name for name, _ in shown} | changed
        row = (function.returns or "").removeprefix("SETOF ")
        whole = any(row in (str(name), name.name) for name in tables) or any(_PRIVATE.search(c) for _, c in shown)
        self.leaks.append(
            FunctionLeak(
                function.name,
                function.identity,
                next((c.actor.role for c, _ in strangers if c.actor.role == "anon"), caller.actor.role),
                caller.actor.role != "anon",
                shown,
                tuple(sorted(effects.changed)),
                tuple(sorted(effects.deleted)),
                whole,
                self.arguments.reader.body(function.name).asks,
                script_of_call(self.builder, tables - {USERS}, caller, call.statement, changed),
            )
        )


def _judged(answer: Answer, works: bool) -> tuple[Outcome, str | None]:
    """Return whether a function may be executed; `works`: whether it did what it is for when somebody else called."""
    refusal = answer.refusal
    if refusal is None:
        return "allowed", None
    if refusal.sqlstate == _NOT_ALLOWED:
        return "denied", refusal.message
    if refusal.sqlstate in _REFUSES and works:
        return "denied", f"it refuses by itself: {refusal.message}"
    if refusal.sqlstate == OUT_OF_TIME:
        return "not-proven", refusal.message
    return "not-proven", f"it ends with an error ({refusal.sqlstate}): {refusal.message}"


def _holds(value: str, token: str) -> bool:
    """Whether a value is a text, or a row or document that holds it."""
    if value == token:
        return True
    if value[:1] not in ("[", "{", "(") or token not in value:
        return False
    place = value.index(token)
    around = value[place - 1 : place] + value[place + len(token) : place + len(token) + 1]
    return not any(c.isalnum() for c in around)
