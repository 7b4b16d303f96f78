import psycopg
from psycopg.sql import SQL

NAMED = SQL("select 1 from gulls where gulls.id = n.gull_id")


def called(alias="g"):
    return f"{alias}.place is not null"


def nests(cursor, more):
    cursor.execute("select n.place, g.name from nests n join gulls g on g.id = n.gull_id")
    cursor.execute("insert into gulls (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name")
    cursor.execute(f"select n.place from nests n where {called('n')}")
    cursor.execute("select n.place from nests n " + more + " where g.name = %s", (1,))
    cursor.execute("with g as (select id from gulls) select (select g.id where g.id = n.gull_id) from nests n, g")
    cursor.execute("select b.name, b.one from (select *, 1 as one from gulls) b")
    cursor.execute("with late as (insert into gulls (id, name) values (1, 'a') returning *) select name from late")
    cursor.execute("select s.n, j.a from generate_series(1, 2) as s(n), json_to_recordset('[]') as j(a int)")
