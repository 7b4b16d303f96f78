"""Write a project of a stated size: migrations, documents and TypeScript code that mostly agree."""

from __future__ import annotations

import random
import re
from pathlib import Path

__all__ = ["generate_project"]

_WORDS = re.findall(
    r"\w+",
    """
    account address agenda alarm album answer archive article asset badge batch billing booking branch budget
    bundle campaign card cargo catalog channel chapter claim client clip coach comment company contact contract
    course credit customer dataset deal delivery device discount document domain draft driver duty event expense
    export facility feature feed field file filter flight folder form forum gallery goal grade group guest guide
    hotel image import incident invoice issue item job journal key label lead ledger lesson letter license line
    link listing location log
    """,
)


def generate_project(
    root: Path,
    tables: int,
    migrations: int,
    code_files: int,
    seed: int = 1,
    *,
    every: int = 3,
    calls: int = 3,
    others: int = 45,
) -> None:
    """Write the project into the empty folder `root`.

    Of the migrations the first ones create the tables, the rest change them. Each code file has so many `others`:
    functions that ask nothing of the database, and of `every` so many files one has `calls` queries. The same numbers
    and seed give the same files.
    """
    rng = random.Random(seed)
    names = [f"{rng.choice(_WORDS)}_{rng.choice(_WORDS)}_{number}" for number in range(tables)]
    folder = root / "supabase" / "migrations"
    folder.mkdir(parents=True)
    statements = [_create(name, names[:number], rng) for number, name in enumerate(names)]
    statements += [_change(rng.choice(names), number, rng) for number in range(max(0, migrations * 4 - tables))]
    share = max(1, -(-len(statements) // migrations))
    for number in range(migrations):
        part = statements[number * share : (number + 1) * share]
        text = "\n".join(part) or "select 1;\n"
        (folder / f"{20240101000000 + number}_step.sql").write_text(text, encoding="utf-8")
    for number in range(code_files):
        path = root / "src" / f"area{number % 40}" / f"file{number}.ts"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_code(number, names, rng, calls if number % every == 0 else 0, others), encoding="utf-8")
    docs = root / "docs"
    docs.mkdir()
    sections = [f"## {name}\n\n| Column | Type |\n|---|---|\n| id | uuid |\n| title | text |\n" for name in names]
    (docs / "domain-model.md").write_text("# Domain model\n\n" + "\n".join(sections), encoding="utf-8")


_TOUCH = """create or replace function public.touch_NUMBER() returns trigger language plpgsql as $$
begin
  new.created_at := now();
  return new;
end $$;
"""


def _create(name: str, before: list[str], rng: random.Random) -> str:
    parent = f",\n  parent_id uuid references public.{rng.choice(before)} (id) on delete cascade" if before else ""
    extra = "".join(f",\n  field_{number} {rng.choice(('text', 'integer', 'jsonb', 'boolean'))}" for number in range(8))
    return f"""create table public.{name} (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  title text not null{parent}{extra},
  created_at timestamptz not null default now()
);
alter table public.{name} enable row level security;
create policy "own rows" on public.{name} using ((select auth.uid()) = owner_id);
create index on public.{name} (owner_id);
"""


def _change(name: str, number: int, rng: random.Random) -> str:
    return rng.choice(
        (
            f"alter table public.{name} add column extra_{number} text;\n",
            f"comment on table public.{name} is 'revised {number}';\n",
            f"create index on public.{name} (title, id);\n",
            _TOUCH.replace("NUMBER", str(number)),
        )
    )


def _code(number: int, names: list[str], rng: random.Random, count: int, others: int) -> str:
    calls = [
        f"export async function load{number}_{call}(owner: string) {{\n"
        "  const { data, error } = await supabase\n"
        f"    .from('{rng.choice(names)}')\n    .select('id, title')\n    .eq('owner_id', owner)\n"
        "  if (error) throw error\n  return data\n}\n"
        for call in range(count)
    ]
    filler = [
        f"export function compute{number}_{line}(a: number, b: number): number {{\n"
        f"  const total = a * {line} + b\n  return total > {number} ? total : {line}\n}}\n"
        for line in range(others)
    ]
    head = "import { createClient } from '@supabase/supabase-js'\n\n"
    head += "const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)\n\n"
    return (head if calls else "") + "\n".join(calls + filler)
