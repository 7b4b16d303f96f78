import psycopg


def nests(cursor):
    cursor.execute("select n.place, g.name from nests n join gulls on gulls.id = n.gull_id")
    cursor.execute("select nests.place from nests n where n.id = %s", (1,))
    cursor.execute("select b.name from (select id, 1 as one from gulls) b where b.one = %s", (1,))
    cursor.execute("with late as (select id from gulls) select name from late")


def calls(connection):
    connection.execute("select fledged($1), settle($1)")
