"""The JSON contract: every output is valid, complete, in order, and the same for the same input."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest

from formats.audit_sample import DOCUMENT, FORM, MIGRATION, PAGE, sample_audit
from tripoint.formats import RenderOptions, format_named


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(format_named("json").render(sample_audit(), RenderOptions()))
    return parsed


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("tripoint").joinpath("schema/audit-1.json").read_text("utf-8"))
    return loaded


def test_output_is_valid(data: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(schema())
    jsonschema_rs.validator_for(schema()).validate(data)


@pytest.mark.parametrize("spoil", [("surprise", 1), ("findings", None), ("witnesses", [])])
def test_schema_is_strict(data: dict[str, Any], spoil: tuple[str, object]) -> None:
    assert not jsonschema_rs.validator_for(schema()).is_valid({**data, spoil[0]: spoil[1]})


def test_every_object_of_the_schema_is_closed() -> None:
    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert set(node["required"]) == set(node["properties"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema())


def test_same_input_gives_same_bytes() -> None:
    one, two = (format_named("json").render(sample_audit(), RenderOptions()) for _ in range(2))
    assert one == two


def table(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [t for t in data["tables"] if t["name"] == name]
    assert len(found) == 1
    return found[0]


def where(spots: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(spot["path"], spot["line"], spot["column"]) for spot in spots]


def test_tables_of_every_witness_are_listed(data: dict[str, Any]) -> None:
    assert [t["name"] for t in data["tables"]] == [
        "public.badges",
        "public.notes",
        "public.owners",
        "public.shelve",
        "public.shelves",
    ]


def test_missing_table_has_its_witnesses(data: dict[str, Any]) -> None:
    shelves = table(data, "public.shelves")
    assert where(shelves["documented"]) == [(DOCUMENT, 4, 4)]
    assert shelves["defined"] == []
    assert where(shelves["used"]) == [(FORM, 1, 17), (PAGE, 3, 16)]
    assert (shelves["row_security"], shelves["held"], shelves["keys"]) == (None, None, [])
    assert shelves["columns"] == [
        {"name": "title", "type": None, "nullable": None, "documented": None, "defined": False, "used": True}
    ]


def test_an_embedded_table_is_used(data: dict[str, Any]) -> None:
    spots = table(data, "public.owners")["used"]
    assert where(spots) == [(PAGE, 2, 52)]
    assert spots[0]["note"] == "embedded here"


def test_columns_say_who_knows_them(data: dict[str, Any]) -> None:
    owners = {c["name"]: (c["documented"], c["used"]) for c in table(data, "public.owners")["columns"]}
    assert owners == {"id": (False, False), "name": (True, True)}
    notes = {c["name"]: (c["documented"], c["used"]) for c in table(data, "public.notes")["columns"]}
    assert notes == {"id": (None, True), "owner_id": (None, True), "shelf_id": (None, False), "body": (None, True)}


def test_keys_indexes_and_policies(data: dict[str, Any]) -> None:
    assert table(data, "public.owners")["keys"] == [
        {"kind": "primary", "name": "owners_pkey", "columns": ["id"]},
        {"kind": "unique", "name": "owners_name_key", "columns": ["name"]},
    ]
    notes = table(data, "public.notes")
    assert notes["indexes"] == [{"name": "notes_owner", "columns": ["owner_id"], "unique": False}]
    assert (notes["row_security"], notes["policies"]) == (True, ["own"])


def test_relationships_have_a_status(data: dict[str, Any]) -> None:
    assert [(r["from"], r["to"], r["status"]) for r in data["relationships"]] == [
        ("public.notes.owner_id", "public.owners.id", "verified"),
        ("public.notes.shelf_id", "public.shelves.id", "dangling"),
        ("public.owners.shelf_id", "public.shelves.id", "documented-only"),
    ]


def test_functions_and_enums(data: dict[str, Any]) -> None:
    (tidy,) = data["functions"]
    assert tidy["arguments"] == [
        {"name": "days", "type": "integer", "default": False},
        {"name": "dry", "type": "boolean", "default": True},
    ]
    assert (tidy["returns"], where(tidy["defined"]), where(tidy["used"])) == (
        "void",
        [(MIGRATION, 12, 17)],
        [(FORM, 2, 15)],
    )
    assert [(e["name"], e["values"]) for e in data["enums"]] == [("public.mood", ["calm", "loud"])]


def test_summary_counts_the_findings(data: dict[str, Any]) -> None:
    severities = [finding["severity"] for finding in data["findings"]]
    assert sum(data["summary"].values()) == len(severities)
    assert all(data["summary"][severity] == severities.count(severity) for severity in set(severities))


def test_primary_spots_have_fingerprints(data: dict[str, Any]) -> None:
    primary = [spot for finding in data["findings"] for spot in finding["spots"] if spot["role"] == "primary"]
    assert all(spot["fingerprint"] for spot in primary)
    assert len({spot["fingerprint"] for spot in primary}) == len(primary)
