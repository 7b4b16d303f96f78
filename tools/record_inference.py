"""Record how PostgreSQL names and types the columns of the queries in tests/sql_infer/queries.sql.

Usage: `python tools/record_inference.py CONNINFO`. Writes `expected.json` beside them: query → [[name, type], …], or
null where PostgreSQL refuses the query. Everything is rolled back.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg

CASES = Path(__file__).parent.parent / "tests" / "sql_infer"


def main() -> int:
    """Connect, run, write."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    expected: dict[str, list[list[str]] | None] = {}
    with psycopg.connect(sys.argv[1]) as connection:
        connection.execute((CASES / "schema.sql").read_text(encoding="utf-8"))
        connection.execute("set search_path = public, app")
        for line in (CASES / "queries.sql").read_text(encoding="utf-8").splitlines():
            query = line.rstrip(";")
            try:
                with connection.transaction():
                    # Prepared and described, never run: what a query gives is known before it gives anything.
                    described = connection.pgconn.prepare(b"q", query.encode())
                    if described.error_message:
                        raise psycopg.Error(described.error_message.decode())
                    result = connection.pgconn.describe_prepared(b"q")
                    columns = [(result.fname(i) or b"", result.ftype(i), result.fmod(i)) for i in range(result.nfields)]
                    connection.execute("deallocate q")
                    found: list[list[str]] = []
                    connection.execute("set local search_path = ''")
                    for name, oid, modifier in columns:
                        row = connection.execute("select format_type(%s, %s)", (oid, modifier)).fetchone()
                        found.append([name.decode(), str(row[0]) if row else ""])
                    connection.execute("set local search_path = public, app")
                    expected[query] = found
            except psycopg.Error as error:
                print(f"{query}\n  {error}", file=sys.stderr)
                expected[query] = None
        connection.rollback()
    (CASES / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
