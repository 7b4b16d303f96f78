import psycopg


def report(connection: psycopg.Connection) -> None:
    connection.execute("select name, count(*) from rooms")
    connection.execute("select distinct room_id from stays order by nights")
