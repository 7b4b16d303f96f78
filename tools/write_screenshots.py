"""Write docs/assets/diagram.png: the HTML report of the example, at its diagram, with one table opened.

`python tools/write_screenshots.py`, with Chromium on the machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser_chromium import chromium  # noqa: E402
from tripoint.cli import main  # noqa: E402


def write() -> None:
    """Render the report, open it, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        report = Path(folder) / "report.html"
        main(["audit", str(ROOT / "examples/persona-studio"), "--format", "html", "-o", str(report)])
        page = browser.new_page(viewport={"width": 1440, "height": 860}, color_scheme="light")
        page.goto(report.as_uri())
        page.get_by_role("link", name="Diagram").first.click()
        page.locator("[data-key$='personas']").first.click()
        page.wait_for_timeout(800)
        page.screenshot(path=str(ROOT / "docs/assets/diagram.png"))


if __name__ == "__main__":
    write()
