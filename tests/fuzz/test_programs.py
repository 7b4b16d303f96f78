"""Valid programs are read to the end: whatever is called with whatever, a query that stands behind it is found."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fuzz.programs import LANGUAGES, Language, program
from fuzz.readers import reader_named
from tripoint.reading import read_one
from tripoint.sources.code.grammar import load_grammar, parse

PROGRAMS = 40
GRAMMARS: Mapping[str, tuple[str, str]] = {
    ".js": ("javascript", ""),
    ".ts": ("typescript", "typescript"),
    ".tsx": ("typescript", "tsx"),
    **{f".{suffix}": (name, "") for suffix, name in (("py", "python"), ("kt", "kotlin"))},
    **{f".{name}": (name, "") for name in ("dart", "swift", "go")},
}
"""Who else says that a program is valid; of Rust there is no grammar."""


@pytest.mark.parametrize("language", LANGUAGES, ids=str)
def test_a_query_behind_any_calls_is_found(language: Language) -> None:
    reader = reader_named(language.suffix[1:])
    for seed in range(PROGRAMS):
        text = program(language, seed)
        data = text.encode()
        if language.suffix in GRAMMARS:
            assert not parse(load_grammar(*GRAMMARS[language.suffix]), data).has_error, text
        reader.read(data)
        facts = read_one("code-full", language.suffix, data)
        assert any("orders" in repr(found) for found in (*facts.chains, *facts.strings)), text


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one.suffix not in (".js", ".tsx")], ids=str)
def test_names_in_valid_programs_are_followed(language: Language) -> None:
    reader = reader_named(f"queries{language.suffix.replace('.', '-')}")
    for seed in range(PROGRAMS // 4):
        reader.read("\f".join(program(language, 1000 + 3 * seed + part) for part in range(3)).encode())
