"""`tripoint init`: look at a project and write its settings, with what was found as comments."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.baseline import DEFAULT_FILE
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import create_file
from tripoint.config import Config, ConfigError, parse_config, read_config
from tripoint.formats.escape import visible
from tripoint.model.audit import Audit
from tripoint.model.evidence import Evidence
from tripoint.model.words import counted
from tripoint.rules import load_rules
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["run"]

FILE = "tripoint.toml"
_DOCUMENTS = 20
"""So many documents are named one by one."""


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Write `tripoint.toml`; raise CommandError where the project has settings already."""
    try:
        tree = WorkTree(arguments.path)
        present = FILE if tree.has(FILE) else read_config(tree).path
        if present is not None:
            raise CommandError(f"{present} holds settings already, and nothing is overwritten")
        config = Config(baseline=DEFAULT_FILE if tree.has(DEFAULT_FILE) else None)
        found = audit(limited(tree, config), config, quick(arguments, Options(progress=screen.progress)))
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    text = _settings(found, config.baseline)
    parse_config(text.encode(), FILE, [rule.name for rule in load_rules()])
    create_file(tree.folder, FILE, text.encode())
    return Outcome(_next(found, arguments.path, config.baseline))


def _settings(found: Audit, baseline: str | None) -> str:
    heard = [witness.name for witness in found.testimonies if witness.heard]
    lines = [
        "# Settings of tripoint. Every key may be left out; the values in comments are examples.",
        "",
        "# What was found. Only where that is wrong need it be said here.",
        *(line for evidence in found.evidence for line in _database(evidence)),
        "",
        *_documents(found),
        "",
        "# An audit that no longer hears one of these fails, instead of having nothing to say.",
        f"require = {_list(heard)}",
        "",
        "# From this severity on, findings fail: critical, high, medium, low or info.",
        'fail-on = "high"',
        "",
        "# Linters of others to ask, too: squawk of migrations, pgrls of row security on the replayed database.",
        '# specialists = ["squawk"]',
        "",
        "# Findings to live with for now: tripoint baseline writes the file.",
        f'{"" if baseline else "# "}baseline = "{DEFAULT_FILE}"',
        "",
        "# Whether a comment `tripoint: ignore[rule] reason` must give its reason.",
        "# require-reason = true",
        "",
        "# Files that are not read, and files that are test code beside those with the usual names.",
        '# exclude = ["legacy/**"]',
        '# tests = ["playground/**"]',
        "",
        "# Rules that are switched off. tripoint rules lists them all.",
        '# ignore = ["unused-table"]',
        "",
        "# Rules that are judged otherwise.",
        "# [severity]",
        '# unindexed-foreign-key = "medium"',
        "",
        '# Rules that say nothing of some paths; "*" is every rule.',
        "# [per-path-ignores]",
        '# "scripts/**" = ["missing-table"]',
    ]
    return "\n".join(lines) + "\n"


def _database(evidence: Evidence) -> list[str]:
    database = evidence.database
    migrations = f"{len(database.migrations)} in {database.migrations_root}" if database.migrations else "none"
    return [
        "# [[databases]]",
        f"# name = {_string(database.name)}",
        f"# root = {_string(database.root or '.')}",
        f"# platform = {_string(database.platform)}",
        *(
            [f"# migrations = {_string(database.migrations_root)}  # {visible(migrations)}"]
            if database.migrations_root
            else ["# no migrations were found"]
        ),
    ]


def _documents(found: Audit) -> list[str]:
    models = sorted({path for evidence in found.evidence for path in evidence.claims.domain_models})
    if models:
        return [
            "# The domain model: the documents that are expected to name every table. Taken for it were:",
            f"# documents = {_list(models[:_DOCUMENTS])}",
        ]
    return [
        "# The domain model: the documents that are expected to name every table. None was recognised.",
        '# documents = ["docs/domain-model.md"]',
    ]


def _next(found: Audit, path: str, baseline: str | None) -> str:
    orm = any(evidence.database.definition == "orm" for evidence in found.evidence)
    heard = [
        "migrations (an ORM's models)"
        if orm and witness.name == "migrations" and not witness.files
        else f"{witness.name} ({counted(witness.files, 'file')})"
        for witness in found.testimonies
        if witness.heard
    ]
    shown = sum(1 for finding in found.findings if finding.suppressed is None)
    where = "" if path == "." else f" {path}"
    kept = f" beside those of {baseline}" if baseline else ""
    recorded = baseline is not None or shown > 0
    steps = [
        f"tripoint audit{where}: see today's {counted(shown, 'finding')}{kept}; tripoint explain RULE says more."
        if shown
        else f"tripoint audit{where}: see who was heard; today there are no findings{kept}.",
        *([f"tripoint baseline{where}: live with them for now, and hear of new ones alone."] if shown else []),
        f"Commit {FILE}{' and the baseline' if recorded else ''}, and add the pre-commit hook tripoint-audit.",
        "In CI run tripoint audit --since origin/main on pull requests (fetch-depth: 0); see tripoint's docs/ci.md.",
    ]
    databases = counted(len(found.evidence), "database")
    wrote = f"Wrote {FILE}: {databases}, witnesses heard: {', '.join(heard) or 'none'}."
    return "\n".join([wrote, *(f"{number}. {step}" for number, step in enumerate(steps, 1))]) + "\n"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_string, values))}]"


def _string(value: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's, too, as long as they are of one code unit."""
    return json.dumps(visible(value), ensure_ascii=False)
