"""What a component's names begin with is not what they hold when a call runs."""

from __future__ import annotations

import pytest

from code_project import fold

MODULE = "import { createClient } from '@supabase/supabase-js'\nexport const db = createClient('u', 'k')\n"
HEAD = "<script lang='ts'>\nimport { db } from './db'\n"
ASK = "export const ask = () => db.from('notes').select('id').eq('owner', owner)\n</script>\n"
ADD = "export const add = () => db.from('notes').insert(form)\n</script>\n"


@pytest.mark.parametrize(
    "path, text",
    [
        ("src/A.svelte", f"{HEAD}export let owner = 'me';\n{ASK}"),
        ("src/B.svelte", f"{HEAD}let owner = 'me';\n{ASK}<input bind:value={{owner}}>"),
        ("src/C.svelte", f"{HEAD}let form = {{ owner: 'me' }};\n{ADD}<input bind:value={{form.owner}}>"),
        ("src/D.vue", f"{HEAD}const form = reactive({{ owner: 'me' }});\n{ADD}"),
        ("src/e.ts", "import { db } from './db'\nlet owner = ''\n" + ASK.partition("\n")[0]),
    ],
)
def test_what_a_name_begins_with(path: str, text: str) -> None:
    (query,) = fold({"src/db.ts": MODULE, path: text}).queries
    values = [value for each in query.filters for value in each.values]
    values += [written.value for written in query.written if written.value is not None]
    assert not any(value.certain for value in values)


def test_what_a_call_says_itself() -> None:
    text = f"{HEAD}export const ask = () => db.from('notes').select('id').eq('owner', '')\n</script>"
    (query,) = fold({"src/db.ts": MODULE, "src/A.svelte": text}).queries
    assert [value.certain for value in query.filters[0].values] == [True]


@pytest.mark.parametrize(
    "path, text",
    [
        ("src/A.svelte", "{#await db.from('notes').select('id') then rows}{rows}{/await}"),
        (
            "src/B.svelte",
            "{#each list as one}<p on:click={async () => { await db.from('notes').select('id') }}/>{/each}",
        ),
        ("src/C.vue", "<template><b @click=\"db.from('notes').select('id')\">x</b>\n<i @x=\"y()\"/></template>\n"),
        ("src/D.vue", "<template><b @click=\"() => { db.from('notes').select('id') }\">x</b></template>\n"),
        ("src/E.astro", "<ul>{(await db.from('notes').select('id')).data.map((x) => <li>don't {x.id}</li>)}</ul>"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_markup_asks_itself(path: str, text: str, first: bool) -> None:
    script = f"{HEAD}</script>\n" if not path.endswith("astro") else f"---\n{HEAD.partition('>')[2]}\n---\n"
    file = text + script if first and not path.endswith("astro") else script + text
    (query,) = fold({"src/db.ts": MODULE, path: file}).queries
    assert query.name == "notes"
    assert query.certain
    assert file.encode()[query.place.start : query.place.end] == b"notes"
    assert query.select is not None
    assert [field.name for field in query.select.fields] == ["id"]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- {db.from('notes').select('id')} -->",
        "<pre>db.from('notes').select('id')</pre>",
        "{#each Array.from({ length: 3 }) as one}{one}{/each}",
        "<p title=\"db.from('notes')\">x</p>\n",
        "{ db.from('notes'",
    ],
)
def test_markup_that_asks_nothing(text: str) -> None:
    folded = fold({"src/db.ts": MODULE, "src/A.svelte": f"{HEAD}</script>\n{text}"})
    assert not [query for query in folded.queries if query.certain]
