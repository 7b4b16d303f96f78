"""Small valid programs of each language: what a damaged text seldom has is a call within a call that the grammar takes.

A form is a line: `@` stands for any expression, `•` for one that may be called, `§` for a call's arguments, none or
several, `~` for a place where a comment may stand, and `¶` for some statements.
"""

# ruff: noqa: E501
# Many forms fit on a line.
from __future__ import annotations

import random
import re

from msgspec import Struct

__all__ = ["LANGUAGES", "Language", "program"]

_HOLES = re.compile("[@•§~¶]")


class Language(Struct, frozen=True):
    """The forms of one language."""

    suffix: str
    head: str
    known: str
    """A statement with a query on the table `orders`, whatever stands before it."""
    atoms: tuple[str, ...]
    callable: tuple[str, ...]
    """Forms that may be called, or have a member."""
    others: tuple[str, ...]
    statements: tuple[str, ...]
    spread: tuple[str, ...] = ()
    """Arguments that stand behind those that have no name."""
    comments: tuple[str, ...] = ("/* c */", "// c\n")
    indented: bool = False
    function: tuple[str, str] = ("", "")
    """What stands before and behind the statements."""

    def __str__(self) -> str:
        return self.suffix


def program(language: Language, seed: int) -> str:
    """Return a program; the same for the same seed."""
    return _Writer(language, random.Random(seed)).program()


class _Writer:
    def __init__(self, language: Language, chance: random.Random) -> None:
        self.language = language
        self.chance = chance

    def program(self) -> str:
        begin, end = self.language.function
        indent = 1 if self.language.indented else 0
        lines = [self.statement(2, indent) for _ in range(8)]
        lines.append("    " * indent + self.language.known)
        return self.language.head + begin + "".join(f"{line}\n" for line in lines) + end

    def statement(self, depth: int, indent: int) -> str:
        forms = [form for form in self.language.statements if depth or "¶" not in form]
        return "    " * indent + self.filled(self.chance.choice(forms), depth, indent)

    def filled(self, form: str, depth: int, indent: int = 0) -> str:
        def fill(hole: re.Match[str]) -> str:
            match hole[0]:
                case "@":
                    return self.expression(depth - 1)
                case "•":
                    return self.called(depth - 1)
                case "§":
                    return self.arguments(depth - 1)
                case "~":
                    return self.chance.choice(("", "", *self.language.comments))
            within = [self.statement(depth - 1, indent + 1) for _ in range(self.chance.randrange(1, 3))]
            return "\n" + "\n".join(within) + "\n" + "    " * indent

        return _HOLES.sub(fill, form)

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(self.language.atoms)
        forms = self.language.callable if self.chance.random() < 0.6 else self.language.others
        return self.filled(self.chance.choice(forms), depth)

    def called(self, depth: int) -> str:
        return self.filled(self.chance.choice(self.language.callable), depth) if depth > 0 else "a"

    def arguments(self, depth: int) -> str:
        given = [self.expression(depth) for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3)))]
        if self.language.spread and self.chance.random() < 0.3:
            given.append(self.filled(self.chance.choice(self.language.spread), depth))
        return ", ".join(given)


