"""Who is given a file of code: those who use a page or an app, or a server and people alone."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Literal

from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.modules import Modules
from tripoint.sources.code.packages import specifiers_of
from tripoint.sources.code.scripts import is_copy, is_probe, is_script

__all__ = ["Audience"]

_SERVED = regex(
    r"^(?:api|functions|scripts?)/|(?:^|/)(?:pages/api|server|supabase/functions|netlify/functions)/"
    r"|(?:^|/)route\.[cm]?[jt]s$|\.server\.|\+server\.|(?:^|/)middleware\.[jt]s$|\.(?:py|go|rs)$"
)
"""Files that a server alone runs."""
_RENDERED = regex(r"(?:^|/)app/(?:.*/)?(?:page|layout|template|default|loading|not-found)\.[jt]sx?$")
"""What Next.js renders on a server, where it does not say otherwise."""
_BY_HAND = regex(r"(?:^|/)(?:tools?|bin|backend|scratch)/|\.(?:sh|cjs)$|^(?:create|fix|setup)[A-Z][^/]*\.[cm]?[jt]s$")
_APPS = {
    "dart": regex(rb"^import ['\"]package:flutter/", re.MULTILINE),
    "swift": regex(rb"^import (?:SwiftUI|UIKit)\b", re.MULTILINE),
    "kotlin": regex(rb"^import android(?:x)?\.", re.MULTILINE),
}
"""Languages, and what an application imports that is installed at its users'."""
_PAGES = (".html", ".htm")
_IMPORTING = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro", *_PAGES)
_SCRIPT = regex(rb"<script\b[^>]{0,400}?\bsrc\s*=\s*[\"']?([^\"'\s>?#]{1,300})")


_DIRECTIVE = regex(rb"(?:\s++|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+['\"](use (?:client|server))['\"]")
_OF_NODE = regex(
    rb"(?:\bfrom|\bimport|\brequire\s*\()\s*['\"](?:node:[\w/]+|(?:fs|path|os|child_process|readline|dotenv)(?:/\w+)?)['\"]"
    rb"|\bprocess\.(?:exit|argv)\b|\A#!"
)
"""What a script does that Node runs, and no bundler puts into a page."""


Given = Literal["users", "servers", "unknown"]


class Audience:
    """Answers for the files of a project. What imports what is found out at the first question that needs it."""

    def __init__(
        self,
        facts: Mapping[str, CodeFacts],
        tests: Collection[str],
        browser: Collection[str],
        files: Collection[str],
        read: Callable[[str], bytes | None],
    ) -> None:
        """`tests` and `browser` are the paths of test code and of code that itself says that it runs in a browser."""
        self._facts, self._tests, self._browser, self._read = facts, tests, browser, read
        self._files = files
        self._known: dict[str, Given] = {}

    def of(self, path: str) -> Given:
        """Return who is given the file."""
        if path not in self._known:
            self._known[path] = self._of(path)
        return self._known[path]

    def _of(self, path: str) -> Given:
        data = self._read(path) or b""
        if self._says_browser(path, data):
            return "users"
        by_hand = _is_by_hand(path)
        if self._is_served(path, data):
            return "servers"
        language = self._facts[path].language
        marks = _APPS.get(language)
        if marks is not None and not by_hand:
            alike = (path for path, found in self._facts.items() if found.language == language)
            return "users" if any(marks.search(self._read(path) or b"") for path in alike) else "unknown"
        seen, left = {path}, [path]
        importers, kept = self._imports
        while left:
            for importer in importers.get(left.pop(), set()) - kept:
                if self._says_browser(importer, self._read(importer) or b""):
                    return "users"
                if importer not in seen:
                    seen.add(importer)
                    left.append(importer)
        # By its name alone: a page that loads it says more.
        return "servers" if by_hand else "unknown"

    def _says_browser(self, path: str, data: bytes) -> bool:
        return path in self._browser or _directive(data) == b"use client"

    def is_of_servers(self, path: str, data: bytes) -> bool:
        """Whether a file, by its path and its bytes, is run by a server, or by a person who has the whole project."""
        return _is_by_hand(path) or self._is_served(path, data)

    def _is_served(self, path: str, data: bytes) -> bool:
        return (
            path in self._tests
            or _SERVED.search(path) is not None
            or _directive(data) == b"use server"
            or _OF_NODE.search(data) is not None
        )

    def is_rendered(self, path: str) -> bool:
        """Whether Next.js puts a file into no page: what imports it, step by step, is what a server runs or renders."""
        seen, left = {path}, [path]
        importers, kept = self._imports
        while left:
            one = left.pop()
            if one in kept:
                continue
            if self._says_browser(one, self._read(one) or b"") or not (one in importers or _RENDERED.search(one)):
                return False
            left.extend(importers.get(one, set()) - seen)
            seen |= importers.get(one, set())
        return True

    @cached_property
    def _imports(self) -> tuple[Mapping[str, set[str]], set[str]]:
        """By file those that import it, or are pages that load it, and all files that a server alone runs."""
        kept: set[str] = set()
        modules = Modules(self._files, self._read)
        found: dict[str, set[str]] = defaultdict(set)
        for path in sorted(self._facts):
            data = (self._read(path) or b"") if path.endswith(_IMPORTING) else b""
            specifiers = specifiers_of(data)
            if self.is_of_servers(path, data) or "server-only" in specifiers:
                kept.add(path)
            if path.endswith(_PAGES):
                # From the root of the site, which lies beside the page, or is a folder of files that it gives away.
                loaded = {source.decode("utf-8", "replace") for source in _SCRIPT.findall(data)}
                specifiers |= {posixpath.join("./", source.lstrip("/")) for source in loaded if "//" not in source}
            for specifier in specifiers:
                target = modules.resolve(path, specifier)
                if target is not None:
                    found[target].add(path)
        return found, kept


def _is_by_hand(path: str) -> bool:
    return _BY_HAND.search(path) is not None or is_script(path) or is_probe(path) or is_copy(path)


def _directive(data: bytes) -> bytes:
    """Return what a script says at its head of where it runs, `use client` or `use server`; nothing where it does not.

    Of files that ask the database for nothing, which are not parsed, the facts do not tell it.
    """
    found = _DIRECTIVE.match(data)
    return found[1] if found is not None else b""
