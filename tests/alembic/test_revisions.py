"""What a revision does, read from its text: where each part stands, what depends on the database, what stays open."""

from __future__ import annotations

import pytest

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sources.alembic.read import read_revision
from tripoint.sources.migrations.fold import Folded, fold

HEAD = """import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from shop.types import Money
from shop import helpers

revision = "1"
down_revision = None

"""


def folded(*bodies: str, head: str = HEAD) -> Folded:
    """Fold revisions, each given as the body of its `upgrade()`."""
    files = []
    for number, body in enumerate(bodies):
        lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
        files.append((f"{number}.py", read_revision(f"{head}def upgrade():\n{lines}\n".encode())))
    return fold(files)


def columns(catalog: Catalog, table: str) -> dict[str, str]:
    return {column.name: column.type for column in catalog.tables[Name("public", table)].columns.values()}


ORDERS = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'


@pytest.mark.parametrize(
    ("sql", "lacks"),
    [
        ("INSERT INTO orders (id) VALUES ({key})", None),
        ("INSERT INTO orders (id) VALUES ('{key}')", None),
        ("INSERT INTO orders (id, total) VALUES ({key}, 1)", "total"),
        ("UPDATE orders SET total = '{key}' WHERE id = {key}", "total"),
        ("UPDATE sales SET total = '{key}'", "sales"),
        ("DELETE FROM sales WHERE id IN ({key})", "sales"),
        ("UPDATE {key} SET total = 1", None),
        ("UPDATE {key}_old SET total = 1", None),
        ("UPDATE old.{key} SET total = 1", None),
        ("UPDATE orders SET {key} = 1", None),
        ("INSERT INTO orders ({key}) VALUES (1)", None),
        ("SELECT {key}(1)", None),
    ],
)
def test_rows_whose_values_only_a_run_tells_are_held_against_their_table(sql: str, lacks: str | None) -> None:
    made = folded(f'{ORDERS}\nkey = helpers.key()\nop.execute(f"{sql}")')
    assert [reference.table.rpartition(".")[2] for reference, _ in made.refused_rows] == [lacks] * (lacks is not None)
    assert made.problems == {}


# ---- places


def test_evidence_points_at_the_python_file() -> None:
    text = HEAD + (
        "# Bestellungen für alle\n"
        'def upgrade():\n    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True),\n'
        '        sa.Column("total", sa.Numeric(10, 2), index=True))\n'
        '    op.execute("""\n        CREATE TABLE notes (\n            body text\n        );\n'
        '        CREATE VIEW bodies AS SELECT body FROM notes""")\n'
    )
    data = text.encode()
    catalog = fold([("a.py", read_revision(data))]).catalog

    def shown(place: Place | None) -> str:
        assert place is not None
        return data[place.start : place.end].decode()

    orders, notes = catalog.tables[Name("public", "orders")], catalog.tables[Name("public", "notes")]
    assert shown(orders.place) == 'op.create_table("orders"'
    assert shown(orders.columns["total"].place) == 'sa.Column("total", sa.Numeric(10, 2), index=True)'
    assert shown(orders.indexes["ix_orders_total"].place).startswith('sa.Column("total"')
    assert shown(notes.place) == "CREATE TABLE notes"
    assert shown(notes.columns["body"].place) == "body text"
    assert shown(catalog.tables[Name("public", "bodies")].place) == "CREATE VIEW bodies"


def test_places_hold_within_a_condition() -> None:
    body = (
        f"if not sa.inspect(op.get_bind()).has_table('orders'):\n    {ORDERS}\n    op.execute('create table b (c int)')"
    )
    data = f"{HEAD}def upgrade():\n".encode() + "\n".join(f"    {line}" for line in body.splitlines()).encode()
    catalog = fold([("a.py", read_revision(data))]).catalog
    orders, other = catalog.tables[Name("public", "orders")].place, catalog.tables[Name("public", "b")].place
    assert orders is not None
    assert other is not None
    assert data[orders.start : orders.end] == b'op.create_table("orders"'
    assert data[other.start : other.end] == b"create table b"


def test_a_function_in_sql_knows_its_body() -> None:
    sql = "create function one() returns int language sql as $$ select 1 $$"
    data = f"{HEAD}def upgrade():\n    op.execute('{sql}')\n".encode()
    (function,) = fold([("a.py", read_revision(data))]).catalog.functions[Name("public", "one")]
    assert function.body_place is not None
    assert data[function.body_place.start : function.body_place.end] == b" select 1 "


# ---- what the database decides

