import psycopg


def report(connection: psycopg.Connection, part: str) -> None:
    connection.execute("select name, count(*) from rooms group by name order by count(*)")
    connection.execute("select distinct room_id, nights from stays order by nights")
    connection.execute(f"select name, count(*) from rooms {part}")


def moved(connection: psycopg.Connection, name: str | None, free: bool) -> None:
    sets = []
    if name is not None:
        sets.append("name = 'a'")
    elif free:
        sets.append("name = 'b'")
        sets.append("kept = false")
    connection.execute(f"update rooms set {', '.join(sets)} where size = 1")
