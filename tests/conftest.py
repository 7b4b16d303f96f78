"""For all tests: a fault of tripoint's own is raised, and not contained as it is for a user."""

from __future__ import annotations

import os

os.environ["TRIPOINT_DEBUG"] = "1"