ASKED = [
    'if not sa.inspect(op.get_bind()).has_table("orders"):\n    {}',
    'if "orders" not in sa.inspect(op.get_bind()).get_table_names():\n    {}',
    'if "orders" in sa.inspect(op.get_bind()).get_table_names():\n    return\n{}',
    'names = set(sa.inspect(op.get_bind()).get_table_names())\nif not ("orders" in names):\n    {}',
    (
        'there = "select 1 from information_schema.tables where table_name = :name"\n'
        'found = op.get_bind().execute(sa.text(there), dict(name="orders"))\nif found.scalar() is None:\n    {}'
    ),
    "try:\n    {}\nexcept Exception:\n    pass",
]


@pytest.mark.parametrize("asked", ASKED)
def test_a_table_is_made_where_it_is_not_there(asked: str) -> None:
    body = asked.format(ORDERS)
    once, twice = folded(body), folded(body, body)
    for found in (once, twice):
        assert columns(found.catalog, "orders") == {"id": "integer"}
        assert found.problems == {}
        assert found.opaque == ()


def test_a_column_is_added_where_it_is_not_there() -> None:
    head = HEAD + (
        "def has(table, name):\n    found = [c['name'] for c in sa.inspect(op.get_bind()).get_columns(table)]\n"
        "    return name in found\n\n"
    )
    body = "if not has('orders', '{0}'):\n    op.add_column('orders', sa.Column('{0}', sa.Text()))"
    found = folded(ORDERS, body.format("id"), body.format("note"), body.format("note"), head=head)
    assert columns(found.catalog, "orders") == {"id": "integer", "note": "text"}
    assert found.problems == {}


def test_a_column_that_a_helper_is_given_has_its_name() -> None:
    head = HEAD + (
        "def add(table, column):\n    found = {c['name'] for c in sa.inspect(op.get_bind()).get_columns(table)}\n"
        "    if column.name not in found:\n        op.add_column(table, column)\n\n"
    )
    body = "add('orders', sa.Column('{0}', sa.Text()))"
    found = folded(ORDERS, body.format("id"), body.format("note"), head=head)
    assert columns(found.catalog, "orders") == {"id": "integer", "note": "text"}
    assert (found.problems, found.opaque) == ({}, ())


def test_names_are_asked_for_where_there_are_any() -> None:
    keys = "{k['name'] for k in sa.inspect(op.get_bind()).get_unique_constraints('orders') if k.get('name')}"
    body = f"if 'orders_one' not in {keys}:\n    op.create_unique_constraint('orders_one', 'orders', ['id'])"
    found = folded(ORDERS, body, body)
    assert "orders_one" in found.catalog.tables[Name("public", "orders")].constraints
    assert (found.problems, found.opaque) == ({}, ())


def test_what_only_the_run_tells_leaves_its_tables_open() -> None:
    body = f"if op.get_context().config.flag:\n    {ORDERS}\n    op.add_column('items', sa.Column('a', sa.Text()))"
    found = folded(body)
    assert not found.catalog.tables
    assert [sorted(opaque.may_touch or ()) for opaque in found.opaque] == [["orders"], ["items"]]
    assert all("flag" in opaque.reason for opaque in found.opaque)


def test_another_dialects_branch_is_not_taken() -> None:
    body = (
        "if op.get_bind().dialect.name == 'sqlite':\n    op.create_table('a', sa.Column('id', sa.Integer()))\n"
        "elif op.get_context().dialect.name in ('postgresql', 'mysql'):\n"
        "    op.create_table('b', sa.Column('id', sa.Integer()))\nelse:\n    op.drop_table('b')"
    )
    found = folded(body)
    assert [str(name) for name in found.catalog.tables] == ["public.b"]
    assert found.opaque == ()


def test_a_helper_that_asks_gives_what_it_gives() -> None:
    head = HEAD + (
        "def columns_of(table):\n    inspector = sa.inspect(op.get_bind())\n"
        "    if table not in set(inspector.get_table_names()):\n        return set()\n"
        "    return {str(column['name']) for column in inspector.get_columns(table)}\n\n"
        "def lacks(table, name):\n    if not sa.inspect(op.get_bind()).has_table(table):\n        return False\n"
        "    return name not in columns_of(table)\n\n"
    )
    body = "if lacks('{0}', 'note'):\n    op.add_column('{0}', sa.Column('note', sa.Text()))"
    found = folded(ORDERS, body.format("orders"), body.format("orders"), body.format("other"), head=head)
    assert columns(found.catalog, "orders") == {"id": "integer", "note": "text"}
    assert (found.problems, found.opaque, found.references) == ({}, (), ())


