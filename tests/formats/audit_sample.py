"""A small audit made by hand: two documents' tables, one migration, two calls, and the real rules over them."""

from __future__ import annotations

from tripoint.assemble import Locator, assemble_findings
from tripoint.bind.queries import bind_queries
from tripoint.model.audit import Audit, AuditedFile, CallCount, Notice, Spot, Testimony
from tripoint.model.catalog import (
    Argument,
    Catalog,
    Column,
    Constraint,
    Enum,
    Function,
    Grant,
    Index,
    IndexColumn,
    Policy,
    Schema,
    Table,
)
from tripoint.model.claim import Claims, ColumnClaim, RelationshipClaim, TableClaim
from tripoint.model.evidence import Database, Evidence, MigrationFile
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Embed, Field, Filter, Query, Select, Value, Written
from tripoint.rules import load_rules

MIGRATION = "db/migrations/0001_start.sql"
DOCUMENT = "docs/model.md"
PAGE = "src/page.ts"
FORM = "src/form.ts"

FILES = {
    MIGRATION: """\
create type mood as enum ('calm', 'loud');
create table owners (id uuid primary key, name text not null unique);
create table notes (
  id uuid primary key,
  owner_id uuid references owners (id),
  shelf_id uuid references shelves (id),
  body text
);
create index notes_owner on notes (owner_id);
alter table notes enable row level security;
create policy own on notes using (true);
create function tidy(days integer, dry boolean default false) returns void language sql as $$ select 1 $$;
""",
    DOCUMENT: """\
# Model
## owners
- name
## shelves
## badges
- owners.shelf_id → shelves.id
- notes.owner_id → owners.id
""",
    PAGE: """\
// ünïcödé before the call
const a = await db.from('notes').select('id, body, owners(name)').eq('owner_id', me)
await db.from('shelves').select('*'); await db.from('shelve').select('id')
""",
    FORM: "\tawait db.from('shelves').insert({ title })\nawait db.rpc('tidy', { days: 3 })\n",
}


RULES = frozenset(
    {
        "dangling-foreign-key",
        "documented-but-missing",
        "missing-table",
        "row-security-disabled",
        "undocumented-table",
    }
)


def place(path: str, text: str, nth: int = 0) -> Place:
    """Where `text` stands in a file, for the nth time."""
    data, wanted = FILES[path].encode(), text.encode()
    start = -1
    for _ in range(nth + 1):
        start = data.index(wanted, start + 1)
    return Place(path, start, start + len(wanted))


def _catalog() -> Catalog:
    owners = Table(Name("public", "owners"), place=place(MIGRATION, "owners"))
    owners.grants = {Grant("anon", "select")}
    owners.columns = {"id": Column("id", "uuid", nullable=False), "name": Column("name", "text", nullable=False)}
    owners.constraints = {
        "owners_pkey": Constraint("owners_pkey", "primary", ("id",)),
        "owners_name_key": Constraint("owners_name_key", "unique", ("name",)),
    }
    notes = Table(Name("public", "notes"), place=place(MIGRATION, "notes"), row_security=True)
    notes.columns = {
        "id": Column("id", "uuid", nullable=False),
        "owner_id": Column("owner_id", "uuid"),
        "shelf_id": Column("shelf_id", "uuid"),
        "body": Column("body", "text"),
    }
    notes.constraints = {
        "notes_pkey": Constraint("notes_pkey", "primary", ("id",)),
        "notes_owner_id_fkey": Constraint(
            "notes_owner_id_fkey",
            "foreign",
            ("owner_id",),
            references=owners.name,
            referenced_columns=("id",),
            place=place(MIGRATION, "references owners (id)"),
        ),
        "notes_shelf_id_fkey": Constraint(
            "notes_shelf_id_fkey",
            "foreign",
            ("shelf_id",),
            references=Name("public", "shelves"),
            referenced_columns=("id",),
            place=place(MIGRATION, "references shelves (id)"),
        ),
    }
    notes.indexes = {"notes_owner": Index("notes_owner", (IndexColumn("owner_id"),))}
    notes.policies = {"own": Policy("own", using="true")}
    tidy = Function(Name("public", "tidy"), returns="void", place=place(MIGRATION, "tidy"))
    tidy.arguments = (Argument("days", "integer"), Argument("dry", "boolean", default="false"))
    return Catalog(
        tables={owners.name: owners, notes.name: notes},
        functions={tidy.name: [tidy]},
        enums={Name("public", "mood"): Enum(Name("public", "mood"), ["calm", "loud"], place=place(MIGRATION, "mood"))},
    )


