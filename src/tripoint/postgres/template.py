"""Prepared data directories: made once per version and content, kept in the cache folder, copied for each run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tripoint.postgres.binaries import Binaries, ServerUnavailable
from tripoint.postgres.extensions import extension_files, walled_files
from tripoint.postgres.files import remove_tree
from tripoint.postgres.kept import prepared_folders, prune
from tripoint.postgres.server import SUPERUSER, Server

__all__ = ["FURNITURE", "plain_template", "prepared"]

FURNITURE = "tripoint_replay"
"""The schema of the helpers, which is in every prepared database and belongs to no project."""

# Made by the superuser in every database, before anything of a project runs. What PostgreSQL keeps to superusers since
# it would run code as one, helpers do without that code: an event trigger is made disabled, a foreign data wrapper
# without functions.
_LOGIN = """
CREATE ROLE postgres LOGIN NOSUPERUSER CREATEDB CREATEROLE;
ALTER DATABASE postgres OWNER TO postgres;
ALTER DATABASE template1 OWNER TO postgres;
CREATE SCHEMA tripoint_replay;
GRANT USAGE ON SCHEMA tripoint_replay TO postgres;
CREATE FUNCTION tripoint_replay.create_wrapper(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE pg_catalog.format('CREATE FOREIGN DATA WRAPPER %I NO HANDLER NO VALIDATOR', name);
  EXECUTE pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO postgres WITH GRANT OPTION', name);
END $$;
CREATE FUNCTION tripoint_replay.create_event_trigger(name text, event text, function regproc)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE pg_catalog.format('CREATE EVENT TRIGGER %I ON %I EXECUTE FUNCTION %s()', name, event, function);
  EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I DISABLE', name);
END $$;
CREATE FUNCTION tripoint_replay.drop_event_trigger(name text, missing_ok boolean)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE pg_catalog.format('DROP EVENT TRIGGER %s %I', CASE WHEN missing_ok THEN 'IF EXISTS' ELSE '' END, name);
END $$;
CREATE FUNCTION tripoint_replay.create_publication(name text, all_tables boolean, schemas text[], publish text)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  listed text;
  said text := CASE WHEN publish IS NULL THEN '' ELSE pg_catalog.format(' WITH (publish = %L)', publish) END;
BEGIN
  IF all_tables THEN
    EXECUTE pg_catalog.format('CREATE PUBLICATION %I FOR ALL TABLES', name) || said;
  ELSE
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ') INTO listed FROM pg_catalog.unnest(schemas) s;
    EXECUTE pg_catalog.format('CREATE PUBLICATION %I FOR TABLES IN SCHEMA ', name) || listed || said;
  END IF;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tripoint_replay FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tripoint_replay TO postgres;
"""


def plain_template(binaries: Binaries) -> Path:
    """Return the data directory of a plain PostgreSQL with the login `postgres`, which is no superuser."""
    return prepared(binaries, ())


def prepared(binaries: Binaries, scripts: Sequence[str]) -> Path:
    """Return a data directory in which the superuser ran `scripts` in the database `postgres`.

    It comes from the cache where it was made before. Raises `ServerUnavailable` where it can't be made.
    """
    extensions = {}
    if binaries.major >= 18:
        # PostgreSQL looks for control files in a folder of this name below each part of extension_control_path.
        extensions = {f"extension/{name}": text for name, text in extension_files().items()}
        extensions |= {f"walled/extension/{name}": text for name, text in walled_files(binaries).items()}
    info = binaries.postgres.stat()
    told = (
        binaries.version,
        str(binaries.postgres),
        info.st_size,
        info.st_mtime_ns,
        os.geteuid(),
        _LOGIN,
        tuple(scripts),
        sorted(extensions.items()),
    )
    name = f"{binaries.version[0]}.{binaries.version[1]}-{hashlib.sha256(repr(told).encode()).hexdigest()[:20]}"
    for folder in map(Path, prepared_folders()):
        ready = folder / name
        if _is_ready(ready):
            return ready / "data"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A folder of a known name below /tmp may have been laid out by another user: only an own one is trusted.
            if folder.stat().st_uid != os.geteuid() or folder.is_symlink():
                continue
            made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        except OSError:
            continue
        try:
            prune(str(folder))
            _make(binaries, made, scripts, extensions)
            with contextlib.suppress(OSError):  # another run may have been faster
                made.rename(ready)
        finally:
            remove_tree(str(made))
        if _is_ready(ready):
            return ready / "data"
    raise ServerUnavailable(
        "The embedded server needs a folder for its prepared data, and no cache folder can be written."
    )


def _is_ready(folder: Path) -> bool:
    """Whether a prepared folder is there, whole, and this user's own; its use is noted for `prune`."""
    password = folder / "password"
    try:
        if password.stat().st_uid != os.geteuid():
            return False
    except OSError:
        return False
    with contextlib.suppress(OSError):
        os.utime(password)
    return True


def _make(binaries: Binaries, folder: Path, scripts: Sequence[str], extensions: Mapping[str, str]) -> None:
    data = folder / "data"
    data.mkdir(mode=0o700)
    for name, text in extensions.items():
        place = folder / "extensions" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    password = secrets.token_urlsafe(24)
    server = Server.initialise(binaries, data, password)
    try:
        with server.connect() as connection:
            connection.execute(f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'")
            for script in (_LOGIN, *scripts):
                connection.execute(script.encode())
        kept = server.close(keep=True)
    finally:
        server.close()
    if not kept:
        raise ServerUnavailable(
            f"The embedded server's data could not be prepared: {server.ended or 'it did not stop in time'}."
        )
    # The superuser needs its password; every other role comes in freely through the private socket.
    (data / "pg_hba.conf").write_text(f"local all {SUPERUSER} scram-sha-256\nlocal all all trust\n")
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o600)
