"""Each kind of evidence on its own: the histories, the words of a description, and what is asked for beside a name."""

from __future__ import annotations

from tripoint.bind.queries import bind_queries
from tripoint.model.catalog import Catalog, Column, Table
from tripoint.model.evidence import Database, Evidence
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Field, Query, Select
from tripoint.resolve import resolve

MIGRATION = Place("migrations/2.sql", 0, 1)
CODE = Place("app/page.ts", 0, 1)


def table(name: str, *columns: str, place: Place | None = None, comment: str | None = None) -> Table:
    found = Table(Name("public", name), place=place or Place("migrations/1.sql", 0, 1), comment=comment)
    found.columns = {column: Column(column, "text") for column in ("id", *columns)}
    return found


def evidence(*tables: Table) -> Evidence:
    catalog = Catalog(tables={one.name: one for one in tables})
    return Evidence(Database("default", ".", "postgresql"), catalog, Catalog())


def asked(held: Evidence, name: str, *columns: str) -> dict[str, tuple[Suggestion, ...]]:
    select = Select(tuple(Field(column, CODE) for column in columns))
    held.queries = (Query("table", name, CODE, CODE, "supabase-js", select=select),)
    held.bindings = bind_queries(held)
    return resolve(held)


PARCELS = ("weight", "receiver")


def test_nothing_speaks_for_either() -> None:
    found = asked(evidence(table("consignments", *PARCELS), table("drivers", "shift")), "boxes", "*")
    assert found["public.boxes"][0].kind == "create"


def test_a_rename_of_the_history() -> None:
    held = evidence(table("consignments", *PARCELS), table("drivers", "shift"))
    held.renames = (("public.boxes", "public.crates", MIGRATION), ("public.crates", "public.consignments", MIGRATION))
    first = asked(held, "boxes", "*")["public.boxes"][0]
    assert first.target == "public.consignments"
    assert first.confidence > 0.9
    assert first.reasons[0] == "a migration renamed public.boxes to public.consignments"


def test_dropped_where_another_was_created() -> None:
    held = evidence(table("consignments", *PARCELS, place=MIGRATION), table("drivers", "shift"))
    held.drops = (("public.boxes", MIGRATION),)
    first = asked(held, "boxes", "weight")["public.boxes"][0]
    assert first.target == "public.consignments"
    assert "the migration that dropped public.boxes created it" in first.reasons


def test_a_description_that_says_so() -> None:
    held = evidence(table("consignments", *PARCELS, comment="Formerly boxes."), table("drivers", "shift"))
    first = asked(held, "boxes", "*")["public.boxes"][0]
    assert first.target == "public.consignments"
    assert first.reasons == ("its description says that it was boxes",)


def test_a_column_asked_for_beside_another_is_another() -> None:
    held = evidence(table("drivers", "phone", "shift"))
    alone = asked(held, "drivers", "phone_number")["public.drivers.phone_number"][0]
    assert alone.target == "public.drivers.phone"
    assert "public.drivers.phone_number" not in asked(held, "drivers", "phone", "phone_number")


def test_a_renamed_column() -> None:
    held = evidence(table("drivers", "phone", "shift"))
    held.renames = (("public.drivers.rota", "public.drivers.shift", MIGRATION),)
    first = asked(held, "drivers", "rota")["public.drivers.rota"][0]
    assert first.target == "public.drivers.shift"
    assert first.reasons == ("a migration renamed it to shift",)


def test_what_was_put_away_did_not_take_its_place() -> None:
    held = evidence(table("drivers", "photo_old", "shift"), table("crates_legacy", *PARCELS))
    held.renames = (
        ("public.drivers.photo", "public.drivers.photo_old", MIGRATION),
        ("public.crates", "public.crates_legacy", MIGRATION),
    )
    column = asked(held, "drivers", "photo")["public.drivers.photo"][0]
    whole = asked(held, "crates", "weight")["public.crates"][0]
    assert (column.target, column.decisive) == ("public.drivers.photo_old", False)
    assert (whole.target, whole.decisive) == ("public.crates_legacy", False)


def test_columns_of_another_thing_are_not_the_rows_own() -> None:
    contact = ("keeper_phone", "keeper_email", "keeper_street", "keeper_city")
    grouped = asked(evidence(table("drivers", "shift", *contact)), "drivers", "email")
    assert "public.drivers.email" not in grouped
    alone = asked(evidence(table("drivers", "shift", "keeper_email")), "drivers", "email")
    assert alone["public.drivers.email"][0].target == "public.drivers.keeper_email"


def test_what_stood_beside_a_dropped_column_from_the_first_is_not_what_came_in_its_place() -> None:
    parcels = table("parcels", "agent_task_id")
    for column in parcels.columns.values():
        column.place = Place("migrations/1.sql", 0, 1)
    held = evidence(parcels)
    query = Query("table", "parcels", CODE, CODE, "supabase-js", select=Select((Field("task_id", CODE),)))
    held.queries = (query,)
    held.bindings = bind_queries(held)
    subject = "public.parcels.task_id"
    before = [s.target for s in resolve(held).get(subject, ()) if s.kind == "rename" and s.confidence > 0.5]
    assert before == ["public.parcels.agent_task_id"]
    held.drops = ((subject, MIGRATION),)
    assert [s for s in resolve(held).get(subject, ()) if s.kind == "rename" and s.confidence > 0.5] == []