_SCRIPT = Language(
    ".js",
    "import { createClient } from '@supabase/supabase-js'\nconst supabase = createClient(u, k)\n",
    "await supabase.from('orders').select('id')",
    (
        "a", "this.b", "'s'", "1", "null", "undefined", "`t${a}`", "``", "[]", "({})", "/r/g", "() => {}", "async () => a",
        "''", "function () {}", "class {}", "import.meta",
    ),
    (
        "•.m(§)", "•?.m(§)", "•?.[@]", "•?.(§)", "•(~§~)", "•.b", "•[@]", "new A(§)", "(@)", "tag`x${@}`", "•~.then(§)",
        "•.map(§)", "•.forEach(§)", "•.push(§)", "require(§)", "supabase.from(§)", "supabase.from(§).select(§).eq(§)",
        "supabase.rpc(§)", "supabase.storage.from(§)", "supabase.functions.invoke(§)", "supabase.channel(§).on(§)",
        "supabase.from(a).insert(§)", "supabase.from(a)~.update(§)~.match(§)", "createClient(§)", "db.query(§)", "fetch(§)",
        "useState(§)", "Object.assign(§)", "Object.keys(§)", "Promise.all(§)", "JSON.stringify(§)", "pgTable(§)",
        "z.object(§)", "•.on(§)", "•.join(§)", "•.concat(§)", "•.bind(§)", "String(§)", "new URL(§)", "useCallback(§)",
    ),
    (
        "[@, ~...@, @]", "[, @]", "({ a: @, ...@, [@]: @, 'b': @, c })", "({ m() { return @ }, get x() { return @ } })",
        "`x${@}y${@}`", "(@ ?? @)", "(@ ? @ : @)", "(async (p, ...q) => @)", "(({ p, q: [r] } = {}) => ({ s: @ }))",
        "(function* g(p = @) { yield @ })", "(@, @)", "(@ + @)", "(typeof @)", "(await @)", "(!@)", "(void @)", "(a = @)",
        "(class extends A { x = @; #y = @; static m() { return @ } })", "import(@)", "sql`select ${@} from ${@}`",
    ),
    (
        "const v = ~@;", "let { a, b: [c] = [], ...d } = @;", "var e, f = @;", "•.m(§);", "a.b = @;", "a ??= @;", "a.b[@] = @;",
        "if (@) {¶} else if (@) {¶} else {¶}", "for (const x of @) {¶}", "for (let i = 0; ; i++) {¶}", "do {¶} while (@)",
        "try {¶} catch {¶} finally {¶}", "switch (@) { case @: ¶ break; default: ¶ }", "~", "{¶}", "export const w = @;",
        "async function f(p, { q = @ } = {}, ...r) {¶ return @ }", "export class A { x = @; async m(p = @) {¶ return @ } }",
        "l: while (@) { break l }", "throw @;", "export default @;", "const g = async () => {¶ return @ };", "return;", ";",
    ),
    spread=("...@",),
)  # fmt: skip


def _typed(suffix: str) -> Language:
    return Language(
        suffix,
        _SCRIPT.head,
        _SCRIPT.known,
        _SCRIPT.atoms,
        (*_SCRIPT.callable, "•!", "•.m<A>(§)", "new A<B>(§)", "createClient<D>(§)"),
        (*_SCRIPT.others, "(@ as any)", "(@ as const)", "(@ satisfies A)", "((p: A): B => @)", "({ m(): A { return @ } })"),
        (
            *_SCRIPT.statements, "type T = { a: string; b?: A['x'][] };", "interface I extends J { m(): void; [k: string]: A }",
            "enum E { A = 'a', B }", "export abstract class C<T> { constructor(private a: A) {¶} abstract m(): T }",
            "declare module 'm';", "function o(): void;", "const h: A<B> = @;",
        ),
        _SCRIPT.spread,
    )  # fmt: skip


