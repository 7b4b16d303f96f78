"""The extensions that a project may create in a replay: stand-ins in SQL, and pgvector where the walls stand.

A stand-in has an extension's names and shapes and does nothing. All of them are `trusted`, so that the role of the
migrations, which is no superuser, may create them; their scripts qualify names and run none of the project's code.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from tripoint.model.regex import regex
from tripoint.postgres.binaries import Binaries, all_binaries
from tripoint.sql.extensions import EXTENSION_SCHEMAS

__all__ = ["brought_by", "extension_files", "may_bring", "stand_ins", "walled_files"]

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
# What the names of an extension's objects look like that its stand-in may lack.
_POSTGIS = (
    r"_?st_|postgis|geo(?:metry|graphy|metrytype)|box[23]d|addgeometrycolumn|dropgeometry|populate_geometry|updategeometry"
    r"|find_srid|spatial_ref_sys|raster|spheroid|gist_geo|spgist_geo|brin_geo|cg_|topology|tiger"
)
_BRINGS = {
    "address_standardizer": "standardize_address|parse_address|stdaddr",
    "http": "http|urlencode|text_to_bytea|bytea_to_text",
    "hypopg": "hypopg",
    "index_advisor": "index_advisor",
    "pg_cron": "cron",
    "pg_graphql": "graphql|_internal_resolve|resolve",
    "pg_hashids": "id_(?:en|de)code|hash_(?:en|de)code",
    "pg_jsonschema": "json(?:b)?_(?:matches|schema)|jsonschema",
    "pg_net": "net|http_|_http|_await|_url|_encode|worker_|check_worker|wait_until",
    "pg_repack": "repack",
    "pg_stat_monitor": "pg_stat_monitor|histogram|range",
    "pg_stat_statements": "pg_stat_statements",
    "pg_tle": "pgtle",
    "pgcrypto": "pgp_|armor|dearmor|encrypt|decrypt|gen_|fips_mode|crypt|digest|hmac",
    "pgjwt": "sign|verify|try_cast_double|url_(?:en|de)code|algorithm_sign",
    "pgmq": "pgmq|archive|convert|create|delete|detach|drop|list|metrics|pop|purge|read|send|set_vt|validate",
    "pgroonga": "pgroonga",
    "pgrouting": "pgr_|_pgr",
    "pgsodium": "pgsodium|crypto_|derive_key|create_key|randombytes|get_key|create_mask|sign|signcrypt|key",
    "pgtap": ".",
    "plpgsql_check": "plpgsql_",
    "postgis": _POSTGIS,
    "postgis_raster": _POSTGIS,
    "postgis_sfcgal": _POSTGIS,
    "postgis_tiger_geocoder": _POSTGIS + "|geocode|reverse_geocode|normalize_address|pagc_|loader_|pprint_addy",
    "postgis_topology": _POSTGIS
    + "|totopogeom|createtopo|droptopo|addtopo|validatetopo|topogeo|addedge|addface|addnode",
    "rum": "rum",
    "supabase_vault": "vault|_crypto|create_secret|update_secret|secrets|decrypted_secrets",
    "timescaledb": (
        "_?timescaledb|create_hypertable|hypertable|add_|remove_|set_|show_|drop_chunks|chunk|compress|decompress|by_"
        "|time_bucket|first|last|histogram|locf|interpolate|refresh_continuous|attach_|detach_|reorder_|move_|alter_job"
        "|delete_job|run_job|approximate_row_count|merge_chunks|split_chunk|generate_uuidv7|enable_|disable_|convert_to"
    ),
    "uuid-ossp": "uuid_",
    "vector": "vector|halfvec|sparsevec|bit_|array_to_|l[12]_|cosine|inner_product|hamming|jaccard|subvector|binary_",
    "wrappers": ".",
    "xml2": "xpath_|xml_|xslt_",
}


def may_bring(extension: str, name: str | None, sqlstate: str) -> bool:
    """Whether an extension may bring what PostgreSQL says does not exist, though the replay's stand-in for it does not.

    `name` is what is missing, with its schema where it has one; None where it is an operator and the like. Of an
    extension that nothing stands for, it may be anything but a column, or a table that is not called after it.
    """
    if extension not in _BRINGS and extension in _scripts():
        return False  # it is there with all that it holds
    if name is None:
        return extension not in _HOLDING_NAMES
    if brought_by(name) == extension:
        return False  # the stand-in has it: it is not created, or not looked for where it is
    schema, _, bare = name.rpartition(".")
    if extension not in _BRINGS:
        return sqlstate != "42703" and (sqlstate != "42P01" or extension in name)
    return schema == EXTENSION_SCHEMAS.get(extension, "-") or re.match(_BRINGS[extension], bare) is not None


def brought_by(name: str) -> str | None:
    """Return the extension that brings a schema, table, type or function of that name along, if one is known."""
    schema, _, bare = name.rpartition(".")
    if not schema and (owner := next((e for e, own in EXTENSION_SCHEMAS.items() if own == bare), None)):
        return owner
    exact, loose = _made_names()
    return exact.get((schema, bare)) or loose.get(bare)


@lru_cache(maxsize=1)
def _made_names() -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """Return the extension of each name, of those in a schema of the extension's own, and of those anywhere."""
    exact: dict[tuple[str, str], str] = {}
    loose: dict[str, str] = {}
    for extension, script in _scripts().items():
        for made in _MAKES.finditer(script):
            schema, _, bare = made["name"].replace('"', "").lower().rpartition(".")
            if made["kind"].upper() != "SCHEMA":
                schema = schema or EXTENSION_SCHEMAS.get(extension, "")
            if schema:
                exact.setdefault((schema, bare), extension)
            else:
                loose.setdefault(bare, extension)
    return exact, loose


_MAKES = regex(
    r"^[ \t]*CREATE (?:OR REPLACE )?(?P<kind>SCHEMA|TABLE|VIEW|TYPE|DOMAIN|FUNCTION|AGGREGATE) (?P<name>[\w.\"]+)",
    re.I | re.M,
)


@lru_cache(maxsize=1)
def _scripts() -> dict[str, str]:
    """Return the scripts of every known extension by its name: the stand-ins, and those of the server itself."""
    scripts = dict(stand_ins())
    for binaries in all_binaries()[:1]:
        for folder in binaries.folders:
            for script in sorted(folder.rglob("extension/*--*.sql")):
                name = script.name.partition("--")[0]
                scripts[name] = scripts.get(name, "") + script.read_text("utf-8", "replace")
    return scripts


_HOLDING_NAMES = _BRINGS.keys() - {
    "pgroonga",
    "pgrouting",
    "postgis",
    "postgis_raster",
    "postgis_topology",
    "rum",
    "vector",
}
"""Extensions that bring no operators, index methods and the like."""
_REQUIRES = {"earthdistance": "cube"}
WALLED = ("vector",)
"""The server's own extensions that a project may create where all walls stand: no SQL stands for their index methods,
and C code that PostgreSQL itself keeps to superusers is let in nowhere else."""


@lru_cache(maxsize=1)
def stand_ins() -> dict[str, str]:
    """Return the script of every stand-in, by the extension's name."""
    folder = resources.files("tripoint") / "standin" / "extensions"
    scripts = {entry.name.removesuffix(".sql"): entry.read_text("utf-8") for entry in folder.iterdir()}
    return dict(sorted({**dict.fromkeys(_EMPTY, "-- Nothing but its name.\n"), **scripts}.items()))


def extension_files() -> dict[str, str]:
    """Return the control and script files of the stand-ins, to put before the server's own, by file name."""
    files: dict[str, str] = {}
    for name, script in stand_ins().items():
        schema = f"schema = '{EXTENSION_SCHEMAS[name]}'\n" if name in EXTENSION_SCHEMAS else ""
        files[f"{name}.control"] = (
            f"comment = 'stand-in for {name}'\ndefault_version = '1.0'\ntrusted = true\nrelocatable = false\n{schema}"
        )
        if name in _REQUIRES:
            files[f"{name}.control"] += f"requires = '{_REQUIRES[name]}'\n"
        files[f"{name}--1.0.sql"] = script
    return files


def walled_files(binaries: Binaries) -> dict[str, str]:
    """Return the files of the server's own extensions to put before all others where the walls stand."""
    return {name: text for extension in WALLED for name, text in _real(binaries, extension).items()}


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
