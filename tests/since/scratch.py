"""A small project in a git repository of its own, and the command line over it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from command_line import run_here

ROOT = Path(__file__).resolve().parent.parent.parent

MIGRATION = "supabase/migrations/20250101000000_start.sql"
PAGE = "src/page.ts"

PROJECT = {
    MIGRATION: """\
create table public.shelves (
  id uuid primary key,
  name text
);
create table public.books (
  id uuid primary key,
  shelf_id uuid references public.shelves (id)
);
create function public.tidy(days integer) returns integer language sql as $$ select 1 $$;
""",
    PAGE: """\
import { createClient } from '@supabase/supabase-js'
const supabase = createClient('http://localhost', 'key')
export async function page() {
  await supabase.from('books').select('id, shelf_id')
  await supabase.from('authors').select('id')
}
""",
}

CLEAN_ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONPATH": str(ROOT / "src"),
}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=CLEAN_ENVIRONMENT,
    )
    return done.stdout


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def commit(folder: Path, message: str = "change") -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def make_repository(folder: Path, files: dict[str, str] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    write(folder, PROJECT if files is None else files)
    commit(folder, "start")
    return folder


def tripoint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_here(folder, *arguments, environment=CLEAN_ENVIRONMENT)


def audited(folder: Path, *arguments: str) -> dict[str, Any]:
    done = tripoint(folder, "audit", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def states(data: dict[str, Any]) -> dict[tuple[str, str], str]:
    """(rule, subject) to state, of the findings that nothing hides."""
    return {(f["rule"], f["subject"]): f["state"] for f in data["findings"] if f["suppressed"] is None}


def fingerprints(folder: Path) -> dict[tuple[str, str], list[str]]:
    return {
        (f["rule"], f["subject"]): sorted(s["fingerprint"] for s in f["spots"] if s["role"] == "primary")
        for f in audited(folder)["findings"]
    }


def undecided(folder: Path) -> dict[str, str]:
    """Return what is not decided where, of what the branch holds: path and line to the reason."""
    found = audited(folder, "--since", "main")["notices"]
    return {f"{n['spot']['path']}:{n['spot']['line']}": n["reason"] for n in found if n["spot"]}
