"""The statements of a migration's `up`, followed one by one: what they do comes out as steps, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tree_sitter import Node

from tripoint.sources.code.typescript_values import node_text
from tripoint.sources.programs.javascript.exports import Beside, Exports, required
from tripoint.sources.programs.javascript.expressions import TooMuch, span_of
from tripoint.sources.programs.javascript.methods import method_of
from tripoint.sources.programs.javascript.placed import moved
from tripoint.sources.programs.javascript.values import (
    DIALECTS_OF_KNEX,
    Class,
    Function,
    Handle,
    Link,
    New,
    PostgreSQL,
    Ref,
    Scope,
    SqlText,
    Value,
    handles_in,
    joined,
    truth,
)
from tripoint.sources.programs.steps import ANYTHING, OF_MODULE, Choice, Guarded, Raw, Step, Unclear
from tripoint.sources.programs.values import Condition
from tripoint.sql.system_views import HOLE

__all__ = ["Interpret", "Run"]

MAX_STEPS: Final = 20_000
MAX_CALLS: Final = 24

Interpret = Callable[["Run", Handle], Value]
"""What a runner does with what was asked of its handle: its steps are added, its answer returned."""

_DIALECTS = frozenset([("sequelize", "dialect"), ("sequelize", "getDialect"), ("typeorm", "type")])
"""What a runner's handle is asked for to learn which database it speaks to."""
_DECLARES = frozenset(["lexical_declaration", "variable_declaration", "expression_statement", "enum_declaration"])
_NOTHING_MORE = frozenset(["import_statement", "interface_declaration", "type_alias_declaration", "empty_statement"])


class _Leave(Exception):
    """RETURN, CONTINUE, BREAK or THROW."""

    def __init__(self, value: Value = None) -> None:
        self.value = value


