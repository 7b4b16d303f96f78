"""The command line, run in the process of the tests, which has everything loaded."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from tripoint.cli import main


def run_here(folder: Path, *arguments: str, environment: Mapping[str, str] = os.environ) -> CompletedProcess[str]:
    """Run a command in a folder, and return its exit code and what it said."""
    out, err = io.StringIO(newline=""), io.StringIO(newline="")
    # A copy: the mapping may be the environment itself, which is emptied first.
    variables = patch.dict(os.environ, dict(environment), clear=True)
    with variables, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
