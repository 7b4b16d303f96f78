"""The baseline: the fingerprints of findings that a team has agreed to live with for now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from tripoint.model.audit import Finding

__all__ = ["Baseline", "BaselineEntry", "BaselineError", "baseline_of", "prune", "read_baseline", "write_baseline"]

_VERSION = 1


class BaselineError(Exception):
    """The baseline can't be read; the message is one sentence without the file's name."""


class BaselineEntry(Struct, frozen=True):
    """What a fingerprint stands for, for the person who reads the file: nothing is matched by it."""

    rule: str
    subject: str


class Baseline(Struct, frozen=True):
    """Fingerprints of primary spots."""

    entries: Mapping[str, BaselineEntry] = field(default_factory=dict)


def read_baseline(data: bytes) -> Baseline:
    """Return the baseline that a file's bytes hold; raise BaselineError if they are none."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BaselineError("the baseline is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BaselineError(f"the baseline is no valid JSON{where}") from error
    if not isinstance(document, dict) or "fingerprints" not in document:
        raise BaselineError("the baseline has no fingerprints: write it with tripoint baseline")
    version = document.get("schema_version")
    if version != _VERSION or isinstance(version, bool):
        raise BaselineError(f"the baseline has schema_version {version!r}, and this tripoint reads {_VERSION}")
    rows = document["fingerprints"]
    if not isinstance(rows, dict):
        raise BaselineError("the baseline's fingerprints are no object")
    entries: dict[str, BaselineEntry] = {}
    for fingerprint, row in rows.items():
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("rule", "subject")):
            raise BaselineError(f"the baseline's entry {fingerprint!r} has no rule and subject")
        entries[fingerprint] = BaselineEntry(row["rule"], row["subject"])
    return Baseline(entries)


def write_baseline(baseline: Baseline) -> str:
    """Return the baseline as text: a fingerprint a line, in the order of rules and subjects, so that it merges well."""
    ordered = sorted(baseline.entries.items(), key=lambda item: (item[1].rule, item[1].subject, item[0]))
    lines = [
        f'    {_text(fingerprint)}: {{"rule": {_text(entry.rule)}, "subject": {_text(entry.subject)}}}'
        for fingerprint, entry in ordered
    ]
    body = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "schema_version": {_VERSION},\n  "fingerprints": {body}\n}}\n'


def baseline_of(findings: Iterable[Finding]) -> Baseline:
    """Return the baseline that would hide every finding's primary spots that nothing else hides."""
    return Baseline(
        {
            spot.fingerprint: BaselineEntry(finding.rule, finding.subject)
            for finding in findings
            for spot in finding.spots
            if spot.role == "primary" and spot.fingerprint is not None and spot.suppressed in (None, "baseline")
        }
    )


def prune(baseline: Baseline, findings: Iterable[Finding]) -> Baseline:
    """Return the baseline without the fingerprints that no finding has any more."""
    alive = {spot.fingerprint for finding in findings for spot in finding.spots if spot.role == "primary"}
    return Baseline({key: entry for key, entry in baseline.entries.items() if key in alive})


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)
