"""Write `src/tripoint/standin/supabase.msgpack`: what the platform's stand-in holds, read back from the server.

Run `python tools/write_base_catalog.py` after a change to the stand-in or the reader. A test holds the file
equal to the server's answer.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

import tripoint
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sources.database.replay import LOGIN, read_replayed

TARGET = Path(tripoint.__file__).parent / "standin" / "supabase.msgpack"


def read_base(settings: Settings) -> Catalog:
    """Return what a fresh server of the platform holds, the members of its extensions included."""
    binaries, template = platform_template("supabase", settings)
    with Server(binaries=binaries, template=template) as server, server.connect(LOGIN) as connection:
        extensions = read_replayed(connection).extensions
        return read_replayed(connection, members=extensions)


def main() -> None:
    """Write the file."""
    TARGET.write_bytes(msgspec.msgpack.encode(read_base(Settings())))


if __name__ == "__main__":
    main()