class Run(Exports):
    """Follows one file."""

    def __init__(
        self,
        interpret: Interpret,
        eager: bool,
        inherits: str = "",
        beside: Beside | None = None,
        own: int | None = None,
    ) -> None:
        """`beside` gives what a module exports that stands behind the migration, and `own` is where those begin."""
        super().__init__(beside)
        self.own = own
        self.snake = False
        """Whether a plugin writes the names of the builder's calls in snake case."""
        self.site = (0, 0)
        """The statement of the migration that is followed: the place of what the modules behind it do."""
        self.inherits = inherits
        self.interpret = interpret
        self.eager = eager
        self.steps: list[Step] = []
        self.under: list[str] = []
        """The conditions under which what is followed is reached, the outermost first."""
        self.count = 0
        self.calls = 0

    # ---- what is added

    def add(self, *steps: Step) -> None:
        """Add steps."""
        self.steps += steps if self.own is None else [moved(step, self.own, self.site) for step in steps]

    def unclear(self, reason: str, span: tuple[int, int], names: frozenset[str] = ANYTHING) -> None:
        """Add something whose effect can't be told."""
        self.add(Unclear(reason, span, names))

    def raw(self, value: Value, span: tuple[int, int]) -> None:
        """Add SQL that is sent as it stands."""
        if isinstance(value, SqlText):
            value = value.text
        if isinstance(value, list):
            for one in value:
                self.raw(one, span)
        elif isinstance(value, str):
            self.add(Raw(value, span))
        else:
            self.unclear("sends SQL that this file does not hold", span)

    # ---- statements

    def body(self, nodes: list[Node], scope: Scope) -> None:
        """Follow statements. What comes behind a condition that leaves is followed where it does not hold."""
        for node in nodes:
            if node.type in ("function_declaration", "generator_function_declaration"):
                scope.names[node_text(node.child_by_field_name("name"))] = Function(node, scope, self.this(scope))
        for at, node in enumerate(nodes):
            if node.type == "if_statement":
                said = truth(self.value(node.child_by_field_name("condition"), scope))
                then, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
                if isinstance(said, bool):
                    chosen = then if said else other
                    if chosen is not None:
                        self.body([chosen], scope)
                    continue
                if self.choose(node, said, then, other, nodes[at + 1 :], scope):
                    return
            else:
                self.statement(node, scope)

    def choose(
        self, node: Node, said: object, then: Node | None, other: Node | None, rest: list[Node], scope: Scope
    ) -> bool:
        """Follow both branches of a condition that only a run decides; return whether the rest is done, too."""
        sql = said.sql if isinstance(said, Condition) else unknown(node.child_by_field_name("condition"))
        first, first_left = self.branch([then] if then is not None else [], scope, sql)
        second, second_left = self.branch([other] if other is not None else [], scope, f"NOT ({sql})")
        done, rest_left = first_left != second_left, False
        if done:
            steps, rest_left = self.branch(rest, scope, f"NOT ({sql})" if first_left else sql)
            (second if first_left else first).extend(steps)
        if first or second:
            self.add(Choice(sql, first, second))
        if rest_left or (first_left and second_left):
            raise _Leave(HOLE)
        return done

    def branch(self, nodes: list[Node], scope: Scope, under: str) -> tuple[list[Step], bool]:
        """Follow statements that are reached under a condition; return their steps, and whether they leave."""
        outer, self.steps = self.steps, []
        journal, self.journal = self.journal, []
        left = False
        self.under.append(under)
        try:
            self.body(nodes, Scope(scope))
        except _Leave as leave:
            left = True
            self.flush(leave.value)  # what a branch returns is waited for as well
        finally:
            self.under.pop()
            steps, self.steps = self.steps, outer
            for holder, name in self.journal:
                holder.names[name] = HOLE
            self.journal = journal + self.journal
        return steps, left

    def maybe(self, nodes: list[Node], scope: Scope, why: str) -> None:
        """Follow statements that may be reached any number of times."""
        steps, _ = self.branch(nodes, scope, why)
        if steps:
            self.add(Choice(why, steps, []))

    def statement(self, node: Node, scope: Scope) -> None:
        """Follow one statement."""
        self.count += 1
        if self.count > MAX_STEPS:
            raise TooMuch
        if self.own is not None and node.start_byte < self.own:
            self.site = span_of(node)
        if node.type in _NOTHING_MORE:
            return
        handler: Callable[[Node, Scope], None] | None = getattr(self, f"_s_{node.type}", None)
        if handler is not None:
            handler(node, scope)

    def _s_expression_statement(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            if child.type != "comment":
                self.flush(self.value(child, scope))

    def _s_statement_block(self, node: Node, scope: Scope) -> None:
        self.body(_statements(node), Scope(scope))

    def _s_else_clause(self, node: Node, scope: Scope) -> None:
        self.body(_statements(node), scope)

    def _s_if_statement(self, node: Node, scope: Scope) -> None:
        self.body([node], scope)

    def _s_lexical_declaration(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            name = child.child_by_field_name("name") if child.type == "variable_declarator" else None
            if name is not None:
                self.assign(name, self.value(child.child_by_field_name("value"), scope), scope, True)

    _s_variable_declaration = _s_lexical_declaration

    def _s_enum_declaration(self, node: Node, scope: Scope) -> None:
        members: dict[str, Value] = {}
        body = node.child_by_field_name("body")
        for child in body.named_children if body is not None else ():
            if child.type == "enum_assignment":
                members[node_text(child.child_by_field_name("name"))] = self.value(
                    child.child_by_field_name("value"), scope
                )
        scope.names[node_text(node.child_by_field_name("name"))] = members

    def _s_class_declaration(self, node: Node, scope: Scope) -> None:
        scope.names[node_text(node.child_by_field_name("name"))] = self._class(node, scope)

    def _s_return_statement(self, node: Node, scope: Scope) -> None:
        given = [child for child in node.named_children if child.type != "comment"]
        raise _Leave(self.value(given[0], scope) if given else None)

    def _s_throw_statement(self, node: Node, scope: Scope) -> None:
        raise _Leave(HOLE)

    _s_break_statement = _s_throw_statement
    _s_continue_statement = _s_throw_statement

    def _s_for_in_statement(self, node: Node, scope: Scope) -> None:
        items = self.flush(self.value(node.child_by_field_name("right"), scope))
        target, body = node.child_by_field_name("left"), node.child_by_field_name("body")
        if target is None or body is None:
            return
        if node_text(node.child_by_field_name("operator")) == "in" and isinstance(items, dict):
            items = list(items)
        if not isinstance(items, list):
            inner = Scope(scope)
            self.assign(target, HOLE, inner, True)
            self.maybe([body], inner, unknown(node.child_by_field_name("right")))
            return
        for item in items:
            inner = Scope(scope)
            self.assign(target, item, inner, True)
            try:
                self.body([body], inner)
            except _Leave:
                if _leaves(body, "break_statement", "return_statement", "throw_statement"):
                    raise

    def _s_for_statement(self, node: Node, scope: Scope) -> None:
        inner = Scope(scope)
        start = node.child_by_field_name("initializer")
        if start is not None:
            self.statement(start, inner)
            for name in inner.names:
                inner.names[name] = HOLE
        body = node.child_by_field_name("body")
        if body is not None:
            self.maybe([body], inner, unknown(node.child_by_field_name("condition")))

    def _s_while_statement(self, node: Node, scope: Scope) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.maybe([body], scope, unknown(node.child_by_field_name("condition")))

    _s_do_statement = _s_while_statement

    def _s_switch_statement(self, node: Node, scope: Scope) -> None:
        body = node.child_by_field_name("body")
        for case in body.named_children if body is not None else ():
            self.maybe(case.named_children[:], scope, unknown(node.child_by_field_name("value")))

    def _s_labeled_statement(self, node: Node, scope: Scope) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.body([body], scope)

    def _s_try_statement(self, node: Node, scope: Scope) -> None:
        body, handler = node.child_by_field_name("body"), node.child_by_field_name("handler")
        caught = handler is not None and not _leaves(handler, "throw_statement")
        outer, self.steps = self.steps, []
        leave: _Leave | None = None
        try:
            self.body([body] if body is not None else [], scope)
        except _Leave as left:
            leave = left
        finally:
            steps, self.steps = self.steps, outer
        if steps:
            self.add(*([Guarded(steps)] if caught else steps))
        if handler is not None and caught:
            inner = Scope(scope)
            parameter, then = handler.child_by_field_name("parameter"), handler.child_by_field_name("body")
            if parameter is not None:
                self.assign(parameter, HOLE, inner, True)
            if then is not None:
                self.maybe([then], inner, '"what stands before it fails"')
        final = node.child_by_field_name("finalizer")
        if final is not None:
            self.body(_statements(final), scope)
        if leave is not None:
            raise leave

    # ---- calls

    def apply(self, receiver: Value, link: Link, scope: Scope) -> Value:
        """Return what a property or a method of a value gives; what it does to a schema is a step."""
        self.count += 1
        if self.count > MAX_STEPS:
            raise TooMuch
        if isinstance(receiver, Handle):
            if (receiver.kind, link.name) in _DIALECTS:
                return "postgres"
            made = Handle(receiver.kind, (*receiver.links, link), receiver.data)
            if made.kind == "knex" and tuple(one.name for one in made.links) in DIALECTS_OF_KNEX:
                return PostgreSQL("pg", link.span)
            return self.interpret(self, made) if self.eager and link.arguments is not None else made
        if isinstance(receiver, Ref) and link.arguments is None:
            return Ref(f"{receiver.path}.{link.name}")
        if isinstance(receiver, SqlText) and link.name == "execute":
            self.raw(receiver, link.span)
            return HOLE
        if isinstance(receiver, SqlText) and link.name in ("compile", "as", "$castTo", "$notNull"):
            return receiver  # executeQuery sends what is compiled
        if link.name in ("then", "finally") and link.arguments:
            return self.invoke(link.argument(0), [self.flush(receiver)])
        if link.name == "catch":
            self.flush(receiver)
            return HOLE
        if isinstance(receiver, Class) and self.inherits and link.name not in receiver.members:
            made = Handle(self.inherits, (link,))
            return self.interpret(self, made) if link.arguments is not None else made
        if isinstance(receiver, Class):
            return self.member(receiver.members.get(link.name, HOLE), link)
        if isinstance(receiver, dict) and link.name in receiver:
            return self.member(receiver[link.name], link)
        found = method_of(self, receiver, link)
        if found is not NotImplemented:
            return found
        return self.strange(receiver, link)

    def member(self, value: Value, link: Link) -> Value:
        """Return a member of an object of the file, or what its call gives."""
        if link.arguments is None:
            return value
        return self.asked(value, link.arguments) if isinstance(value, Function) else self.strange(value, link)

    def call(self, callee: Value, link: Link, scope: Scope) -> Value:
        """Return what the call of a function gives."""
        if isinstance(callee, Function):
            return self.asked(callee, link.arguments or ())
        if isinstance(callee, Handle):
            made = Handle(callee.kind, (*callee.links, link), callee.data)
            return self.interpret(self, made) if self.eager else made
        if isinstance(callee, Ref) and callee.path == "require" and isinstance(link.argument(0), str):
            self.modules.add(link.argument(0))
            return required(self.beside(link.argument(0)), link.argument(0))
        if isinstance(callee, Ref) and callee.path == "String" and link.arguments:
            return joined([link.argument(0)], link.span)
        return self.strange(callee, link)

    def strange(self, callee: Value, link: Link) -> Value:
        """Say that a call may do anything whose function is not in the file, where it is given the means to."""
        arguments = link.arguments or ()
        if any(handles_in(one) for one in arguments):
            shown = link.name if link.name != "()" else callee.path if isinstance(callee, Ref) else "it"
            self.unclear(
                f"what {shown.rpartition('.')[2]} does is not in this file", link.span, self.touched_by(callee)
            )
        for one in arguments:
            if isinstance(one, Function):
                outer, self.steps = self.steps, []
                self.invoke(one, [])
                steps, self.steps = self.steps, outer
                if steps:
                    self.add(Choice('"it is called"', steps, []))
        return New(link.name, arguments, link.span) if isinstance(callee, Ref) else HOLE

    def touched_by(self, value: Value) -> frozenset[str]:
        """Return what something may touch that the file does not hold: what is named in the module it is of, if any."""
        of = f"{value.path}." if isinstance(value, Ref) else ""
        return frozenset(f"{OF_MODULE}{one}" for one in self.modules if of.startswith(f"{one}.")) or ANYTHING

    def asked(self, callee: Function, arguments: tuple[Value, ...]) -> Value:
        """Follow a function that the code calls, which gets nothing for what is not given; a list that is not known
        may hold the rest."""
        return self.invoke(callee, list(arguments), HOLE if arguments and arguments[-1] is HOLE else None)

    def invoke(self, callee: Value, arguments: list[Value], rest: Value = HOLE) -> Value:
        """Follow a function with what it is given, and `rest` for more; what it gives is what it returns."""
        if not isinstance(callee, Function):
            return HOLE
        if self.calls >= MAX_CALLS:
            raise TooMuch
        scope = Scope(callee.scope)
        if callee.node.type != "arrow_function":
            scope.names["this"] = callee.this
        given = callee.node.child_by_field_name("parameters")
        single = callee.node.child_by_field_name("parameter")
        parameters = [c for c in given.named_children if c.type != "comment"] if given is not None else []
        parameters += [single] if single is not None else []
        for at, parameter in enumerate(parameters):
            self.assign(parameter, arguments[at] if at < len(arguments) else rest, scope, True)
        body = callee.node.child_by_field_name("body")
        if body is None:
            return HOLE
        self.calls += 1
        outer = self.steps
        try:
            if body.type != "statement_block":
                return self.value(body, scope)
            self.body(_statements(body), scope)
        except _Leave as leave:
            self.steps = outer
            return leave.value
        finally:
            self.calls -= 1
        return None

    def flush(self, value: Value) -> Value:
        """Do what is done when a value is waited for, and return what it gives."""
        if isinstance(value, Handle) and value.links and not self.eager:
            return self.interpret(self, value)
        if isinstance(value, list):
            return [self.flush(one) for one in value]
        return value


def unknown(test: Node | None) -> str:
    """Return a condition of SQL that nothing is known of, which says what the program asks."""
    said = " ".join(node_text(test).split())[:60]
    return '"' + said.replace('"', "'").replace("$", "") + '"'


def _statements(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _leaves(node: Node, *kinds: str) -> bool:
    work = [node]
    while work:
        here = work.pop()
        if here.type in kinds:
            return True
        if not here.type.endswith("function") and "function" not in here.type:
            work += here.named_children
    return False
