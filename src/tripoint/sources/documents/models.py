"""Which documents describe the schema, and which of them are the domain model that should name every table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from tripoint.model.claim import DocumentFacts, EntityCandidate
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.documents.names import Names
from tripoint.sources.documents.words import label_kind

__all__ = ["Standing", "are_tables", "below", "covering", "is_left_out", "matches_any", "says_nothing", "standing"]

_NEVER_PARTS = frozenset(
    {
        "node_modules", "vendor", "third_party", "third-party", "thirdparty", "bower_components", ".git", ".venv",
        "venv", "site-packages", "fixtures", "__fixtures__", "testdata", "test-data", "__snapshots__", "dist", "build",
    }
)  # fmt: skip
_NEVER_STEMS = regex(
    r"(?:change-?log|changes|history|license|licence|copying|notice|code[-_]of[-_]conduct|contributing|security|authors"
    r"|releases?|release[-_]?notes|upgrad\w*|migrating|credits|pull_request_template)\b",
    re.IGNORECASE,
)
_NOT_CURRENT = regex(
    r"(?:^|[/_.\s-])(?:archived?|archives|old|legacy|deprecated|obsolete|rfcs?|adrs?|proposals?|plans?|planning|prds?"
    r"|roadmap|backlogs?|future|upcoming|ideas?|artifacts|todo|tasks?|tickets?|drafts?|prompts?|blog|posts|specs"
    r"|brainstorms?|research|notes|templates?|examples?|tutorials?"
    r"|skills?|commands|agents|changes|stories|sprints?|backups?|reports?|audits?|enhancements?|improvements?"
    r"|recommendations?|suggestions?|opportunities|critiques?|issues?|problems"
    # The same in Spanish, Portuguese, French and German.
    r"|auditor[ií]as?|informes?|propuestas?|borradores|relat[oó]rios?|propostas?|planos?|rascunhos?|rapports?"
    r"|propositions?|brouillons?|archiv|entw(?:u|ü|ue)rfe?|berichte?|vorschl(?:a|ä|ae)ge?)(?=[/_.\s-])"
    r"|(?:^|/)\.(?!/)|(?<!\d)20\d\d[-_]?[01]\d[-_]?[0-3]\d(?!\d)",
    re.IGNORECASE,
)
"""Plans, drafts, archives and the like, and what carries the day that it was written on: it tells of that day."""
_AFTERWARDS = regex(
    r"(?:^|[-_ .])(?:summary|fix(?:es)?|analys[ei]s?|an[aá]lis[ei]s?|progress|checklist|status|troubleshooting"
    r"|implementation|migrations?|migraci[oó]n(?:es)?|migra[cç](?:[aã]o|[oõ]es))(?:$|[-_ .])",
    re.IGNORECASE,
)
"""The names of documents that tell of work done, or of a move from another database, not of how things are."""
_BY_NAME = regex(
    r"(?:domain|data|entity|er|db|database|conceptual|logical)[-_ ]?models?(?:\b|_)|data[-_ ]?dictionary"
    r"|(?:^|[-_ .])(?:er[-_ ]?diagram|erd?|db|database|schemas?|entities|entity|tables|datamodel|dbschema)(?:$|[-_ .])"
    # The same in Spanish, Portuguese, French and German, in Chinese, Japanese, Korean and Russian.
    r"|modelo[-_ ]de[-_ ](?:datos|dados)|(?:base|banco)[-_ ]de[-_ ](?:datos|dados|donn[eé]es)"
    r"|mod[eè]le[-_ ](?:de[-_ ])?donn[eé]es|datenbank|datenmodell|数据库|数据模型|資料庫"
    r"|データベース|データモデル|テーブル定義"
    r"|데이터베이스|데이터모델|база[-_ ]данных|модель[-_ ]данных",
    re.IGNORECASE,
)
_OF_SOMETHING_ELSE = regex(
    r"set-?up|guide|backup|maintenance|migrat|seed|connect|performance|optimi[sz]|secur|rls|polic|fix|error|test|conven"
    r"|naming|practice|access|workflow|deploy|install|readme|manag|scal|quer|audit|report|review|analy|runbook|govern"
    r"|valid|verif|correct|resol|administrat|gaps?\b|implement|changes|learning|operation|troubleshoot|\bops\b",
    re.IGNORECASE,
)
"""Words in a document's name that say it is about what is done with a database, not about what it holds."""
_SCHEMA_FORMS = frozenset({"erdiagram", "sql", "dbml"})


class Standing(Struct, frozen=True):
    """What a document is to this database."""

    path: str
    named: bool
    """Whether its file name says that it describes data."""
    current: bool
    """False for plans, archives, templates and the like: they vouch for nothing that is not there."""
    matched: frozenset[Name]
    """The tables that its structured entities name."""
    entities: int
    """How many different structured entities it has."""
    configured: bool = False

    @property
    def share(self) -> float:
        """The share of its structured entities that name a table."""
        return len(self.matched) / self.entities if self.entities else 0.0

    @property
    def describes(self) -> bool:
        """Whether it describes this database's schema, so that an entity which matches nothing is an expected table."""
        if self.configured:
            return True
        enough = len(self.matched) >= (1 if self.named else 3)
        return self.current and enough and self.share >= 0.3


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    kinds = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(kinds.get(part, re.escape(part)) for part in parts))


