"""SARIF 2.1.0 (OASIS), within what GitHub's code scanning takes: a run for each database, a result for each spot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from tripoint.formats.escape import visible
from tripoint.formats.format import RenderOptions
from tripoint.formats.json import indented
from tripoint.formats.machine import anchors, uri, whole_text
from tripoint.formats.rule_page import rule_page, summary_of
from tripoint.model.audit import Audit, Finding, Notice, Spot
from tripoint.model.fault import Rule, Severity
from tripoint.model.regex import regex
from tripoint.rules import load_rules
from tripoint.specialists.catalogue import specialist_rule

__all__ = ["SECURITY", "render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}

_SECURITY_SEVERITY: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "1"}
"""Within the bands that code scanning reads as critical (from 9.0), high (7.0), medium (4.0) and low."""

SECURITY = frozenset(
    {
        "access-widened",
        "cross-tenant-foreign-key",
        "definer-skips-row-security",
        "exposed-auth-users",
        "exposed-foreign-table",
        "exposed-materialized-view",
        "extension-in-public",
        "function-leaks-rows",
        "hard-coded-service-role-key",
        "leaks-rows",
        "mutable-search-path",
        "null-unsafe-policy",
        "policy-always-true",
        "policy-compares-with-itself",
        "policy-trusts-user-metadata",
        "policy-without-row-security",
        "public-bucket-listing",
        "public-security-definer-function",
        "row-security-disabled",
        "security-definer-view",
        "select-policy-for-all",
        "sensitive-column-exposed",
        "service-role-in-browser",
        "update-check-weaker-than-using",
    }
)
"""Rules whose faults let someone read or write what they should not."""

_RELATED = 100
"""So many related places of a result are given; code scanning takes in no more."""
_LINKED = 10
"""So many related places are linked in a result's message."""

_PLACEHOLDER = regex(r"\{(\d+)\}")
_LINK = regex(r"\[(?=[^\]]*\]\()")


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the log. Suppressed results stand in it only where the options ask for them: not all readers honour it."""
    names = [evidence.database.name for evidence in audit.evidence] or ["default"]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(audit, name, names[0], options) for name in names]}
    return indented(log)


def _run(audit: Audit, database: str, first: str, options: RenderOptions) -> dict[str, Any]:
    """One database's run; what belongs to no database, notices among it, stands in the first."""
    findings = [f for f in audit.findings if f.database == database or (not f.database and database == first)]
    results = [
        _result(finding, spot, options)
        for finding in findings
        for spot in anchors(finding)
        if options.suppressed or (spot.suppressed is None and finding.suppressed is None)
    ]
    notifications = [_notification(notice, options) for notice in audit.notices] if database == first else []
    notifications += [
        {
            "level": "note",
            "message": {"text": f"The witness {witness.name} was not heard: {_text(witness.reason or '')}"},
        }
        for witness in audit.testimonies
        if not witness.heard
    ]
    # Of a finding that stands nowhere in a file, code scanning has no way to show a result.
    notifications += [
        {"level": _LEVELS[finding.severity], "message": {"text": f"{finding.rule}: {_text(whole_text(finding))}"}}
        for finding in findings
        if not finding.spots and finding.suppressed is None
    ]
    return {
        "tool": {
            "driver": {
                "name": "tripoint",
                "version": audit.version,
                "semanticVersion": audit.version,
                "rules": [*_rules(), *_rules_of_specialists(findings)],
            }
        },
        "automationDetails": {"id": f"tripoint/{visible(database)}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the audited repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "properties": {"revision": audit.revision, "since": audit.since},
        "results": results,
    }


@cache
def _positions() -> dict[str, int]:
    return {rule.name: number for number, rule in enumerate(load_rules())}


def _rules() -> list[dict[str, Any]]:
    return [_rule(rule) for rule in load_rules()]


def _rules_of_specialists(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Those of other linters' rules that found something."""
    rules = (specialist_rule(name) for name in sorted({finding.rule for finding in findings}))
    return [_rule(rule) for rule in rules if rule is not None]


def _rule(rule: Rule) -> dict[str, Any]:
    page = rule_page(rule)
    properties: dict[str, Any] = {"tags": ["postgresql", rule.family], "precision": "high"}
    if rule.name in SECURITY:
        properties["tags"] = ["security", *properties["tags"]]
        properties["security-severity"] = _SECURITY_SEVERITY[rule.severity]
    else:
        level = _LEVELS[rule.severity]
        properties["problem.severity"] = "recommendation" if level == "note" else level
    return {
        "id": rule.name,
        "name": "".join(word[:1].upper() + word[1:] for word in re.split(r"[-/]", rule.name)),
        "shortDescription": {"text": summary_of(rule)},
        "fullDescription": {"text": summary_of(rule)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def _result(finding: Finding, spot: Spot, options: RenderOptions) -> dict[str, Any]:
    related = [other for other in finding.spots if other.role == "related" and other != spot][:_RELATED]
    links = ", ".join(
        f"[{_label(other)}]({number})" for number, other in enumerate(related[:_LINKED], 1) if _label(other)
    )
    text = _text(whole_text(finding))
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{text} See {links}." if links else text},
        "locations": [_location(spot, options)],
        "properties": {
            "severity": finding.severity,
            "severityReason": finding.severity_reason,
            "subject": finding.subject,
            "witness": spot.witness,
        },
    }
    if finding.rule in _positions():
        result["ruleIndex"] = _positions()[finding.rule]
    if spot.fingerprint is not None:
        # Code scanning follows an alert by the second alone; without it, it would hash the lines around the place.
        result["partialFingerprints"] = {
            "tripoint/v1": spot.fingerprint,
            "primaryLocationLineHash": f"{spot.fingerprint}:1",
        }
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(other, options)} for number, other in enumerate(related, 1)
        ]
    hidden = spot.suppressed or finding.suppressed
    if options.suppressed:
        # Where some results say so, a result without the property counts as one whose suppression is unknown.
        result["suppressions"] = (
            [
                {
                    "kind": "inSource" if hidden == "inline" else "external",
                    "status": "accepted",
                    "justification": f"suppressed by {hidden}",
                }
            ]
            if hidden
            else []
        )
    state = spot.state or finding.state
    if state is not None:
        result["baselineState"] = state
    return result


def _location(spot: Spot, options: RenderOptions) -> dict[str, Any]:
    region: dict[str, Any] = {
        "startLine": spot.line,
        "startColumn": spot.column,
        "endLine": spot.end_line,
        "endColumn": spot.end_column,
    }
    if spot.excerpt:
        region["snippet"] = {"text": spot.excerpt}
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(spot.path, options), "uriBaseId": "SRCROOT"},
            "region": region,
        }
    }
    if spot.note:
        location["message"] = {"text": _text(spot.note)}
    return location


def _notification(notice: Notice, options: RenderOptions) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "level": "note" if notice.kind == "unresolved" else "warning",
        "message": {"text": f"{notice.kind}: {_text(notice.reason)}"},
    }
    if notice.spot is not None:
        notification["locations"] = [_location(notice.spot, options)]
    return notification


def _label(spot: Spot) -> str:
    """What a link to a related place says; brackets would end it."""
    return re.sub(
        r"[\[\]\\]", "", _text(f"{spot.note} ({spot.path}:{spot.line})" if spot.note else f"{spot.path}:{spot.line}")
    )


def _text(text: str) -> str:
    """Return a message in which nothing stands for a placeholder or a link (SARIF 3.11.5 and 3.11.6)."""
    return _LINK.sub(r"\\[", _PLACEHOLDER.sub(r"{{\1}}", visible(text)))
