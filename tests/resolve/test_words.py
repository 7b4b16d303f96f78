"""Words of names: plurals of several languages, prefixes, and what stands for what."""

from __future__ import annotations

import pytest

from tripoint.resolve.words import Vocabulary, glued, likeness, same_words, slipped, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UserProfiles", "user_profile"),
        ("categories", "category"),
        ("kunden", "kunde"),
        ("auftrag", "auftraege"),
        ("auftrag", "aufträge"),
        ("buch", "buecher"),
        ("rechnung", "rechnungen"),
        ("autor", "autores"),
        ("luces", "luz"),
        ("año", "ano"),
        ("check_ins", "checkins"),
        ("autores_libros", "libro_autores"),
    ],
)
def test_same_words(one: str, other: str) -> None:
    assert same_words(tokens(one), tokens(other))
    assert same_words(tokens(other), tokens(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [("work", "worker"), ("play", "player"), ("task", "task_label"), ("car", "care"), ("", "a"), ("users", "uses")],
)
def test_other_words(one: str, other: str) -> None:
    assert not same_words(tokens(one), tokens(other))


def test_what_every_table_is_prefixed_with_says_nothing() -> None:
    words = Vocabulary(["crm_leads", "crm_deals", "crm_notes", "crm_calls"])
    assert words.words("crm_leads") == ("lead",)
    assert words.words("tbl_lead") == ("lead",)
    assert words.words("crm") == ("crm",)
    assert words.overlap(("lead",), ("lead",)) == 1.0
    assert words.overlap(("lead",), ("deal",)) == 0.0


def test_likeness_is_symmetric_and_a_share() -> None:
    pairs = [("customer", "client"), ("org", "organization"), ("kunde", "kunden"), ("desk", "dish"), ("a", "b")]
    for one, other in pairs:
        assert likeness(one, other) == likeness(other, one)
        assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness("desk", "dish") == 0.0
    assert likeness("customer", "client") > 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("invocies", "invoices"),
        ("is_cative", "is_active"),
        ("descripton", "description"),
        ("adddress", "address"),
        ("boddy", "body"),
    ],
)
def test_slips_of_the_keyboard(one: str, other: str) -> None:
    assert slipped(one, other)
    assert slipped(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("lines", "lines"), ("label", "labels"), ("user_id", "users_id"), ("line1", "line2"), ("step12", "step21")],
)
def test_no_slips(one: str, other: str) -> None:
    assert not slipped(one, other)


def test_a_short_name_says_too_little() -> None:
    assert not slipped("form", "from")
    assert not slipped("cart", "chart")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("linked", "in"), ("linkedin", "url"), ("linkedin",)),
        (("my", "file", "name", "old"), ("filename",), ("my", "filename", "old")),
        (("file", "size"), ("file", "filesize"), ("filesize",)),
        (("file", "name"), ("name",), ("file", "name")),
        (("file",), ("fi", "le"), ("file",)),
        ((), ("file",), ()),
    ],
)
def test_words_are_written_together_as_another_name_does(
    one: tuple[str, ...], other: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert glued(one, other) == expected
