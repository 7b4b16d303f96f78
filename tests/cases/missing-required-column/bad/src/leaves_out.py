import psycopg


def add(db: psycopg.Connection, born: str) -> None:
    db.execute("insert into people (born) values (%s) on conflict do nothing", [born])
