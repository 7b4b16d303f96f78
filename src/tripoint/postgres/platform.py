"""Prepared data directories for the platform that a project runs on."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from tripoint.model.evidence import Platform, Settings
from tripoint.postgres.binaries import Binaries, ServerUnavailable, find_binaries
from tripoint.postgres.template import prepared
from tripoint.supabase import default_grant_script

__all__ = ["OLDEST_UNTRUSTED", "platform_template"]

OLDEST_UNTRUSTED: dict[Platform, int] = {"supabase": 18, "postgresql": 16}
"""The oldest server that may run untrusted migrations. Before 16 a role that may create roles can run programs; the
platform's extensions need a server that is told where to find them."""


def platform_template(
    platform: Platform, settings: Settings | None = None, binaries: Binaries | None = None
) -> tuple[Binaries, Path]:
    """Return the binaries and the data directory on which migrations of that platform are replayed.

    Raises `ServerUnavailable`, also where only a server too old for untrusted migrations is there.
    """
    binaries = binaries or find_binaries(OLDEST_UNTRUSTED[platform])
    if binaries.major < OLDEST_UNTRUSTED[platform]:
        raise ServerUnavailable(
            f"A replay needs PostgreSQL {OLDEST_UNTRUSTED[platform]} or later, and this is {binaries.major}."
        )
    if platform == "postgresql":
        return binaries, prepared(binaries, ())
    script = (resources.files("tripoint") / "standin" / "supabase.sql").read_text("utf-8")
    return binaries, prepared(binaries, (script, default_grant_script(settings or Settings())))