def matches_any(path: str, patterns: Collection[str]) -> bool:
    """Whether a path is one of the paths or globs (`**` crosses folders)."""
    return any(path == pattern or _glob(pattern).fullmatch(path) for pattern in patterns)


def below(path: str, root: str) -> str:
    """Return a path relative to the folder of a database; as it is where it lies elsewhere."""
    return path.removeprefix(f"{root.rstrip('/')}/") if root not in ("", ".") else path


def is_left_out(path: str) -> bool:
    """Whether a document is never heard: vendored, a changelog, a licence, a fixture."""
    *folders, name = path.split("/")
    stem = name.rsplit(".", 1)[0]
    return bool(_NEVER_PARTS.intersection(folder.lower() for folder in folders)) or bool(_NEVER_STEMS.match(stem))


def standing(
    path: str, facts: DocumentFacts, names: Names, domain_models: Collection[str] | None, root: str = "."
) -> Standing:
    """Return what a document is to the database, from its name and from how many of its entities are tables."""
    name = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    configured = domain_models is not None and matches_any(path, domain_models)
    named = configured or path.endswith(".dbml") or _BY_NAME.search(name) is not None
    matched: set[Name] = set()
    unmatched: set[str] = set()
    groups: dict[tuple[str, ...], dict[str, Name | None]] = defaultdict(dict)
    for entity in facts.entities:
        if entity.form == "series":
            told = names.find(entity.name)
            groups[entity.context][entity.name.lower()] = told.name if told is not None else None
            continue
        if entity.form == "classdiagram" and not named:
            continue  # of the program's own classes, most likely
        structured = entity.form in _SCHEMA_FORMS or entity.form == "table-row" or (named and _is_listed(entity))
        if not entity.columns and not structured:
            told = names.find(entity.name) if named and entity.form == "heading" and entity.coded else None
            if told is not None and told.exact:
                matched.add(told.name)  # below the heading `orders`, words say what it is for
            continue
        written = (entity.name, *(alias for alias, _, _ in entity.aliases))
        found = next((match for text in written if (match := names.find(text)) is not None), None)
        if found is not None:
            matched.add(found.name)
        else:
            unmatched.add(entity.name.lower())
    for group in groups.values():
        if named and are_tables([table is not None for table in group.values()]):
            matched.update(table for table in group.values() if table is not None)
            unmatched.update(name for name, table in group.items() if table is None)
    return Standing(
        path,
        named,
        configured or (_NOT_CURRENT.search(below(path, root)) is None and (named or _AFTERWARDS.search(name) is None)),
        frozenset(matched),
        len(matched) + len(unmatched),
        configured,
    )


def are_tables(known: Sequence[bool]) -> bool:
    """Whether names that stand together, `Billing: plans, invoices`, are tables, by which of them are known as such."""
    return sum(known) >= 2 and 3 * sum(known) >= 2 * len(known)


def _is_listed(entity: EntityCandidate) -> bool:
    """Whether it is an item of a list of tables that says so."""
    listed = entity.form == "list-item" and re.fullmatch(r"[a-z_][a-z0-9_.]*", entity.name) is not None
    return listed and any(label_kind(text) == "tables" for text in entity.context)


def says_nothing(document: Standing) -> str | None:
    """Return what is to be said of a document whose name promises the schema, and in which it is not found."""
    name = document.path.rsplit("/", 1)[-1]
    told = document.describes and document.entities > 0
    if not document.named or told or not document.current:
        return None
    if _OF_SOMETHING_ELSE.search(name) and not document.configured:
        return None
    if not document.entities:
        return (
            "by its name it describes the schema, but no table in it is understood: columns are read from a table or a "
            "list below a heading that names their table, and in code blocks from SQL, Mermaid's erDiagram and DBML"
        )
    found = counted(document.entities, "table")
    return (
        f"by its name it describes the schema, but of {found} in it the database has {len(document.matched)}: not heard"
    )


def covering(standings: Mapping[str, Standing], names: Names, *, configured: bool) -> tuple[list[str], list[Standing]]:
    """Return the documents that should name every table, and those that would but name too few to be meant so."""
    if configured:
        return [path for path, standing in standings.items() if standing.configured], []
    describing = [standing for standing in standings.values() if standing.describes]
    schemas = {name.schema for standing in describing for name in standing.matched}
    tables = {
        name
        for name, table in names.catalog.tables.items()
        if table.kind == "table" and not table.partition_of and name.schema in schemas
    }
    covered = {name for standing in describing for name in standing.matched} & tables
    if not tables or len(covered) * 3 < len(tables):
        return [], [standing for standing in describing if standing.named and tables]
    named = [document for document in describing if document.named]
    # A note on a few tables may be called by such a name, too, while another document names the rest.
    short = len({name for document in named for name in document.matched} & tables) * 3 < len(tables)
    models = [d.path for d in describing if (d.named and not short) or _names_most(d.matched, tables)]
    return models, [document for document in named if document.path not in models]


def _names_most(matched: frozenset[Name], tables: set[Name]) -> bool:
    """Whether a document whose name says nothing of data names so many tables that it must mean them all."""
    named = len(matched & tables)
    return named == len(tables) or (named >= 5 and named * 5 >= len(tables) * 3)
