"""What the README shows is what the tool prints."""

from __future__ import annotations

import re

from example.persona_studio import FOLDER
from tripoint.audit import audit_folder
from tripoint.formats import RenderOptions, format_named
from tripoint.tree import WorkTree

README = FOLDER.parent.parent / "README.md"


def test_shown_output_is_the_real_one() -> None:
    tree = WorkTree(FOLDER)

    def read_line(path: str, line: int) -> str:
        return tree.read(path).decode().split("\n")[line - 1]

    printed = format_named("terminal").render(audit_folder(FOLDER), RenderOptions(read_line=read_line))
    block = re.search(r"```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block is not None
    position = 0
    for piece in re.split(r"^ *…\n", block[1], flags=re.MULTILINE):
        assert piece in printed[position:], piece
        position = printed.index(piece, position) + len(piece)
