"""`python -m tripoint`."""

from tripoint.cli import main

raise SystemExit(main())
