import psycopg


def add(db: psycopg.Connection, name: str, title: str) -> None:
    db.execute("insert into people (name) select title from slugs")
    db.execute("insert into people values (gen_random_uuid(), %s)", [name])
    db.execute("with added as (insert into slugs (title) values (%s) returning slug) select slug from added", [title])
    db.execute("create temporary table people (born date); insert into people (born) values (now())")
