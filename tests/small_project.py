"""A project with a file for each of the commonest readers, in which they disagree: audited in a tenth of a second."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "supabase/config.toml": "",
    "supabase/migrations/20250101000000_start.sql": "create table public.books (id uuid primary key, title text);\n",
    "supabase/migrations/20250102000000_more.sql": "create table public.shelves (id uuid references public.books);\n",
    "supabase/seed.sql": "insert into public.books (id, title) values (gen_random_uuid(), 'x');\n",
    "src/page.ts": "import { createClient } from '@supabase/supabase-js'\n"
    "await createClient('http://localhost', 'key').from('book').select('id, name')\n",
    "src/worker.py": "import psycopg\npsycopg.connect('').execute('select titel from public.books')\n",
    "docs/data-model.md": "```mermaid\nerDiagram\n  books {\n    uuid id\n  }\n  readers {\n    uuid id\n  }\n```\n",
}


def write_small_project(folder: Path) -> Path:
    """Write it into a folder that is made, and return that."""
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder
