"""The extensions that a project may create in a replay: stand-ins in SQL, and a few real ones that need no superuser.

A stand-in has an extension's names and shapes and does nothing. All of them are `trusted`, so that the role of the
migrations, which is no superuser, may create them; their scripts qualify names and run none of the project's code.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from tripoint.postgres.binaries import Binaries

__all__ = ["extension_files", "stand_ins"]

# Those whose control file names the schema, as the originals do.
_SCHEMAS = {
    "pg_cron": "pg_catalog",
    "pg_graphql": "graphql",
    "pg_repack": "repack",
    "pg_tle": "pgtle",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "postgis_tiger_geocoder": "tiger",
    "postgis_topology": "topology",
    "supabase_vault": "vault",
}
# Extensions that an application creates, but whose objects its schema does not name: nothing stands for them.
_EMPTY = (
    "address_standardizer",
    "address_standardizer_data_us",
    "hypopg",
    "index_advisor",
    "old_snapshot",
    "pg_backtrace",
    "pg_hashids",
    "pg_repack",
    "pg_stat_monitor",
    "pg_tle",
    "pgaudit",
    "pgroonga",
    "pgroonga_database",
    "pgrouting",
    "pgtap",
    "plpgsql_check",
    "postgis_raster",
    "postgis_sfcgal",
    "postgis_tiger_geocoder",
    "postgis_topology",
    "rum",
    "sslinfo",
    "xml2",
)
# Real ones that the server brings along but keeps to superusers, and that reach nothing outside of the database.
_REAL = ("autoinc", "earthdistance", "insert_username", "moddatetime", "vector")


@lru_cache(maxsize=1)
def stand_ins() -> dict[str, str]:
    """Return the script of every stand-in, by the extension's name."""
    folder = resources.files("tripoint") / "standin" / "extensions"
    scripts = {entry.name.removesuffix(".sql"): entry.read_text("utf-8") for entry in folder.iterdir()}
    return dict(sorted({**dict.fromkeys(_EMPTY, "-- Nothing but its name.\n"), **scripts}.items()))


@lru_cache(maxsize=4)
def extension_files(binaries: Binaries) -> dict[str, str]:
    """Return the control and script files to put before the server's own, by file name."""
    files: dict[str, str] = {}
    for name, script in stand_ins().items():
        schema = f"schema = '{_SCHEMAS[name]}'\n" if name in _SCHEMAS else ""
        files[f"{name}.control"] = (
            f"comment = 'stand-in for {name}'\ndefault_version = '1.0'\ntrusted = true\nrelocatable = false\n{schema}"
        )
        files[f"{name}--1.0.sql"] = script
    for name in _REAL:
        real = _real(binaries, name)
        if real:
            files.pop(f"{name}--1.0.sql", None)
            files |= real
    return files


def _real(binaries: Binaries, name: str) -> dict[str, str]:
    """Return the files of an extension of the server itself, made `trusted`; none where the server lacks it."""
    for folder in binaries.folders:
        for control in folder.rglob(f"extension/{name}.control"):
            text = control.read_text("utf-8")
            version = next(line.split("'")[1] for line in text.splitlines() if line.startswith("default_version"))
            script = control.with_name(f"{name}--{version}.sql")
            # Some are made from an older version's script and updates to it.
            scripts = [script] if script.exists() else sorted(control.parent.glob(f"{name}--*.sql"))
            found = {path.name: path.read_text("utf-8") for path in scripts}
            return {f"{name}.control": f"{text.rstrip()}\ntrusted = true\n", **found}
    return {}
