"""What the tests of refused statements ask a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tripoint.model.place import Place
from tripoint.sources.database.replay import Script

Refuses = Callable[[str, str], str | None]
"""What is said of the first statement of a second text that is refused, once the first one is committed."""

Refused = Callable[[Sequence[Script]], list[Place]]
"""The statements of scripts that are refused on their own account, in a database that holds nothing."""
