"""What the tests of refused statements ask a server."""

from __future__ import annotations

from collections.abc import Callable

Refuses = Callable[[str, str], str | None]
"""What is said of the first statement of a second text that is refused, once the first one is committed."""
