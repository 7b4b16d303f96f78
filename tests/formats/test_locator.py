"""Places become the lines and columns that an editor shows: characters from 1, the byte order mark not counted."""

from __future__ import annotations

import pytest

from tripoint.assemble import Locator
from tripoint.model.place import Place


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_are_characters_and_a_byte_order_mark_is_none(mark: str) -> None:
    data = f"{mark}select 'ü', gone;\nselect 1;\r\n".encode()
    locator = Locator(lambda path: data)
    first, gone, second = data.index(b"select"), data.index(b"gone"), data.index(b"select 1")
    assert locator.locate(Place("a.sql", first, gone + 4)) == (1, 1, 1, 17, "select 'ü', gone")
    assert locator.locate(Place("a.sql", gone, gone + 4)) == (1, 13, 1, 17, "gone")
    assert locator.locate(Place("a.sql", second, len(data))) == (2, 1, 3, 1, "select 1;")
