"""PL/pgSQL followed statement by statement: what would run comes out as SQL text, and nothing is executed.

What can't be told comes out as such, with the names that it may touch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from tripoint.model.catalog import Catalog, Function
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.sql.builtins import builtins
from tripoint.sql.calls import called_function, definition, single_call
from tripoint.sql.effects import Effect, Undecided
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_expression, parse_plpgsql, parse_statement
from tripoint.sql.plpgsql import (
    Located,
    assigned,
    concern,
    fields_of,
    functions_in,
    handles,
    located,
    only_data,
    query_of,
    refused_at_once,
    returned,
    statements_of,
    touched,
    unknown_condition,
)
from tripoint.sql.relations import Relations
from tripoint.sql.rows import Values
from tripoint.sql.system_views import HOLE
from tripoint.sql.types import strings
from tripoint.sql.values import HOLE_CHARACTER, array_elements, text_of

__all__ = ["Budget", "Run", "Steps"]

MAX_DEPTH: Final = 8
"""How deeply calls of a project's own functions are followed."""

MAX_CALLS: Final = 500
"""How many calls of a project's own functions one block is followed into: each may call several others."""

MAX_STEPS: Final = 10_000
"""How many statements of a block are followed, loops counted through."""

MAX_STEPS_IN_ALL: Final = 200_000
"""How many statements of all blocks of a database's migrations are followed: a file may hold thousands of loops."""


class Budget(Struct):
    """How many statements may still be followed, by whatever shares it."""

    left: int = MAX_STEPS_IN_ALL


_CALL: Final = regex(r"^\s*call\b", re.I)
_SERVICES: Final = frozenset({"cron", "net", "vault", "pgmq"})
"""Schemas of extensions (pg_cron, pg_net, Vault, pgmq) whose functions change rows of their own and no one's schema."""


Rows = list[tuple[dict[str, Any], bool]] | None
"""A query's rows, each with whether it is sure; None where they can't be told."""


def asked(text: str, values: Values) -> Rows:
    """Return the rows of a SELECT."""
    parsed = parse_statement(text)
    if parsed is None or isinstance(parsed, Refusal) or parsed[0] != "SelectStmt":
        return None
    return values.rows(parsed[1])


class _Leave(Exception):
    """RETURN, EXIT or CONTINUE. `label` is None for the innermost loop."""

    def __init__(self, kind: str, label: str | None = None) -> None:
        self.kind, self.label = kind, label


class _Raised(Exception):
    """RAISE EXCEPTION, or a statement that was refused, under a condition's name."""

    def __init__(self, conditions: frozenset[str]) -> None:
        self.conditions = conditions


Steps = Iterator["Effect | Undecided | None"]


