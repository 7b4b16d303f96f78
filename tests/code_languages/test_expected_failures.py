"""Who catches the error of one call and does nothing, or asks again, expects it; who reports it does not."""

from __future__ import annotations

import pytest

from code_project import HEADS, queries

NOTHING = "where it fails, nothing is done about it"
AGAIN = "where it fails, another query is asked in its place"
BEHIND = "where it fails, another query is asked"


def guards(suffix: str, body: str) -> list[str | None]:
    end = "" if suffix == ".py" else "\n}\n"
    lines = "\n".join("    " + line for line in body.splitlines()) + "\n"
    return [query.guarded for query in queries(HEADS[suffix] + lines + end, suffix)]


@pytest.mark.parametrize(
    "suffix, body",
    [
        (".dart", "try { await db.from('x').delete().eq('k', 1); } catch (_) { /* never mind */ }"),
        (".dart", "try { await db.from('x').delete().eq('k', 1); return; } on PostgrestException {}"),
        (".kt", 'try { db.from("x").delete { filter { eq("k", 1) } } } catch (e: Exception) { // never mind\n }'),
        (".swift", 'do { try await db.from("x").delete().eq("k", value: 1).execute() } catch { }'),
        (".py", "try:\n    db.table('x').delete().eq('k', 1).execute()\nexcept Exception:\n    pass  # never mind"),
    ],
)
def test_an_empty_handler_of_one_call(suffix: str, body: str) -> None:
    assert guards(suffix, body) == [NOTHING]


@pytest.mark.parametrize(
    "suffix, body",
    [
        (".dart", "try { await db.from('x').select('k'); } catch (e) { await db.from('x').select('l'); }"),
        (".kt", 'try { db.from("x").select() } catch (e: Exception) { db.from("x").select() }'),
        (
            ".swift",
            'do { try await db.from("x").select("k").execute() } catch { _ = try? await db.from("x").select() }',
        ),
        (".py", "try:\n    db.table('x').select('k').execute()\nexcept E:\n    db.table('x').select('l').execute()"),
    ],
)
def test_a_handler_that_asks_in_another_way(suffix: str, body: str) -> None:
    assert guards(suffix, body) == [AGAIN, None]


@pytest.mark.parametrize(
    "handler, said",
    [
        (".onError((e, _) async { await db.from('x').update({'k': 1}); })", AGAIN),
        (".catchError((e) => db.from('x').update({'k': 1}))", AGAIN),
        (".catchError((e) { print(e); })", None),
    ],
)
def test_a_handler_of_a_future_that_asks_in_another_way(handler: str, said: str | None) -> None:
    assert guards(".dart", f"await db.rpc('raise'){handler};")[0] == said


def test_a_handler_of_a_promise_that_asks_in_another_way() -> None:
    assert guards(".ts", "await db.rpc('raise').catch(() => db.from('x').update({ k: 1 }))")[0] == AGAIN
    assert guards(".ts", "await db.rpc('raise').catch(() => null)") == [None]


@pytest.mark.parametrize(
    "tried, handler, said",
    [
        ("const { error } = await db.from('x').select('k'); if (error) throw error", "db.from('x').select('l')", AGAIN),
        ("await pages((at) => db.from('x').select('k').range(at, 9))", "db.from('x').select('l')", AGAIN),
        ("await db.from('x').select('k').throwOnError()", "db.from('x').select('l')", AGAIN),
        ("await db.from('x').select('k')", "db.from('x').select('l')", None),  # which hands the error back
        ("await db.from('x').select('k').throwOnError()", "db.from('y').select('l')", None),
        ("await db.from('x').update({ k: 1 }).throwOnError()", "db.from('x').update({ l: 1 })", None),
        ("await db.from('x').select('k').throwOnError()", "db.from('x').select('l'); throw error", None),
    ],
)
def test_a_handler_of_javascript_that_reads_in_another_way(tried: str, handler: str, said: str | None) -> None:
    assert guards(".ts", f"try {{ {tried} }} catch (error) {{ await {handler} }}") == [said, None]


def test_one_attempt_after_another() -> None:
    tries = [f"try {{ await db.from(a).delete().eq('{key}', 1); return; }} catch (_) {{}}" for key in "klm"]
    head = HEADS[".dart"].replace("f(a,", "f(String a,")
    found = queries(head + "\n".join(tries) + "\n}\nvoid main() { f('x', [], []); }", ".dart")
    assert [query.guarded for query in found] == [BEHIND, BEHIND, NOTHING]


@pytest.mark.parametrize(
    "suffix, body",
    [
        (".dart", "try { await db.from('x').select(); } catch (e) { print(e); }"),
        (".dart", "try { await db.from('x').select(); } catch (e) { rethrow; }"),
        (".dart", "try { await db.from('x').select(); } on StateError {} catch (e) { report(e); }"),
        (".dart", "try { await db.from('x').select(); } finally { }"),
        (".dart", "try { await begin(); await db.from('x').update({'k': 1}); show(); } catch (_) {}"),
        (".kt", 'try { db.from("x").select() } catch (e: Exception) { throw Failed(e) }'),
        (".swift", 'do { try await db.from("x").select().execute() } catch { self.error = error }'),
        (".py", "try:\n    db.table('x').select('*').execute()\nexcept E:\n    return None"),
        (".py", "try:\n    db.table('x').insert(a).execute()\nexcept E:\n    undo('x')\n    raise"),
        (".ts", "try { await db.from('x').select() } catch {}"),
    ],
)
def test_who_reports_it_or_catches_whatever_fails_expects_nothing(suffix: str, body: str) -> None:
    assert guards(suffix, body) == [None]


def test_what_is_undone_before_it_fails_is_no_other_way() -> None:
    body = "try { await db.from('x').insert({'k': 1}); } catch (e) { await db.from('x').delete().eq('k', 1); rethrow; }"
    assert guards(".dart", body) == [None, None]


@pytest.mark.parametrize(
    "said, of_table, of_function",
    [
        ("// the column may not exist yet", True, False),
        ("if (error?.code === 'PGRST202') return;", False, True),
        ("if (error?.code === '42703') return; if (error?.code === 'PGRST202') return;", True, True),
        ("if (error.message.includes('schema cache')) return;", True, True),
        ("// the table or function may not exist", True, True),
    ],
)
def test_what_is_expected_of_a_column_is_not_expected_of_a_function(
    said: str, of_table: bool, of_function: bool
) -> None:
    body = f"const {{ error }} = await db.from('x').update({{ k: 1 }}); {said}\n    await db.rpc('raise');"
    assert [guard is not None for guard in guards(".ts", body)] == [of_table, of_function]
