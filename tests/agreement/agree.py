"""The keystone of the tests: what a fold reads out of text must be what PostgreSQL makes of the same text.

assert disagreements(server, "create table t (id int)") == []
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Failure, Opaque, Platform
from tripoint.model.place import Problem
from tripoint.postgres.server import Server
from tripoint.sources.database.compare import Difference, differences, without
from tripoint.sources.database.normalise import normalise
from tripoint.sources.database.read import read_catalog
from tripoint.sources.database.replay import LOGIN, Script, apply
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a fold and a server compare on the same files."""

    differences: tuple[Difference, ...]
    refused: tuple[Failure, ...]
    opaque: tuple[Opaque, ...]
    problems: dict[str, tuple[Problem, ...]]
    undecided: tuple[str, ...]
    objects: int


def compare_files(
    server: Server, files: Sequence[tuple[str, bytes]], base: Catalog, platform: Platform = "postgresql"
) -> Agreement:
    """Fold files, run them on a new database of the server, and compare what both hold beside `base`.

    A statement that the server refuses is blanked out before the fold: what it would have made is not there.
    """
    database = f"case_{next(_numbers)}"
    with server.connect(LOGIN) as connection:
        connection.execute(f"create database {database} template postgres".encode())
    scripts = [Script(path, read_sql(data)) for path, data in files]
    with server.connect(LOGIN, database) as connection:
        refused = apply(connection, scripts)
    with server.connect(LOGIN, database) as connection:
        held = read_catalog(connection)
        accepted = dict(files)
        for failure in refused:
            place, data = failure.place, accepted[failure.place.path]
            blank = b" " * (place.end - place.start)
            accepted[place.path] = data[: place.start] + blank + data[place.end :]
        folded = fold([(path, read_sql(data)) for path, data in accepted.items()], base, platform)
        own_held, own_folded = without(held, base), without(folded.catalog, base)
        normal, undecided = normalise(connection, own_folded, own_held)
    found = differences(normal, own_held)
    count = sum(
        1 + len(t.columns) + len(t.constraints) + len(t.indexes) + len(t.policies) for t in own_held.tables.values()
    )
    with server.connect(LOGIN) as connection:
        connection.execute(f"drop database {database} with (force)".encode())
        for role in held.roles - base.roles:
            connection.execute(f'drop owned by "{role}"; drop role "{role}"'.encode())
    return Agreement(found, tuple(refused), folded.opaque, folded.problems, undecided, count)


def disagreements(server: Server, base: Catalog, sql: str, platform: Platform = "postgresql") -> list[str]:
    """Return in words what differs; a statement that is refused, or opaque to the fold, is one of the words."""
    found = compare_files(server, [("case.sql", sql.encode())], base, platform)
    return [
        *(f"refused: {failure.message}" for failure in found.refused),
        *(f"opaque: {opaque.reason}" for opaque in found.opaque),
        *(f"not put to the server: {subject}" for subject in found.undecided),
        *(f"{d.kind} {d.subject} {d.aspect}: fold {d.left!r}, server {d.right!r}" for d in found.differences),
    ]