def test_what_is_tried_again_until_it_holds_is_done() -> None:
    head = HEAD + (
        "def retried(statement):\n    while True:\n        try:\n"
        "            op.execute(statement)\n            return\n"
        "        except Exception as error:\n            if helpers.is_final(error):\n                raise\n\n"
    )
    found = folded(ORDERS, "retried('ALTER TABLE orders ADD COLUMN note text')", head=head)
    assert columns(found.catalog, "orders") == {"id": "integer", "note": "text"}


def test_a_primary_key_goes_whatever_it_is_called() -> None:
    body = (
        "name = op.get_bind().dialect.get_pk_constraint(op.get_bind(), 'orders')['name']\n"
        "op.drop_constraint(name, 'orders', type_='primary')\n"
        "if helpers.is_postgresql(op.get_bind()):\n"
        "    op.execute('ALTER TABLE orders ADD COLUMN key bigserial PRIMARY KEY')\n"
        "else:\n    op.execute('ALTER TABLE orders ADD COLUMN key INTEGER AUTO_INCREMENT PRIMARY KEY')"
    )
    found = folded(ORDERS, body)
    key = found.catalog.tables[Name("public", "orders")].primary_key
    assert key is not None
    assert key.columns == ("key",)
    assert (found.problems, found.opaque) == ({}, ())


# ---- operations of other libraries

ENTITY = """
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_trigger import PGTrigger
grown = PGFunction(
    schema="public", signature="grown(step integer DEFAULT 1)",
    definition="returns integer language sql as $$ select step + 1 $$",
)
view = helpers.PGView(schema="public", signature="steps", definition="select grown() as step")
op.{}(grown)
op.{}(view)
"""


def test_entities_are_made_and_dropped() -> None:
    head = HEAD.replace("from shop import helpers", "import alembic_utils as helpers")
    made = folded(ENTITY.format("create_entity", "create_entity"), head=head).catalog
    (function,) = made.functions[Name("public", "grown")]
    assert function.identity == ("integer",)
    assert [(str(table.name), table.kind) for table in made.tables.values()] == [("public.steps", "view")]
    create = ENTITY.format("create_entity", "create_entity")
    drop = ENTITY.format("replace_entity", "replace_entity") + "op.drop_entity(view)\nop.drop_entity(grown)"
    gone = folded(create, drop, head=head)
    assert (gone.catalog.tables, gone.catalog.functions, gone.problems) == ({}, {}, {})


def test_the_values_of_a_type_are_brought_up_to_date() -> None:
    table = "op.create_table('t', sa.Column('s', sa.Enum('a', 'b', name='state'), server_default='a'))"
    body = "op.sync_enum_values('public', 'state', ['a', 'c'], [('t', 's')])"
    found = folded(table, body)
    assert found.catalog.enums[Name("public", "state")].values == ["a", "c"]
    assert columns(found.catalog, "t") == {"s": "public.state"}
    assert found.opaque == ()


# ---- what stays open


def test_an_unknown_type_is_unknown_and_nothing_else_is_lost() -> None:
    found = folded("op.create_table('a', sa.Column('id', sa.Integer()), sa.Column('price', Money(), nullable=False))")
    assert columns(found.catalog, "a") == {"id": "integer", "price": "unknown"}
    assert [(opaque.may_touch, "a.price" in opaque.reason) for opaque in found.opaque] == [(frozenset(), True)]
    body = "for name in ('a', 'b', 'c', 'd', 'e'):\n    op.add_column('t', sa.Column(name, Money()))"
    (opaque,) = folded("op.create_table('t', sa.Column('id', sa.Integer()))", body).opaque
    assert "the type of the 5 columns t.a, t.b, t.c and 2 more can't be told" in opaque.reason


@pytest.mark.parametrize(
    ("body", "touched", "anything"),
    [
        ("op.create_table('a', *helpers.columns())", {"a"}, False),
        ("helpers.add_columns('a', sa.Column('b', sa.Text()))", {"a", "b"}, False),
        ("helpers.create_tables()", None, True),
        ("helpers.Base.metadata.create_all(bind=op.get_bind())", None, True),
        ("op.execute(open('a.sql').read())", None, True),
        ("op.execute(f'ALTER TABLE a ADD COLUMN {helpers.NAME} text')", {"a"}, False),
        ("op.create_foreign_key(None, 'a', 'b', helpers.COLUMNS, ['id'])", {"a"}, False),
        ("for name in helpers.names():\n    op.drop_column('a', name)", {"a"}, False),
    ],
)
def test_what_can_not_be_told_is_said_with_what_it_may_touch(
    body: str, touched: set[str] | None, anything: bool
) -> None:
    (opaque,) = folded(body).opaque
    assert opaque.may_touch == (None if touched is None else frozenset(touched))
    assert opaque.anything is anything
    assert opaque.place.end > opaque.place.start


