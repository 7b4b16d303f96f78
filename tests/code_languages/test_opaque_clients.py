"""Queries on clients that nothing says the origin of, which go on elsewhere than where they begin."""

from __future__ import annotations

import pytest

from code_project import names, queries

CONTINUED = {
    ".py": """from app.db import get_supabase
def f(on):
    sb = get_supabase()
    def run():
        q = sb.table('t').select('a')
        if on:
            q = q.eq('b', on)
        return q.order('c').execute()
    return run()
""",
    ".dart": """import 'package:supabase_flutter/supabase_flutter.dart';
mixin Jobs {
  SupabaseClient get client;
  Future<List> f(bool? on) async {
    var q = client.from('t').select('a');
    if (on != null) {
      q = q.eq('b', on);
    }
    return await q.order('c');
  }
}
""",
    ".ts": """import { supabase } from 'elsewhere'
export async function f(on) {
  let q = supabase.from('t').select('a')
  if (on) q = q.eq('b', on)
  return await q.order('c')
}
""",
}


@pytest.mark.parametrize("suffix", sorted(CONTINUED))
def test_what_goes_on_with_a_query_on_a_client_from_elsewhere(suffix: str) -> None:
    (query,) = queries(CONTINUED[suffix], suffix)
    assert query.select is not None
    assert [one.name for one in query.select.fields] == ["a"]
    assert [(one.column, one.operator) for one in query.filters] == [("b", "eq"), ("c", "order")]


def test_another_builder_of_the_same_words_is_none() -> None:
    code = "import { db } from 'knex'\nlet q = db.from('t').where('a', 1)\nq = q.eq('b', 1)\n"
    assert queries(code) == ()


@pytest.mark.parametrize("imported", ["from supabase import Client, create_client", "import supabase"])
def test_a_module_called_as_the_library_makes_the_library_s_client(imported: str) -> None:
    made = "create_client" if "create_client" in imported else "supabase.create_client"
    head = f"{imported}\nimport settings\ndef get_db():\n    return {made}(settings.URL, settings.SERVICE_ROLE_KEY)\n"
    use = "from core.supabase import get_db\ndef f():\n    get_db().table('t').delete().eq('a', 1).execute()\n"
    (query,) = queries({"core/supabase.py": head, "core/__init__.py": "", "jobs.py": use})
    assert query.role == "service_role"


def test_a_module_beside_one_called_as_the_library() -> None:
    head = (
        "from supabase import create_client\nimport settings\ndb = create_client(settings.URL, settings.SERVICE_KEY)\n"
    )
    beside = "from supabase import create_client\nimport s\n"
    beside += "x = create_client(s.URL, s.SERVICE_KEY)\nx.table('t').select('a').execute()\n"
    (query,) = queries({"core/supabase.py": head, "core/other.py": beside})
    assert query.role == "service_role"


SEVERAL = {
    ".py": """from supabase import Client
def f(db: Client, a):
    c = 'x' if a else 'y'
    db.table('t').select('a').eq(c, 1).order(c).execute()
""",
    ".ts": """import { SupabaseClient } from '@supabase/supabase-js'
function f(db: SupabaseClient, a) {
  const c = a ? 'x' : 'y'
  db.from('t').select('a').eq(c, 1).order(c)
}
""",
}


@pytest.mark.parametrize("suffix", sorted(SEVERAL))
def test_a_filter_by_one_of_several_columns(suffix: str) -> None:
    (query,) = queries(SEVERAL[suffix], suffix)
    assert [(one.column, one.operator) for one in query.filters] == [
        *(("x", "eq"), ("y", "eq"), ("x", "order"), ("y", "order"))
    ]
    assert not any(one.required for one in query.filters)


def test_which_of_several_columns_goes_with_which_of_several_tables_is_open() -> None:
    code = (
        "from supabase import Client\ndef f(db: Client, a):\n    t = 'ts' if a else 'us'\n    c = 'x' if a else 'y'\n"
    )
    code += "    db.table(t).select('a').eq(c, 1).execute()\n"
    assert [query.filters for query in queries(code, ".py")] == [(), ()]


def test_a_connection_of_streamlit() -> None:
    code = "import streamlit as st\nfrom st_supabase_connection import SupabaseConnection, execute_query\n"
    code += 'conn = st.connection("db", type=SupabaseConnection)\nexecute_query(conn.table("t").select("a"))\n'
    assert names(code, ".py") == [("table", "t")]
    assert names(code.replace("type=SupabaseConnection", 'type="sql"'), ".py") == []
