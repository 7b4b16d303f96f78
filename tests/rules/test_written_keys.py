"""Secret keys: how much a finding weighs by who is given the file, and that no report shows the key."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.cli import main
from tripoint.sources.code.keys import role_of_key

SCHEMA = "create table notes (id bigint primary key);\nalter table notes enable row level security;\n"


def key(role: str = "service_role", ref: str = "qhzvkdmwtrbnxoyfeplu") -> str:
    parts: tuple[dict[str, str], ...] = ({"alg": "HS256", "typ": "JWT"}, {"iss": "supabase", "ref": ref, "role": role})
    written = (
        urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=") for part in parts
    )
    return ".".join((*written, "s" * 43))


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in {"supabase/migrations/20250101000000_init.sql": SCHEMA, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.replace("@@", key()), encoding="utf-8")


PAGE = '<script src="https://cdn.example.com/x.js"></script>\n<script type="module" src="/src/main.tsx"></script>\n'


@pytest.mark.parametrize(
    ("severity", "files"),
    [
        (
            "critical",
            {"index.html": PAGE, "src/main.tsx": "import './api'\n", "src/api.ts": "export const k = '@@'\n"},
        ),
        ("critical", {"web/index.html": "<script src='client.js'></script>\n", "web/client.js": "const k = '@@'\n"}),
        # Whatever it is called, a page loads it.
        ("critical", {"index.html": "<script src='list.js'></script>\n", "list.js": "const k = '@@'\n"}),
        ("medium", {"list.js": "const k = '@@'\n"}),
        ("critical", {"lib/keys.dart": "import 'package:flutter/material.dart';\nconst k = '@@';\n"}),
        ("critical", {"src/a.vue": "<script setup>\nconst k = '@@'\n</script>\n<template><p>a</p></template>\n"}),
        # Nothing says where it goes.
        ("high", {"src/main.tsx": "import './api'\n", "src/api.ts": "export const k = '@@'\n"}),
        ("high", {"bin/run.kt": "val k = 1\n", "src/keys.kt": 'const val k = "@@"\n'}),
        # An action of the server is called from the page, and stays where it is.
        (
            "medium",
            {
                "src/p.tsx": "'use client'\nimport { f } from './f'\n",
                "src/f.ts": "'use server'\nconst k = '@@'\n",
            },
        ),
        ("medium", {"seed.js": "import fs from 'fs'\nconst k = '@@'\n"}),
        ("medium", {"app/main.py": "k = '@@'\n"}),
    ],
)
def test_who_is_given_the_file(tmp_path: Path, severity: str, files: dict[str, str]) -> None:
    put(tmp_path, files)
    findings = audit_folder(tmp_path, Options(select=frozenset({"hard-coded-service-role-key"}))).findings
    assert [(finding.severity, finding.subject) for finding in findings] == [
        (severity, "the service_role key of project qhzvkdmwtrbnxoyfeplu")
    ]


def test_a_name_with_a_public_prefix_in_a_script_of_node_is_not_shipped(tmp_path: Path) -> None:
    text = "import fs from 'fs'\nconst env = read(fs)\nuse(env['VITE_SUPABASE_SERVICE_ROLE_KEY'])\n"
    put(tmp_path, {"web/seed.js": text})
    findings = audit_folder(tmp_path, Options(select=frozenset({"service-role-in-browser"}))).findings
    assert [finding.severity for finding in findings] == ["medium"]


def test_the_role_of_a_client_is_that_of_the_key_not_of_its_name(tmp_path: Path) -> None:
    client = "import { createClient } from '@supabase/supabase-js'\nconst ANON_KEY = '@@'\n"
    call = "export const n = createClient('https://a.example', ANON_KEY).from('notes').select()\n"
    put(tmp_path, {"src/a.ts": client + call})
    assert [query.role for query in audit_folder(tmp_path).evidence[0].queries] == ["service_role"]


def test_of_keys_of_several_roles_none_is_told() -> None:
    assert role_of_key(f"{key()} {key('anon')}") is None
    assert role_of_key(f"{key('anon')} a {key('anon', ref='x')}") == "anon"
    assert role_of_key(f"{key()[:-1]}") is None


@pytest.mark.parametrize("form", ["terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab"])
def test_no_report_shows_the_key(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    secret = "sb_secret_Q7RnD0UgjKTVK_Uodkm0Hg_xSvEM"
    put(tmp_path, {"src/a.ts": f"export const keys = ['@@', '{secret}']\n"})
    main(["audit", str(tmp_path), "--format", form, "--verbose", "--no-cache"])
    shown = capsys.readouterr().out
    assert "qhzvkdmwtrbnxoyfeplu" in shown
    assert key().split(".")[1] not in shown
    assert secret not in shown


@pytest.mark.parametrize(
    ("asker", "head", "severity"),
    [
        ("app/api/all/route.ts", "", "medium"),
        ("app/page.tsx", "", "medium"),
        ("app/page.tsx", "'use client'\n", "critical"),
        ("pages/index.tsx", "", "critical"),
        ("lib/unused.ts", "", "critical"),
    ],
)
def test_a_page_that_a_server_renders_ships_no_variable(tmp_path: Path, asker: str, head: str, severity: str) -> None:
    name = "NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY"
    code = f"export const admin = () => createClient(process.env.SUPABASE_URL!, process.env.{name}!)\n"
    way = "/".join([".."] * asker.count("/"))
    asks = f"import {{ admin }} from '{way}/lib/admin'\nexport default () => admin().from('notes').select('id')\n"
    put(
        tmp_path,
        {"lib/admin.ts": f"import {{ createClient }} from '@supabase/supabase-js'\n{code}", asker: f"{head}{asks}"},
    )
    found = audit_folder(tmp_path, Options(select=frozenset({"service-role-in-browser"}))).findings
    assert [finding.severity for finding in found if finding.subject == name] == [severity]