@pytest.mark.parametrize(
    "body",
    [
        "op.bulk_insert(helpers.table, [])",
        "print('done')",
        "op.execute(sa.table('a', sa.column('b')).update().values(b=1))",
        "for row in op.get_bind().execute(sa.text('select 1')):\n    op.execute(sa.text('update a set b = :b'))",
        "op.execute(f'DELETE FROM a WHERE b = {helpers.VALUE}')",
        "session = helpers.Session(bind=op.get_bind())\nsession.commit()",
    ],
)
def test_what_changes_rows_alone_needs_no_word(body: str) -> None:
    found = folded(body)
    assert found.opaque == ()
    assert found.problems == {}


def test_loops_and_functions_of_the_file_are_followed() -> None:
    head = HEAD + (
        "TABLES = {'a': sa.Text(), 'b': sa.BigInteger()}\n\n"
        "def make(name, kind, *, prefix='t'):\n"
        "    op.create_table(f'{prefix}_{name}', sa.Column('id', sa.Integer()), sa.Column('x', kind))\n\n"
    )
    found = folded("for name, kind in TABLES.items():\n    make(name, kind, prefix='of')", head=head)
    assert columns(found.catalog, "of_a") == {"id": "integer", "x": "text"}
    assert columns(found.catalog, "of_b") == {"id": "integer", "x": "bigint"}


BY_NAME = "name in [c['name'] for c in inspector.get_columns(table)]"
OF_A = "{c['name']: c for c in inspector.get_columns('a')}"
BY_COLUMN = "def has(table, name):\n    return "
IN_FOUND = "def has(table, name):\n    return name in found"


@pytest.mark.parametrize(
    "known",
    [
        f"{BY_COLUMN}any(c['name'] == name for c in inspector.get_columns(table))",
        f"{BY_COLUMN}{BY_NAME}",
        f"def there(name):\n    return name in inspector.get_table_names()\n{BY_COLUMN}there(table) and {BY_NAME}",
        f"found = {{c['name'] for c in inspector.get_columns('a')}} if inspector.has_table('a') else set()\n{IN_FOUND}",
        f"found = {{}}\nif inspector.has_table('a'):\n    found = {OF_A}\n{IN_FOUND}",
    ],
)
def test_what_a_function_within_upgrade_asks_of_the_database_is_decided(known: str) -> None:
    body = "op.create_table('a', sa.Column('x', sa.Integer()))\ninspector = sa.inspect(op.get_bind())\n" + known
    for name, kind in (("x", "Text"), ("y", "BigInteger")):
        body += f"\nif not has('a', '{name}'):\n    op.add_column('a', sa.Column('{name}', sa.{kind}()))"
    found = folded(body)
    assert columns(found.catalog, "a") == {"x": "integer", "y": "bigint"}
    assert found.problems == {}


def test_whether_a_column_may_be_null_is_decided() -> None:
    body = "op.create_table('a', sa.Column('x', sa.Integer(), nullable=False), sa.Column('y', sa.Integer()))\n"
    body += f"inspector = sa.inspect(op.get_bind())\nfound = {OF_A}\n"
    for name in "xy":
        body += f"if not found['{name}']['nullable']:\n    op.alter_column('a', '{name}', type_=sa.Text())\n"
    body += "if {'x', 'y'}.issubset(found):\n    op.create_index('a_xy', 'a', ['x', 'y'])\n"
    body += "if {'x', 'z'}.issubset(found):\n    op.create_index('a_xz', 'a', ['x', 'z'])\n"
    found = folded(body)
    assert columns(found.catalog, "a") == {"x": "text", "y": "integer"}
    assert list(found.catalog.tables[Name("public", "a")].indexes) == ["a_xy"]
    assert found.problems == {}


# ---- what is no revision

BROKEN = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"def upgrade(:",
    b"upgrade = 1",
    b"def upgrade():\n    upgrade()\n",
    b"def upgrade():\n    while True:\n        pass\n",
    b"def upgrade():\n    x = 'a'\n    for i in range(1999):\n        x = x + x\n    op.execute(x)\n",
    b"def upgrade():\n    x = [1]\n    for i in range(1999):\n        x = x + x\n",
    b"def upgrade():\n    return '{:>9999999999}'.format('a') + '%9999999999s' % 'a' + 'a'.ljust(10**10)\n",
    b"x = " + b"(" * 5000,
    b"x = " + b"-" * 50_000 + b"1",
    b"def upgrade():\n    x = 1" + b" + 1" * 20_000,
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_no_file_is_too_strange(data: bytes) -> None:
    facts = read_revision(data)
    assert facts.statements == () or facts.statements[0].kind == "Unclear"
