import psycopg


def nests(cursor):
    cursor.execute("select n.place, g.name from nests n join gulls on gulls.id = n.gull_id")
    cursor.execute("select nests.place from nests n where n.id = %s", (1,))
