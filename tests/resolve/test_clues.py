"""What the use of a column, generated types and commits say of a name that a table lacks, each on its own."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tripoint.bind.queries import bind_queries
from tripoint.model.catalog import Argument as Parameter
from tripoint.model.catalog import Catalog, Column, Function, Table
from tripoint.model.evidence import Database, Evidence
from tripoint.model.fault import Suggestion
from tripoint.model.generated import DeclaredTable, GeneratedTypes
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Argument, Embed, Field, Filter, Query, Select, Value, Written
from tripoint.resolve import resolve
from tripoint.resolve.hunks import Replacements, find_replacements
from tripoint.tree import Hunk

CODE = Place("app/page.ts", 0, 1)
ROUTES = ("depot", "distance", "toll", "ferry", "open")
TRIPS = Name("public", "trips")


def held(*tables: Table) -> Evidence:
    catalog = Catalog(tables={one.name: one for one in tables})
    return Evidence(Database("default", ".", "postgresql"), catalog, Catalog())


def trips(**types: str) -> Table:
    table = Table(TRIPS)
    table.columns = {name: Column(name, types.get(name, "text")) for name in ("id", *ROUTES, "created_at")}
    return table


def reading(*columns: str, table: str = "trips", path: str = "app/page.ts") -> Query:
    place = Place(path, 0, 1)
    return Query("table", table, place, place, "supabase-js", select=Select(tuple(Field(c, place) for c in columns)))


def meant(evidence: Evidence, subject: str, *queries: Query, hunks: Iterable[Hunk] = ()) -> tuple[Suggestion, ...]:
    evidence.queries = queries
    evidence.bindings = bind_queries(evidence)
    return resolve(evidence, lambda paths, *names: find_replacements(hunks, *names)).get(subject, ())


def test_an_unrelated_word_says_nothing_by_itself() -> None:
    assert meant(held(trips()), "public.trips.hub", reading("hub")) == ()


def test_the_only_column_that_nothing_asks_for() -> None:
    rest = [reading(name) for name in ROUTES if name != "depot"]
    assert meant(held(trips()), "public.trips.hub", reading("hub"), *rest) == ()  # it may be one that nobody needs
    evidence = held(trips(depot="boolean"))
    yes = Filter("hub", "eq", CODE, values=(Value("boolean", "true", CODE),))
    asking = Query("table", "trips", CODE, CODE, "supabase-js", filters=(yes,))
    (first,) = meant(evidence, "public.trips.hub", asking, *rest)
    assert first.target == "public.trips.depot"
    assert first.reasons[0] == "the code asks for nearly every other column by its name, not for it"
    assert first.confidence < 0.6


def test_a_slip_of_the_keyboard() -> None:
    (first,) = meant(held(trips()), "public.trips.dsitance", reading("dsitance"))
    assert first.target == "public.trips.distance"
    assert first.confidence >= 0.9
    table = meant(held(trips()), "public.tirps", reading("toll", table="tirps"))
    assert table[0].target == "public.trips"
    # One that is asked for beside it is another; but what is selected may well be what is ordered by.
    assert meant(held(trips()), "public.trips.dsitance", reading("dsitance", "distance")) == ()
    ordered = replace(reading("distance"), filters=(Filter("dsitance", "order", CODE),))
    (first,) = meant(held(trips()), "public.trips.dsitance", ordered)
    assert first.target == "public.trips.distance"


def test_a_relation_that_is_embedded_by_an_old_name() -> None:
    ports = Table(
        Name("public", "harbours"), columns={"id": Column("id", "uuid"), "berths": Column("berths", "integer")}
    )
    embed = Embed("harbour_list", CODE, Select((Field("berths", CODE),)))
    query = Query("table", "trips", CODE, CODE, "supabase-js", select=Select((), (embed,)))
    first, *_ = meant(held(trips(), ports), "public.harbour_list", query)
    assert (first.kind, first.target) == ("rename", "public.harbours")


def test_an_argument_that_is_written_otherwise() -> None:
    evidence = held(trips())
    name = Name("public", "plan")
    parameters = (Parameter("from_port", "text"), Parameter("max_stops", "integer"))
    evidence.defined.functions[name] = [Function(name, parameters, "integer")]
    given = (Argument("maxStops", CODE), Argument("from_port", CODE))
    call = Query("function", "plan", CODE, CODE, "supabase-js", "call", arguments=given)
    (first,) = meant(evidence, "public.plan.maxStops", call)
    assert first.target == "public.plan.max_stops"
    assert meant(evidence, "public.plan.from_port", call) == ()


def test_the_column_that_an_insert_must_not_leave_out() -> None:
    table = trips()
    table.columns["depot"] = Column("depot", "text", nullable=False)
    written = tuple(Written(name, CODE) for name in ("hub", "distance"))
    insert = Query("table", "trips", CODE, CODE, "supabase-js", operation="insert", written=written)
    (first,) = meant(held(table), "public.trips.hub", insert)
    assert first.target == "public.trips.depot"
    assert "must have a value" in first.reasons[0]
    partly = Query(
        "table", "trips", CODE, CODE, "supabase-js", operation="insert", written=written, written_complete=False
    )
    assert meant(held(table), "public.trips.hub", partly) == ()


def test_the_literals_that_it_is_compared_with() -> None:
    evidence = held(trips(open="boolean", opened="text"))
    yes = Value("boolean", "true", CODE)

    def asking(value: Value) -> Query:
        return Query(
            "table", "trips", CODE, CODE, "supabase-js", filters=(Filter("is_open", "eq", CODE, values=(value,)),)
        )

    fits = meant(evidence, "public.trips.is_open", asking(yes))[0]
    assert "it is boolean, as the values in the code" in fits.reasons
    differs = meant(evidence, "public.trips.is_open", asking(Value("array", None, CODE)))
    assert not differs or differs[0].confidence < fits.confidence


def test_what_generated_types_have_in_its_place() -> None:
    evidence = held(trips())
    columns = {name: (0, 1, False) for name in ("id", "hub", "created_at", *ROUTES) if name != "depot"}
    types = GeneratedTypes((DeclaredTable("public", "trips", 0, 1, False, columns),))
    evidence.generated = (("types.ts", types),)
    (first,) = meant(evidence, "public.trips.hub", reading("hub"))
    assert first.target == "public.trips.depot"
    assert first.reasons == ("the generated types have this name and not that one",)


def test_one_replacement_that_explains_several_names() -> None:
    tables = [trips()]
    for name in ("fares", "seats", "stops"):
        table = Table(Name("public", name))
        table.columns = {c: Column(c, "text") for c in ("id", "voyage_id", f"{name}_note", "created_at")}
        tables.append(table)
    asked = [reading("journey_id", table=name) for name in ("fares", "seats", "stops")]
    first = meant(held(*tables), "public.seats.journey_id", *asked)[0]
    assert first.target == "public.seats.voyage_id"
    assert "'journey' is 'voyage' in 3 names" in first.reasons
    alone = meant(held(*tables), "public.seats.journey_id", asked[1])
    assert not alone or alone[0].confidence < 0.5


def test_words_of_the_table_say_nothing_of_its_columns() -> None:
    table = Table(Name("public", "trip_data"))
    table.columns = {c: Column(c, "text") for c in ("id", "trip_id", "data_key", "value")}
    found = meant(held(table), "public.trip_data.trip_key", reading("trip_key", table="trip_data"))
    assert found[0].target == "public.trip_data.data_key" or found[0].confidence < 0.7


# --- commits


def change(removed: str, added: str, path: str = "app/page.ts", commit: str = "c" * 40) -> Hunk:
    return Hunk(commit, path, tuple(removed.encode().split(b"\n")), tuple(added.encode().split(b"\n")))


def parcels() -> Evidence:
    one, other = trips(), Table(Name("public", "rides"))
    other.columns = {c: Column(c, "text") for c in ("id", "horse")}
    return held(one, other)


def test_a_commit_that_replaced_a_table() -> None:
    hunk = change("  const a = db.from('voyages').select()", "  const a = db.from('trips').select()")
    (first, *_) = meant(parcels(), "public.voyages", reading("id", table="voyages"), hunks=[hunk])
    assert first.target == "public.trips"
    assert first.reasons == ("commit cccccccccc replaced 'voyages' by 'trips' in app/page.ts",)
    assert first.confidence > 0.6


def test_a_commit_that_replaced_a_column() -> None:
    hunks = [change("  .eq('hub', x)", "  .eq('depot', x)", commit=c * 40) for c in "abc"]
    (first,) = meant(parcels(), "public.trips.hub", reading("hub"), hunks=hunks)
    assert first.target == "public.trips.depot"
    elsewhere = [change("  .eq('hub', x)", "  .eq('depot', x)", "app/other.ts")]
    assert meant(parcels(), "public.trips.hub", reading("hub"), hunks=elsewhere) == ()


def test_a_commit_that_did_more_replaced_nothing() -> None:
    for hunk in (
        change("  db.from('voyages').select()", "  load(db, 'trips')"),
        change("  db.from('voyages')", "  db.from('trips')\n  db.from('voyages')"),
        change("a\nvoyages,\nb", "trips,\nrides,\nc,\nd,"),
        change("voyages", ""),
    ):
        (first, *_) = meant(parcels(), "public.voyages", reading("id", table="voyages"), hunks=[hunk])
        assert first.kind == "create"


def test_commits_that_disagree_decide_nothing() -> None:
    hunks = [change("  db.from('voyages')", f"  db.from('{new}')") for new in ("trips", "rides")]
    (first, *_) = meant(parcels(), "public.voyages", reading("id", table="voyages"), hunks=hunks)
    assert first.kind == "create"


def test_the_history_is_not_asked_without_need() -> None:
    asked: list[frozenset[str]] = []

    def replaced(paths: frozenset[str], unknown: frozenset[str], existing: frozenset[str]) -> Replacements:
        asked.append(paths)
        return Replacements()

    evidence = parcels()
    evidence.queries = (reading("id"),)
    evidence.bindings = bind_queries(evidence)
    resolve(evidence, replaced)
    assert not asked
    evidence.queries = (reading("id", table="voyages"),)
    evidence.bindings = bind_queries(evidence)
    evidence.renames = (("public.voyages", "public.trips", CODE),)
    resolve(evidence, replaced)
    assert not asked
    evidence.renames = ()
    resolve(evidence, replaced)
    assert asked == [{"app/page.ts"}]
