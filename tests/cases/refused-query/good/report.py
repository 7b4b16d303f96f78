import psycopg


def report(connection: psycopg.Connection, part: str) -> None:
    connection.execute("select name, count(*) from rooms group by name order by count(*)")
    connection.execute("select distinct room_id, nights from stays order by nights")
    connection.execute(f"select name, count(*) from rooms {part}")
