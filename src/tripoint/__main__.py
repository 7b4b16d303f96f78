"""`python -m tripoint`."""

import os
import sys


def _start() -> None:
    # `-m` lets Python import from the folder it runs in, which may be the audited one: nothing of that is imported.
    here = os.path.dirname(os.path.dirname(__file__))
    if not sys.flags.safe_path and sys.path[0] == os.getcwd() and not os.path.samefile(sys.path[0], here):
        del sys.path[0]
    from tripoint.cli import start

    start()


_start()
