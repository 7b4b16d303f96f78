"""The package works from a built wheel in an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_an_installed_wheel_audits_a_project(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
    )
    wheel = next((tmp_path / "dist").glob("tripoint-*.whl"))
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    # Neither a pip of its own nor compiling what is never imported takes part in what is shown.
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    case = ROOT / "tests" / "cases" / "missing-table" / "bad"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    run = subprocess.run(
        [tmp_path / "venv" / "bin" / "tripoint", "audit", str(case), "--format", "json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert "missing-table" in {finding["rule"] for finding in json.loads(run.stdout)["findings"]}
