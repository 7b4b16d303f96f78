"""Buckets and edge functions that are asked for by their address."""

from __future__ import annotations

import pytest

from code_project import fold

URL = "${SUPABASE_URL}"


def said(text: str, suffix: str = ".ts") -> list[str]:
    """Each query as `kind name`, with `?` where it may be another project's, and each notice as `notice`."""
    found = fold({f"src/a{suffix}": text})
    queries = [f"{q.kind} {q.name}{'' if q.certain else '?'}" for q in found.queries]
    return queries + ["notice" for _ in found.problems]


@pytest.mark.parametrize(
    ("suffix", "code", "expected"),
    [
        (".ts", f"const a = `{URL}/storage/v1/object/public/avatars/${{id}}.png`", "bucket avatars"),
        (
            ".vue",
            f'<template><img :src="`{URL}/storage/v1/object/public/avatars/${{id}}`"></template>',
            "bucket avatars",
        ),
        (".ts", f"fetch(`{URL}/storage/v1/render/image/public/avatars/a?width=1`)", "bucket avatars"),
        (".ts", f"fetch(`{URL}/storage/v1/object/list/avatars`)", "bucket avatars"),
        (".ts", f"fetch(`{URL}/storage/v1/object/avatars/a`, {{ method: 'POST' }})", "bucket avatars"),
        (".py", "requests.post(f'{url}/storage/v1/object/sign/avatars/{path}')", "bucket avatars"),
        (".dart", "final a = '$url/storage/v1/object/public/avatars/$path';", "bucket avatars"),
        (".ts", f"await fetch(`{URL}/functions/v1/send-mail`, o)", "edge-function send-mail"),
        (".ts", f"await fetch(`{URL}/functions/v1/send-mail?a=${{b}}`, o)", "edge-function send-mail"),
        (".swift", 'let u = URL(string: "\\(base)/functions/v1/send-mail")!', "edge-function send-mail"),
        (".js", "fetch('http://localhost:54321/functions/v1/send-mail')", "edge-function send-mail"),
        (".js", "fetch('https://abc.supabase.co/functions/v1/send-mail')", "edge-function send-mail?"),
    ],
)
def test_what_an_address_names(suffix: str, code: str, expected: str) -> None:
    assert said(code, suffix) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        f"fetch(`{URL}/functions/v1/${{name}}`)",
        f"fetch(`{URL}/functions/v1/send-${{name}}`)",
        f"const base = `{URL}/functions/v1`",
        f"const a = `{URL}/storage/v1/object/public/${{bucket}}/${{id}}`",
        f"fetch(`{URL}/storage/v1/object/move`, o)",
    ],
)
def test_what_is_told_at_run_time_is_said_once_a_file(code: str) -> None:
    assert said(code) == ["notice"]
    assert said(f"{code}\n{code}") == ["notice"]


@pytest.mark.parametrize(
    "code",
    [
        f"// fetch(`{URL}/functions/v1/send-mail`)",
        f"send() // as {URL}/functions/v1/send-mail does",
        "/* To invoke:\n  curl 'http://127.0.0.1:54321/functions/v1/send-mail'\n*/",
        "if (url.includes('/storage/v1/object/public/')) skip()",
        "const [, path] = url.split('/storage/v1/object/public')",
        "fetch('https://www.googleapis.com/storage/v1/object/x')",
        "fetch('https://api.other.com/functions/v1/send-mail')",
        "const a = 'my-functions/v12/send-mail'",
        "const images = [{ pathname: '/storage/v1/object/public/**' }]",
    ],
)
def test_what_asks_nothing(code: str) -> None:
    assert said(code) == []


def test_the_name_is_the_place() -> None:
    code = f"const a = `{URL}/storage/v1/object/public/avatars/${{id}}.png`"
    (query,) = fold({"src/a.ts": code}).queries
    assert code[query.place.start : query.place.end] == "avatars"
