"""Small projects in memory, and what is proposed for them."""

from __future__ import annotations

from datetime import UTC, datetime

from example.persona_studio import MemoryTree
from tripoint.audit import audit
from tripoint.config import Config
from tripoint.model.audit import Audit
from tripoint.model.catalog import Catalog, Table
from tripoint.model.name import Name
from tripoint.propose.draft import Draft
from tripoint.propose.proposals import draft
from tripoint.propose.verify import Proven, place_drafts, verify
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)

CLIENT = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient('http://localhost', 'key')\n"

BLOG = """\
create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create type public.mood as enum ('calm', 'loud');
create table public.authors (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    pen_name text not null,
    mood public.mood not null default 'calm',
    is_public boolean not null default false,
    settings jsonb not null default '{}'::jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index authors_user_id_idx on public.authors (user_id);
create trigger authors_touch before update on public.authors for each row execute function public.touch();
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null references public.authors (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    title text not null,
    word_count integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index posts_author_id_idx on public.posts (author_id);
create index posts_user_id_idx on public.posts (user_id);
create trigger posts_touch before update on public.posts for each row execute function public.touch();
alter table public.authors enable row level security;
alter table public.posts enable row level security;
create policy "Owners manage their authors" on public.authors for all to authenticated using (auth.uid() = user_id);
create policy "Owners manage their posts" on public.posts for all to authenticated using (auth.uid() = user_id);
"""


def blog(code: str, sql: str = "", **more: str) -> dict[str, bytes]:
    """Return a project with two tables, one more migration and code that uses it."""
    files = {
        "supabase/config.toml": "[api]\nauto_expose_new_tables = true\n",
        "supabase/migrations/20260101000000_blog.sql": BLOG,
        "src/app.ts": CLIENT + code,
        **({"supabase/migrations/20260102000000_more.sql": sql} if sql else {}),
        **more,
    }
    return {path: text.encode() for path, text in files.items()}


def drafts_of(files: dict[str, bytes], *subjects: str) -> tuple[Audit, list[Draft]]:
    """Return the audit of the files, and the drafts for its findings."""
    current = audit(MemoryTree(files), Config())
    chosen = frozenset(subjects)
    return current, [made for e in current.evidence for made in draft(e, current.findings, files.get, subjects=chosen)]


def proven_of(files: dict[str, bytes], *subjects: str, appended: bool = False) -> list[Proven]:
    """Return the proposals with their proof."""
    current, drafts = drafts_of(files, *subjects)
    tree = MemoryTree(files)
    return verify(place_drafts(drafts, current, tree, NOW, appended), current, tree, Config())


def catalog_with(draft: Draft, current: Audit) -> Catalog:
    """Return the catalog of the draft's SQL, folded on top of what the project defines."""
    (evidence,) = current.evidence
    folded = fold([("proposal.sql", read_sql(draft.sql.encode()))], evidence.defined, evidence.database.platform)
    assert not folded.problems
    return folded.catalog


def proposed_table(code: str, name: str, sql: str = "", **more: str) -> Table:
    """Return the table that is proposed where the blog's code asks for one that is missing."""
    current, drafts = drafts_of(blog(code, sql, **more))
    (own,) = (made for made in drafts if made.subject == f"public.{name}")
    return catalog_with(own, current).tables[Name("public", name)]
