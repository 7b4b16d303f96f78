import psycopg2
from psycopg2.extras import execute_values


def add(cursor, names, more):
    cursor.execute("insert into nests (id, name, eggs) values (%s, %s, 1), (2, 'b', 3)", (1, "a"))
    cursor.execute("insert into nests values (1)")
    execute_values(cursor, "insert into nests (id, name) values %s", names)
    cursor.execute("insert into nests (id, name) values %s", ((1, "a"),))
    cursor.execute("insert into gulls (id, name) select n.* from nests n")
    cursor.execute(f"insert into nests (id, {more}) values (1)")
    query = "insert into nests (id"
    if more:
        query += ", name"
    query += ") values (1"
    if more:
        query += ", 'a'"
    cursor.execute(query + ")")
