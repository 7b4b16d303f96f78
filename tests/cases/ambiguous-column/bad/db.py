import psycopg


def nests(cursor):
    cursor.execute("select name from nests join gulls on gulls.nest_id = nests.id")
    cursor.execute("insert into nests (id, eggs) values (%s, 1) on conflict (id) do update set eggs = eggs + 1", (1,))
    cursor.execute("select nests.id, gulls.id from nests join gulls on gulls.nest_id = nests.id order by id")


def nests_of(cursor, gull):
    cursor.execute("select * from nests_of(%s)", (gull,))