def _claims() -> Claims:
    claims = (
        TableClaim(
            Name("public", "owners"),
            place(DOCUMENT, "owners"),
            "heading",
            (ColumnClaim("name", place(DOCUMENT, "name")),),
            lists_columns=True,
        ),
        TableClaim(Name("public", "shelves"), place(DOCUMENT, "shelves"), "heading"),
        TableClaim(Name("public", "badges"), place(DOCUMENT, "badges"), "heading"),
    )
    relationships = (
        RelationshipClaim(
            Name("public", "owners"),
            ("shelf_id",),
            Name("public", "shelves"),
            ("id",),
            place(DOCUMENT, "owners.shelf_id → shelves.id"),
        ),
        RelationshipClaim(
            Name("public", "notes"), ("owner_id",), Name("public", "owners"), ("id",), place(DOCUMENT, "notes.owner_id")
        ),
    )
    return Claims(claims, relationships, (DOCUMENT,), {claim.name: (claim,) for claim in claims})


def _queries() -> tuple[Query, ...]:
    def table(path: str, name: str, nth: int = 0, **parts: object) -> Query:
        at = place(path, f"'{name}'", nth)
        inside = Place(path, at.start + 1, at.end - 1)
        return Query("table", name, inside, at, "supabase-js", **parts)  # type: ignore[arg-type]

    owner = place(PAGE, "owners")
    return (
        table(
            PAGE,
            "notes",
            select=Select(
                (Field("id", owner), Field("body", owner)),
                (Embed("owners", owner, Select((Field("name", owner),))),),
            ),
            filters=(Filter("owner_id", "eq", owner),),
        ),
        table(PAGE, "shelves", select=Select((Field("*", owner),))),
        table(PAGE, "shelve", select=Select((Field("id", owner),))),
        table(
            FORM,
            "shelves",
            operation="insert",
            written=(Written("title", owner, Value("string", None, owner)),),
        ),
        Query("function", "tidy", place(FORM, "tidy"), place(FORM, "tidy"), "supabase-js", "call"),
    )


def sample_audit() -> Audit:
    """Return the audit."""
    defined = _catalog()
    evidence = Evidence(
        Database(
            "default",
            ".",
            "supabase",
            migrations=(MigrationFile(MIGRATION, "0001", "numbered"),),
            migrations_root="db/migrations",
            definition="migrations",
        ),
        defined,
        Catalog(schemas={"public": Schema("public")}),
        claims=_claims(),
        queries=_queries(),
        heard=frozenset({"documents", "migrations", "code"}),
    )
    evidence.bindings = bind_queries(evidence)
    evidence.meanings["public.shelve"] = (
        Suggestion("rename", "public.shelves", 0.94, ("plural of the same word", "the same columns")),
    )
    locator = Locator(lambda path: FILES[path].encode())
    faults = [(rule, fault) for rule in load_rules() if rule.name in RULES for fault in rule.check(evidence)]
    findings = assemble_findings("default", faults, {}, locator)
    places = {
        *(claim.place for claim in evidence.claims.tables),
        *(claim.place for claim in evidence.claims.relationships),
        *(query.place for query in evidence.queries),
        *(table.place for table in defined.tables.values()),
        *(c.place for table in defined.tables.values() for c in table.constraints.values()),
        *(f.place for overloads in defined.functions.values() for f in overloads),
        *(enum.place for enum in defined.enums.values()),
        place(PAGE, "owners"),
    } - {None}
    spot = Spot(FORM, 1, 2, 1, 7, "code", excerpt="await")
    return Audit(
        version="0.0.0",
        root=".",
        revision="0123456789abcdef",
        revision_date="2025-01-28",
        evidence=(evidence,),
        testimonies=(
            Testimony("documents", True, 1),
            Testimony("migrations", True, 1),
            Testimony("code", True, 2),
            Testimony("database", False, 0, "no --database was given"),
        ),
        findings=tuple(findings),
        notices=(
            Notice("unresolved", "the name of the table is only known at run time", spot),
            Notice("unread", "secret.md: permission denied"),
        ),
        files=(
            AuditedFile(DOCUMENT, "documents"),
            AuditedFile(MIGRATION, "migrations"),
            AuditedFile(FORM, "code"),
            AuditedFile(PAGE, "code"),
        ),
        calls=(CallCount("table", 4), CallCount("function", 1)),
        left_out={"binary": 2},
        spots={(p.path, p.start, p.end): locator.locate(p) for p in places if p is not None},
    )
