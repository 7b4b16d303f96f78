"""Which code people run by hand, by its path: scripts, what tries out a database, steps that move data, copies that are
put away; and examples."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["is_copy", "is_example", "is_probe", "is_script", "is_step"]

# `tools`, `bin`, `scratch` and `tmp` count at the top alone: below it they are as often part of the product (an
# assistant's tools).
_SCRIPT = regex(
    r"(?:^|/)(?:scripts?|seeds?|seeders|seeding|maintenance|one-?off)/|^(?:tools|bin|scratch|te?mp)/|(?:^|/)seed(?:er|ing)?\.\w+$"
    r"|(?:^|/)(?:supabase|prisma|db|database)/seed(?:[-_.]|(?-i:[A-Z]))[^/]*\.\w+$",
    re.IGNORECASE,
)
_SERVED = regex(r"(?:^|/)(?:public|static|assets|www|wwwroot)/(?:.*/)?scripts?/", re.IGNORECASE)
# A file that fills tables with rows to begin with, in any folder.
_SEED = regex(
    r"(?:^|/)seed[-_]?(?:all|admins?|data|database|db|defaults?|demo|dev|dummy|fake|initial|mock|prod(?:uction)?|samples?|tests?"
    r"|users?)(?:[-_][^/]*)?\.\w+$",
    re.IGNORECASE,
)
# In the root of the project or of a package, or in a folder of migrations, a file that is named for what it does once.
_ONCE = regex(
    r"(?:(?:.*/)?migrations?/)?"
    r"(?:(?:add|analy[sz]e|apply|backfill|check|clean|cleanup|count|create|debug|delete|diagnose|drop|dump|exec(?:ute)?"
    r"|explore|find|fix|force|insert|inspect|investigate|list|migrate|migration|populate|quick|register|remove|rename|repair|reset"
    r"|restore|seed|setup|te?mp|test|update|validate|verify)[-_][^/]*|run[-_](?:migration|seed|sql)[^/]*|[^/]*[-_]migration|te?mp\d*|migrat(?:e|or))"
    r"\.(?:[cm]?[jt]s|py|dart)",
    re.IGNORECASE,
)
# A script that asks a database what it holds, or whether a call works: what it names need not be there.
_PROBE = regex(
    r"(?:(?:(?!src/)[^/]+/)*scripts?/(?:.*/)?|(?:tools|scratch|te?mp)/(?:.*/)?)?"
    r"(?:(?:analy[sz]e|audit|check|debug|detect|diagnose|discover|dump|explore|find|inspect|introspect|investigate|list|probe|quick"
    r"|te?mp|test|verify)(?:[-_][^/]*|(?-i:[A-Z])[^/]*)?|query[-_][^/]*|[^/]*[-_](?:check|debug|probe|test))\.(?:[cm]?[jt]s|py|dart)",
    re.IGNORECASE,
)
# A program in a folder of migrations that no reader takes for one, by its number or its version, or by that of the
# folder it stands in alone, as Prisma's have one: it moves data, once.
_STEP = regex(
    r"(?:^|/)[^/]*migrations?/(?:[^/]+/)*v?[0-9]+(?:(?:[-_.][^/]*)?|[-_][^/]*/[^/]+)\.(?:[cm]?[jt]s|py|dart|go|rs)$",
    re.IGNORECASE,
)
_COPY = regex(
    r"(?:^|/)(?:_?archived?|_?deprecated|_?backups?|_?trash|[^/]*[-_.](?:backup|bak)(?:[-_.][^/]*)?)/", re.IGNORECASE
)
# There a folder is called for what the application does: its page of archived notes, its backups.
_DOES = regex(
    r"(?:^|/)(?:app|pages|routes?|api|functions|features?|modules|screens|views|controllers|services|domains?)/(?:[^/]+/)*"
    r"(?:archived?|backups?|trash)/",
    re.IGNORECASE,
)
# `com/example` is the folder of a package, by which many applications of Android begin.
_EXAMPLE = regex(
    r"(?:^|(?<!/com)(?<!/org)(?<!/net)/)_?(?:examples?|samples?)/|(?:^|/)_(?:example|sample|template)\.\w+$",
    re.IGNORECASE,
)


def is_script(path: str) -> bool:
    """Whether a file does something once, or fills tables to begin with: people run it, and no user."""
    if _SCRIPT.search(path) is not None and _SERVED.search(path) is None:
        return True
    return _ONCE.fullmatch(path) is not None or _SEED.search(path) is not None


def is_probe(path: str) -> bool:
    """Whether a file asks a database what it holds, or whether a call works."""
    return _PROBE.fullmatch(path) is not None


def is_step(path: str) -> bool:
    """Whether a file is a numbered step that moved data: it was written for what the database held then."""
    return _STEP.search(path) is not None


def is_copy(path: str) -> bool:
    """Whether a file is put away: nobody runs it."""
    put_away = _COPY.search(path)
    return put_away is not None and _DOES.search(path, 0, put_away.end()) is None


def is_example(path: str) -> bool:
    """Whether a file is an example that comes with the code, which may have a database of its own."""
    return _EXAMPLE.search(path) is not None
