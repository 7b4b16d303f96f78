import psycopg


def add(cursor):
    cursor.execute("insert into nests (id, name, eggs) values (%s, %s)", (1, "a"))
    cursor.execute("insert into gulls (id) select id, name from nests")
