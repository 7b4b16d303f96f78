import psycopg


def nests(cursor, tables, order):
    cursor.execute("select nests.name from nests join gulls on gulls.nest_id = nests.id")
    cursor.execute("select id, rings from nests join gulls using (id) order by id")
    cursor.execute("insert into nests (id) values (1) on conflict (id) do update set eggs = nests.eggs + excluded.eggs")
    cursor.execute("select nests.*, nests.id from nests order by id")
    cursor.execute("select nests.id as id, gulls.id as gull from nests join gulls on gulls.nest_id = nests.id order by id")
    cursor.execute("select rings from nests join gulls on gulls.nest_id = nests.id where exists (select from nests where name = '')")
    cursor.execute(f"select name from nests {tables}")
    query = "select nests.id from nests"
    if tables:
        query += " join gulls on gulls.nest_id = nests.id"
    if order:
        query += " where name > ''"
    cursor.execute(query)
