"""JUnit's XML: a suite for each database, a case for each finding, and one for each witness that was asked."""

from __future__ import annotations

from xml.etree import ElementTree

from tripoint.formats.escape import visible
from tripoint.formats.format import RenderOptions
from tripoint.formats.machine import anchors, counts_as_new, is_new, repository_path
from tripoint.model.audit import Audit, Finding
from tripoint.model.fault import SEVERITIES
from tripoint.model.regex import regex

__all__ = ["render"]

_NO_XML = regex("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even as a reference (section 2.2)."""


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the report: what is below `--fail-on` passes and is told; what is hidden or of before is skipped."""
    root = ElementTree.Element("testsuites", name="tripoint")
    suites = [_witnesses(audit)]
    names = dict.fromkeys(
        [*(evidence.database.name for evidence in audit.evidence), *(f.database for f in audit.findings)]
    )
    for name in names:
        suite = ElementTree.Element("testsuite", name=_clean(name or "project"))
        for finding in audit.findings:
            if finding.database == name:
                _case(suite, finding, options)
        suites.append(suite)
    for suite in suites:
        for counted, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            suite.set(counted, str(sum(1 for _ in suite.iter(tag))))
        root.append(suite)
    for counted in ("tests", "failures", "errors", "skipped"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in suites)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _witnesses(audit: Audit) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name="witnesses")
    for witness in audit.testimonies:
        case = ElementTree.SubElement(suite, "testcase", classname="witness", name=witness.name)
        if not witness.heard:
            ElementTree.SubElement(case, "skipped", message=_clean(f"not heard: {witness.reason or 'not found'}"))
    return suite


def _case(suite: ElementTree.Element, finding: Finding, options: RenderOptions) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=finding.rule, name=_clean(finding.subject))
    primary = sorted(anchors(finding), key=lambda spot: not counts_as_new(spot))  # what is new fails, so it is named
    if primary:
        case.set("file", _clean(repository_path(primary[0].path, options)))
        case.set("line", str(primary[0].line))
    if finding.suppressed is not None:
        ElementTree.SubElement(case, "skipped", message=f"suppressed by {finding.suppressed}")
    elif not is_new(finding):
        ElementTree.SubElement(case, "skipped", message="was there before")
    elif _fails(finding, options):
        failure = ElementTree.SubElement(case, "failure", type=finding.severity, message=_clean(finding.message))
        failure.text = _details(finding)
    else:
        ElementTree.SubElement(case, "system-out").text = f"{finding.severity}: {_details(finding)}"


def _fails(finding: Finding, options: RenderOptions) -> bool:
    return options.fail_on != "never" and SEVERITIES.index(finding.severity) <= SEVERITIES.index(options.fail_on)


def _details(finding: Finding) -> str:
    lines = [finding.message]
    for spot in finding.spots:
        if spot.suppressed is None and spot.state != "unchanged":
            note = f" {spot.note}" if spot.note else ""
            lines.append(f"{spot.path}:{spot.line}:{spot.column} {spot.witness}:{note} {spot.excerpt}".rstrip())
    if finding.help:
        lines.append(finding.help)
    return "\n".join(map(_clean, lines))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", visible(text))