LANGUAGES: tuple[Language, ...] = (
    _SCRIPT,
    _typed(".ts"),
    _typed(".tsx"),
    Language(
        ".py",
        "from supabase import create_client\nsupabase = create_client(u, k)\n",
        "supabase.table('orders').select('id').execute()",
        ("a", "self.b", "'s'", "1", "None", "f'{a}'", "f''", "[]", "{}", "()", "(lambda: 0)", "...", "b''", "'a' 'b'", "''"),
        (
            "•.m(§)", "•(§)", "•.b", "•[@]", "•[@:]", "(@)", "supabase.table(§)", "supabase.table(§).select(§).eq(§)",
            "supabase.rpc(§)", "supabase.from_(a).insert(§)", "create_client(§)", "•.format(§)", "•.execute(§)", "•.append(§)",
            "•.update(§)", "•.join(§)", "text(§)", "dict(§)", "getattr(§)", "super().m(§)", "os.getenv(§)", "Field(§)",
            "mapped_column(§)", "select(§).where(§)", "cursor.execute(§)", "requests.get(§)", "•.execute(§\n)", "os.environ[@]",
        ),
        (
            "[*@, @]", "{**@, 'k': @}", "[@ for x in @ if @]", "{@: @ for x in @}", "sum(@ for x in @)", "(@ if @ else @)",
            "(yield)", "(await @)", "(x := @)", "(lambda p, *q, **r: @)", "(not @)", "(@ and @)", "(@ % @)", "{@, @}", "(@,)",
            "(@ + @)", "f'x{a.b}y{c!r:>{d}}'", "(@ is not @)", "f'''\n{a}'''",
        ),
        (
            "v = @", "v: A = @", "a, *b = @", "•.m(§)", "a.b = @", "a[@] = @", "a += @", "if @:¶", "for x in @:¶", "while @:¶",
            "try:¶except (A, B) as e:¶", "with @ as x, @:¶", "async def f(p, *q, r=@, **s) -> A:¶", "return @", "raise", "del a.b",
            "class C(A, k=@):¶", "assert @, @",
            "global a", "import x.y as z", "pass; a = @", "def h(): return @", "~",
        ),
        ("*@", "k=@", "**@", "k=@, **@"),
        comments=("# c",),
        indented=True,
        function=("async def main(self):\n", ""),
    ),
    Language(
        ".dart",
        "import 'package:supabase_flutter/supabase_flutter.dart';\nfinal supabase = Supabase.instance.client;\n",
        "await supabase.from('orders').select('id');",
        ("a", "this.b", "'s'", "1", "null", "'t$a'", "'t${a}'", "''", "[]", "{}", "() {}", "() => a", "const []", "r'x'", "'a' 'b'"),
        (
            "•.m(§)", "•?.m(§)", "•(§)", "•.b", "•[@]", "•!", "(@)", "A(§)", "new A(§)", "A.b(§)", "supabase.from(§)",
            "supabase.from(§).select(§).eq(§)", "supabase.rpc(§)", "supabase.from(a).insert(§)", "•.map(§)", "•.forEach(§)",
            "•..m(§)..n(§)", "•~.then(§)", "supabase.from(a).stream(§)", "Uri.parse(§)", "A<B>(§)", "http.get(§)", "jsonEncode(§)",
        ),
        (
            "[@, ...@, if (a) @, for (final x in @) @]", "{'k': @, ...@}", "'x${@}y'", "(@ ?? @)", "(@ ? @ : @)", "((p, [q]) => @)",
            "(({required p}) async { return @; })", "(@ + @)", "(await @)", "(!@)", "(@ as A)", "(@ is A)", "<A>[@]", "const A()",
        ),
        (
            "final v = @;", "var a = @, b = @;", "•.m(§);", "a.b = @;", "a[@] = @;", "a ??= @;", "if (@) {¶} else {¶}",
            "for (final x in @) {¶}", "for (var i = 0; ; i++) {¶}", "try {¶} on A catch (e, s) {¶} finally {¶}", "while (@) {¶}",
            "A<B> v = @;", "Future<void> f(p, {q = 1}) async {¶}", "switch (@) { case 1: ¶ break; default: ¶ }", "throw @;", "return;",
            "late final A x;", "~", "int g() => @;", "assert(@);",
        ),
        ("k: @",),
        function=("Future<void> main() async {\n", "}\n"),
    ),
    Language(
        ".swift",
        "import Supabase\nlet supabase = SupabaseClient(supabaseURL: u, supabaseKey: k)\n",
        'try await supabase.from("orders").select("id").execute()',
        ("a", "self.b", '"s"', "1", "nil", '"t\\(a)"', '""', "[]", "[:]", "{ }", ".b"),
        (
            "•.m(§)", "•?.m(§)", "•(§)", "•.b", "•[@]", "•!", "(@)", "A(§)", "supabase.from(§)", "supabase.from(§).select(§).eq(§)",
            "supabase.rpc(§)", "supabase.from(a).insert(§)", "•.map { $0 }", "•.m(§) { p in p }", "•.forEach { p in p.m() }",
            "URL(string: @)", "•.append(§)", "JSONEncoder().encode(§)",
        ),
        (
            "[@, @]", '["k": @]', '"x\\(a)y"', "(@ ?? @)", "(@ ? @ : @)", "(@ + @)", "(try await •.m())", "(!a)", "(@ as? A)", "(@, @)",
            "(try? •.m())",
        ),
        (
            "let v = @", "var v: A = @", "•.m(§)", "a.b = @", "if a {¶} else {¶}", "for x in a {¶}", "do {¶} catch {¶}", "while a {¶}",
            "func f(_ p: A, q: B = 1) async throws -> C {¶}", "return a", "switch a { case .b: ¶ default: ¶ }", "defer {¶}", "Task {¶}",
        ),
        ("k: @",),
        function=("func main() async throws {\n", "}\n"),
    ),
    Language(
        ".kt",
        "import io.github.jan.supabase.postgrest.from\nval supabase = createSupabaseClient(u, k) { install(Postgrest) }\n",
        'supabase.from("orders").select(Columns.raw("id"))',
        ("a", "this.b", '"s"', "1", "null", '"t$a"', '"t${a}"', '""', "{ }", "listOf()", '"""r"""'),
        (
            "•.m(§)", "•?.m(§)", "•(§)", "•.b", "•[@]", "•!!", "(@)", "A(§)", "supabase.from(§)", "supabase.from(§).select(§)",
            "supabase.postgrest.rpc(§)", "supabase.from(a).insert(§)", "•.map { it }", "•.m(§) { p -> p }", "•.let { it.m() }",
            "supabase.from(a).select { filter { eq(§) } }", "mapOf(§)", "buildJsonObject { put(§) }", "listOf(§)", "•.format(§)", "A<B>(§)",
        ),
        (
            '"x${a.b}y"', "(@ ?: @)", "(if (a) @ else @)", "(@ + @)", "(!a)", "(@ as A)", "(@ to @)", "object : A { }", "::f",
            "(when (a) { 1 -> @ else -> @ })", "fun(p: A): B { return a }",
        ),
        (
            "val v = @", "var v: A = @", "•.m(§)", "a.b = @", "a[@] = @", "if (a) {¶} else {¶}", "for (x in a) {¶}", "while (a) {¶}",
            "try {¶} catch (e: E) {¶}", "suspend fun f(p: A, q: B = 1): C {¶}", "return", "val (x, y) = @", "fun g() = @",
        ),
        ("k = @", "*a"),
        function=("suspend fun main() {\n", "}\n"),
    ),
    Language(
        ".go",
        'package main\nimport "github.com/supabase-community/supabase-go"\nvar supabase, _ = supa.NewClient(u, k, nil)\n',
        'supabase.From("orders").Select("id", "", false).Execute()',
        ("a", "b.c", '"s"', "1", "nil", "`r`", '""', "[]A{}", "map[string]any{}", "func() {}", "'r'"),
        (
            "•.M(§)", "•(§)", "•.B", "•[a]", "(@)", "supabase.From(§)", "supabase.From(§).Select(§).Eq(§)", "supabase.Rpc(§)",
            "supabase.From(a).Insert(§)", "•.(A)", "A(§)", "fmt.Sprintf(§)", "db.Query(§)", "append(§)", "json.Marshal(§)",
            "http.Get(§)", "f[A](§)", "(*a).M(§)",
        ),
        (
            "[]A{@, @}", 'map[string]any{"k": @}', "&A{B: @}", "(@ + @)", "!a", "&a", "*a", "<-a", "func(p A) B { return @ }", "a[1:]",
            "struct{}{}",
        ),
        (
            "v := @", "var v A = @", "•.M(§)", "a.b = @", "a, b = @, @", "if a {¶} else {¶}", "for _, x := range a {¶}", "for {¶}",
            "switch a { case 1:¶ default:¶ }", "defer a.M(§)", "go a.M(§)", "return", "if x, err := a.M(§); err != nil {¶}", "~",
            'type T struct { A string `json:"a"` }', "const c = 1", "select { case <-a:¶ }",
        ),
        ("a...",),
        function=("func main() {\n", "}\n"),
    ),
    Language(
        ".rs",
        "use postgrest::Postgrest;\n",
        'sqlx::query("select id from orders").fetch_all(&db).await?;',
        ("a", "self.b", '"s"', "1", "()", "None", 'r#"r"#', "'c'", "vec![]", "|| {}", '""', "&a", "b\"x\""),
        (
            "•.m(§)", "•(§)", "•.b", "•[a]", "(@)", "•?", "•.await", "db.from(§)", "db.from(§).select(§).eq(§)", "db.rpc(§)", "A::b(§)",
            "db.from(a).insert(§)", "format!(§)", "sqlx::query(§)", "•.m::<A>(§)", "client.get(§)", "json!({\"k\": a})", "Some(§)",
        ),
        ("[@, @]", "(@ + @)", "!a", "*a", "|p| @", "A { b: @, ..c }", "if a { @ } else { @ }", "(@, @)", "async move { @ }", "a as B"),
        (
            "let v = @;", "let mut v: A = @;", "•.m(§);", "a.b = @;", "if a {¶} else {¶}", "for x in a {¶}", "while a {¶}", "loop {¶}",
            "match a { Some(x) => {¶} _ => {¶} }", "async fn f(p: &A) -> B {¶}", "return;",
            "let Some(x) = a else { return };", "~", "unsafe {¶}",
        ),
        function=("async fn main() {\n", "}\n"),
    ),
)  # fmt: skip
