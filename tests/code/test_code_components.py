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