class Run(Struct):
    lookup: Callable[[], Catalog]
    search_path: tuple[str, ...]
    datums: list[Node]
    places: Mapping[int, Located]
    variables: dict[str, Any] = field(default_factory=dict)
    caught: frozenset[str] = frozenset()
    unsure: str | None = None
    """Why it can't be told whether the statements that are being followed run at all."""
    steps: int = 0
    budget: Budget = field(default_factory=Budget)
    depth: int = 0
    calls_made: list[None] = field(default_factory=list)
    """One for each call that was followed, for the block and all that it calls."""
    relations: Relations = field(default_factory=Relations)
    """What was asked of the catalog since it was last changed."""
    returns: Mapping[int, str] = field(default_factory=dict)
    """The variables that statements return, by the identity of their nodes."""
    returned: Any = HOLE
    """What the function gives back."""
    open: bool = False
    """Whether it may have given something else back before."""

    def __post_init__(self) -> None:
        for datum in self.datums:
            ((tag, body),) = datum.items() if datum else (("", {}),)
            if tag not in ("PLpgSQL_var", "PLpgSQL_rec") or body["refname"] in self.variables:
                continue
            default = body.get("default_val")
            self.variables[body["refname"]] = self.evaluate(default) if default else None
        self.variables["found"] = HOLE

    # -- expressions ---------------------------------------------------------------------------------------------

    def values(self) -> Values:
        return Values(self.lookup(), self.search_path, self.variables, self.answer, self.relations)

    def evaluate(self, expression: Node | None) -> Any:
        """Return the value of a PLpgSQL_expr."""
        text = query_of(expression)
        tree = parse_expression(text)
        if tree is not None:
            return self.values().value(tree)
        rows = self.rows(expression, "SELECT ")
        if rows is None or not all(sure for _, sure in rows):
            return HOLE
        return next(iter(rows[0][0].values()), HOLE) if rows else None

    def rows(self, expression: Node | None, prefix: str = "") -> Rows:
        return asked(prefix + query_of(expression), self.values())

    def whole(self, function: Node) -> Steps:
        """Follow all of a function or block."""
        try:
            yield from self.block(function["action"]["PLpgSQL_stmt_block"])
        except _Leave:
            return
        except _Raised:
            yield None

    # -- statements ----------------------------------------------------------------------------------------------

    def block(self, body: Node) -> Steps:
        exceptions = body.get("exceptions", {}).get("PLpgSQL_exception_block")
        handlers = [e["PLpgSQL_exception"] for e in exceptions["exc_list"]] if exceptions else []
        outer = self.caught
        names = frozenset(c["PLpgSQL_condition"]["condname"] for h in handlers for c in h.get("conditions", ()))
        self.caught = outer | names
        try:
            if handlers and self.unsure is None:
                refused = refused_at_once(body, self.lookup(), self.search_path)
                if refused and any(handles(handler, refused) for handler in handlers):
                    raise _Raised(refused)
            yield from self.statements(body.get("body", ()))
            self.caught = outer
            for handler in handlers:
                yield from self.maybe(
                    handler, handler.get("action", ()), "it runs only where what stands before it fails"
                )
        except _Raised as raised:
            chosen = next((h for h in handlers if handles(h, raised.conditions)), None)
            if chosen is None:
                raise
            self.caught = outer
            yield from self.statements(chosen.get("action", ()))
        except _Leave as leave:
            if leave.label is None or leave.label != body.get("label") or leave.kind != "exit":
                raise
        finally:
            self.caught = outer

    def statements(self, body: Any) -> Steps:
        for statement in body:
            ((tag, node),) = statement.items()
            self.steps += 1
            self.budget.left -= 1
            if self.steps > MAX_STEPS or self.budget.left < 0:
                yield self.undecided(node, "the block runs too many statements to follow")
                raise _Leave("return")
            handler: Callable[[Node], Steps] | None = getattr(self, "_" + tag.removeprefix("PLpgSQL_stmt_"), None)
            if handler is None:
                self.forget(node)
                yield self.undecided(node, f"what {tag.removeprefix('PLpgSQL_stmt_')} does can't be told")
            else:
                yield from handler(node)

    def undecided(self, node: Node, why: str, names: frozenset[str] | None = None, columns: bool = True) -> Undecided:
        place = self.places.get(id(node), Located(0, 0, False))
        return Undecided(place.start, place.end, why, names, columns)

    def effect(self, node: Node, text: str, exact: bool) -> Steps:
        """Give one statement, or, where it may not run, say so."""
        kind = concern(text)
        if kind == "nothing":
            yield from self.calls(node, text)
            return
        if self.unsure is not None:
            if kind == "catalog":
                yield self.undecided(node, self.unsure, *touched(text))
            return
        place = self.places.get(id(node), Located(0, 0, False))
        yield Effect(text, place.start, place.end, exact and place.exact, self.caught)

    def forget(self, node: Any) -> None:
        """Take every variable that a part of the block sets for unknown."""
        for name in assigned(node, self.datums):
            self.variables[name] = HOLE

    def maybe(self, node: Node, body: Any, reason: str) -> Steps:
        """Follow statements of which it can't be told whether they run."""
        before, self.unsure = self.unsure, self.unsure or reason
        try:
            yield from self.statements(body)
        except (_Leave, _Raised):
            pass  # Whether it leaves can't be told either; what follows is taken to run.
        finally:
            self.unsure = before
            self.forget(body)

    def _block(self, node: Node) -> Steps:
        yield from self.block(node)

    def _execsql(self, node: Node) -> Steps:
        text = query_of(node["sqlstmt"]["PLpgSQL_expr"] if "sqlstmt" in node else None)
        if node.get("into"):
            rows = self.rows(node["sqlstmt"])
            self.assign_row(node.get("target"), rows)
            if rows is not None:
                return
        yield from self.effect(node, text, exact=True)

    def _dynexecute(self, node: Node) -> Steps:
        text = self.evaluate(node.get("query"))
        self.forget(node.get("target"))
        if text is None:
            raise _Raised(frozenset(["null_value_not_allowed"]))
        yield from self.execute(node, text_of(text))

    def execute(self, node: Node, text: str) -> Steps:
        """Give a statement that the block builds, if it is known."""
        if HOLE_CHARACTER not in text:
            for statement in statements_of(text):
                yield from self.effect(node, statement, exact=False)
        elif concern(text) == "catalog":
            yield self.undecided(node, "the statement is built from what only a database knows", *touched(text))

    def _if(self, node: Node) -> Steps:
        branches = [(node.get("cond"), node.get("then_body", ()))]
        for entry in node.get("elsif_list", ()):
            branch = entry["PLpgSQL_if_elsif"]
            branches.append((branch.get("cond"), branch.get("stmts", ())))
        unsure = False
        for condition, body in branches:
            outcome = self.evaluate(condition)
            if outcome is HOLE or (isinstance(outcome, str) and HOLE_CHARACTER in outcome):
                yield from self.maybe(node, body, unknown_condition(condition))
                unsure = True
            elif outcome in (True, "t", "true"):
                yield from self.either(node, body, unsure)
                return
        yield from self.either(node, node.get("else_body", ()), unsure)

    def either(self, node: Node, body: Any, unsure: bool) -> Steps:
        if unsure:
            yield from self.maybe(node, body, unknown_condition(node.get("cond")))
        else:
            yield from self.statements(body)

    def _case(self, node: Node) -> Steps:
        subject = node.get("t_expr")
        if subject is not None:
            self.variables[fields_of(self.datums[node["t_varno"]])[0]] = self.evaluate(subject)
        whens = [w["PLpgSQL_case_when"] for w in node.get("case_when_list", ())]
        chain: Node = {"else_body": node.get("else_stmts", ())}
        if whens:
            chain |= {"cond": whens[0].get("expr"), "then_body": whens[0].get("stmts", ())}
            chain["elsif_list"] = [
                {"PLpgSQL_if_elsif": {"cond": w.get("expr"), "stmts": w.get("stmts", ())}} for w in whens[1:]
            ]
        yield from self._if(chain)

    # -- loops ---------------------------------------------------------------------------------------------------

    def loop(self, node: Node, targets: list[str], turns: list[Any] | None) -> Steps:
        """Run a loop's body for each of its values; None where they can't be told."""
        if turns is None:
            for name in targets:
                self.variables[name] = HOLE
            yield from self.maybe(node, node.get("body", ()), "how often the loop runs can't be told")
            return
        for turn in turns:
            if len(targets) == 1:
                self.variables[targets[0]] = turn
            else:
                self.variables |= dict(zip(targets, turn, strict=False))
            try:
                yield from self.statements(node.get("body", ()))
            except _Leave as leave:
                if leave.kind == "return" or leave.label not in (None, node.get("label")):
                    raise
                if leave.kind == "exit":
                    return

    def _foreach_a(self, node: Node) -> Steps:
        values = self.evaluate(node.get("expr"))
        turns = array_elements(values) if isinstance(values, list | str) and HOLE_CHARACTER not in values else None
        yield from self.loop(node, fields_of(self.datums[node["varno"]]), turns)

    def _fori(self, node: Node) -> Steps:
        lower, upper = self.evaluate(node.get("lower")), self.evaluate(node.get("upper"))
        step = self.evaluate(node["step"]) if "step" in node else 1
        turns: list[Any] | None = None
        if isinstance(lower, int) and isinstance(upper, int) and isinstance(step, int) and step > 0:
            backwards = node.get("reverse", False)
            turns = list(range(lower, upper - 1, -step) if backwards else range(lower, upper + 1, step))
        yield from self.loop(node, fields_of(node["var"]), turns)

    def _fors(self, node: Node) -> Steps:
        yield from self.query_loop(node, self.rows(node.get("query")))

    def _dynfors(self, node: Node) -> Steps:
        text = self.evaluate(node.get("query"))
        known = isinstance(text, str) and HOLE_CHARACTER not in text and not node.get("params")
        yield from self.query_loop(node, self.rows({"PLpgSQL_expr": {"query": text}}) if known else None)

    def query_loop(self, node: Node, rows: Rows) -> Steps:
        ((tag, _),) = node["var"].items()
        targets = fields_of(node["var"])
        turns: list[Any] | None = None
        if rows is not None and all(sure for _, sure in rows):
            records = [row for row, _ in rows]
            if tag == "PLpgSQL_rec":
                turns = list(records)
            else:
                turns = [next(iter(r.values()), None) if len(targets) == 1 else tuple(r.values()) for r in records]
        yield from self.loop(node, targets, turns)

    def _while(self, node: Node) -> Steps:
        yield from self.loop(node, [], None)

    _loop = _while
    _forc = _while

    # -- what changes nothing in a catalog -----------------------------------------------------------------------

    def _assign(self, node: Node) -> Steps:
        query = query_of(node["expr"])
        parts = query.split(":=", 1) if ":=" in query else query.split("=", 1)
        target = self.datums[node["varno"]] if node.get("varno", 0) < len(self.datums) else {}
        names = fields_of(target)
        if len(parts) == 2 and len(names) == 1 and parts[0].strip().lower() == names[0]:
            value = self.evaluate({"PLpgSQL_expr": {"query": parts[1].strip()}})
            self.variables[names[0]] = value if self.unsure is None else HOLE
        else:
            self.forget(node)
        return iter(())

    def assign_row(self, target: Node | None, rows: Rows) -> None:
        """Set the variables after INTO to a query's first row."""
        names = fields_of(target or {})
        if rows is None or not all(sure for _, sure in rows):
            self.variables |= dict.fromkeys(names, HOLE)
            self.variables["found"] = HOLE
            return
        self.variables["found"] = bool(rows)
        first = list(rows[0][0].values()) if rows else []
        if target and "PLpgSQL_rec" in target:
            self.variables[names[0]] = rows[0][0] if rows else None
        else:
            self.variables |= {name: first[i] if i < len(first) else None for i, name in enumerate(names)}

    def _perform(self, node: Node) -> Steps:
        yield from self.calls(node, query_of(node.get("expr")))
        rows = self.rows(node.get("expr"))
        self.variables["found"] = HOLE if rows is None else any(sure for _, sure in rows)

    def _call(self, node: Node) -> Steps:
        yield from self.calls(node, _CALL.sub("SELECT", query_of(node.get("expr")), count=1))
        self.forget(node)

    def called(self, function: Function, call: Node) -> Steps:
        """Follow the call of a PL/pgSQL function; places are those of the function's body."""
        run = self.inside(function, call)
        if run is None:
            yield Undecided(0, len((function.body or "").encode()), f"what {function.name} does can't be told")
            return
        run[0].caught, run[0].unsure = self.caught, self.unsure
        yield from run[0].whole(run[1])

    def inside(self, function: Function, call: Node) -> tuple[Run, Node] | None:
        """Return what follows a called function, and the function's tree; None where that can't be read."""
        follows = self.depth < MAX_DEPTH and len(self.calls_made) < MAX_CALLS
        given = self.bound(function, call) if follows else None
        functions = parse_plpgsql(definition(function)) if given is not None else None
        if given is None or functions is None or isinstance(functions, Refusal) or not functions:
            return None
        tree = functions[0]["PLpgSQL_function"]
        places, datums = located(tree["action"], function.body or ""), tree.get("datums", [])
        self.calls_made.append(None)
        run = Run(self.lookup, self.search_path, datums, places, given, relations=self.relations)
        run.depth, run.calls_made, run.budget = self.depth + 1, self.calls_made, self.budget
        return run, tree

    def bound(self, function: Function, call: Node) -> dict[str, Any] | None:
        """Return the value of each argument by its name; None where the call is not one of this function."""
        inputs = [a for a in function.arguments if a.mode in ("in", "inout")]
        given: dict[str, Any] = {a.name or "": HOLE if a.default else None for a in inputs}
        required = {a.name for a in inputs if not a.default}
        for argument in inputs:
            tree = parse_expression(argument.default) if isinstance(argument.default, str) else None
            if tree is not None and argument.name:
                given[argument.name] = self.values().value(tree)
        for position, node in enumerate(call.get("args", ())):
            named = node.get("NamedArgExpr")
            if named is None and position >= len(inputs):
                return None
            name = named["name"] if named is not None else inputs[position].name
            if name not in given or any(a.mode == "variadic" for a in function.arguments):
                return None
            given[name] = self.values().value(named["arg"] if named is not None else node)
            required.discard(name)
        return None if required else given

    def answer(self, call: Node) -> Any:
        """Return what a function of the project's own answers, where it only asks the catalog."""
        function = self.meant(tuple(strings(call["funcname"])), call)
        if function is None or not function.body:
            return HOLE
        if function.language == "sql":
            given = self.bound(function, call)
            values = Values(self.lookup(), self.search_path, given or {}, relations=self.relations)
            rows = asked(function.body, values) if given is not None else None
            return next(iter(rows[0][0].values()), HOLE) if rows and rows[0][1] else HOLE
        inner = self.inside(function, call) if function.language == "plpgsql" else None
        if inner is None:
            return HOLE
        run, tree = inner
        run.returns = returned(tree["action"], function.body)
        return HOLE if any(True for _ in run.whole(tree)) else run.returned

    def calls(self, node: Node, text: str) -> Steps:
        """Say where a query calls a function that may do anything."""
        for name in functions_in(text):
            if self.harmless(name):
                continue
            only = single_call(text)
            function = self.defined(name, only) if only is not None else None
            if only is None or function is None:
                yield self.undecided(node, f"what {'.'.join(name)} does can't be told")
                return
            place = self.places.get(id(node), Located(0, 0, False))
            for step in self.called(function, only):
                if step is None:
                    raise _Raised(frozenset(["raise_exception"]))
                # The place is the call's: the other body is another text.
                if isinstance(step, Effect):
                    yield Effect(step.text, place.start, place.end, False, step.caught)
                else:
                    yield self.undecided(node, step.reason, step.may_touch, step.columns)
            return

    def defined(self, written: tuple[str, ...], call: Node) -> Function | None:
        """Return the PL/pgSQL function that a call means."""
        found = self.meant(written, call)
        return found if found is not None and found.language == "plpgsql" and found.body else None

    def meant(self, written: tuple[str, ...], call: Node) -> Function | None:
        """Return the project's own function that a call means."""
        schemas = written[:1] if len(written) > 1 else self.search_path
        catalog = self.lookup()
        candidates = [f for s in schemas for f in catalog.functions.get(Name(s, written[-1]), ())]
        return called_function(candidates, call, catalog)

    def harmless(self, written: tuple[str, ...]) -> bool:
        """Whether a function can't change what the catalog holds."""
        if (len(written) == 1 or written[0] == "pg_catalog") and written[-1] in builtins().functions:
            return True
        if len(written) == 2 and written[0] in _SERVICES:
            return True
        schemas = written[:1] if len(written) > 1 else self.search_path
        found = [f for s in schemas for f in self.lookup().functions.get(Name(s, written[-1]), ())]
        return bool(found) and all(only_data(f.language, f.body) for f in found)

    def _raise(self, node: Node) -> Steps:
        if node.get("elog_level", 0) >= 21 and self.unsure is None:
            raise _Raised(frozenset([node.get("condname") or "raise_exception"]))
        return iter(())

    def _return(self, node: Node) -> Steps:
        if self.unsure is not None:
            self.open = True
        variable = self.returns.get(id(node))
        value = self.evaluate(node.get("expr")) if variable is None else self.variables.get(variable, HOLE)
        self.returned = HOLE if self.open else value
        raise _Leave("return")

    def _exit(self, node: Node) -> Steps:
        condition = self.evaluate(node["cond"]) if "cond" in node else True
        if condition is HOLE:
            self.unsure = self.unsure or "whether the loop ends before it can't be told"
        elif condition in (True, "t", "true"):
            raise _Leave("exit" if node.get("is_exit") else "continue", node.get("label"))
        return iter(())

    def _nothing(self, node: Node) -> Steps:
        self.forget(node)
        return iter(())

    _assert = _nothing
    _getdiag = _nothing
    _open = _nothing
    _fetch = _nothing
    _close = _nothing
    _commit = _nothing
