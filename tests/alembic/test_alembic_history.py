"""Alembic's histories: which files they are, in which order, and what the audit makes of them beside the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.config import Config
from tripoint.model.audit import Audit
from tripoint.sources.discover import Layout, discover
from tripoint.tree import OverlayTree, WorkTree

POSTGRES = {"requirements.txt": "alembic\npsycopg[binary]\n"}
ENV = "from alembic import context\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def revision(name: str, before: str = "None", body: str = "", more: str = "") -> str:
    body = body or f'op.create_table("t_{name}", sa.Column("id", sa.Integer(), primary_key=True))'
    return (
        f'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "{name}"\ndown_revision = {before}\n{more}\n\n'
        f"def upgrade():\n    {body}\n"
    )


def layout_of(files: dict[str, str], config: Config | None = None) -> Layout:
    buffers = {path: text.encode() for path, text in {**POSTGRES, **files}.items()}
    return discover(OverlayTree(WorkTree("."), buffers), config or Config())


def order(layout: Layout) -> list[str | None]:
    (files,) = layout.databases
    return [file.version for file in files.database.migrations]


def reasons(layout: Layout) -> str:
    return "\n".join(f"{path}: {problem.reason}" for path, problem in layout.problems)


def audit_of(folder: Path, files: dict[str, str]) -> Audit:
    for path, text in {**POSTGRES, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return audit_folder(folder)


# ---- the graph


def test_each_revision_comes_after_those_that_it_names() -> None:
    layout = layout_of(
        {
            "migrations/env.py": ENV,
            "migrations/versions/1.py": revision("e", '("c", "d")'),
            "migrations/versions/2.py": revision("c", "'b'"),
            "migrations/versions/3.py": revision("d", "'b'", more="depends_on = 'c'"),
            "migrations/versions/4.py": revision("b", "(\n    'a',\n)").replace("revision =", "revision: str =", 1),
            "migrations/versions/5.py": revision("a"),
            "migrations/versions/helper.py": "from alembic import op\n",
        }
    )
    assert order(layout) == ["a", "b", "c", "d", "e"]
    assert layout.problems == ()
    (files,) = layout.databases
    assert [file.path for file in files.code] == ["migrations/env.py", "migrations/versions/helper.py"]


@pytest.mark.parametrize(
    ("joins", "applied"), [('("b", "d")', ["a", "c", "d", "b", "m"]), ('("d", "b")', ["a", "b", "c", "d", "m"])]
)
def test_branches_that_meet_again_are_applied_as_alembic_does(joins: str, applied: list[str]) -> None:
    named = {"a": "None", "b": '"a"', "c": '"a"', "d": '"c"', "m": joins}
    layout = layout_of({f"alembic/versions/{name}.py": revision(name, before) for name, before in named.items()})
    assert order(layout) == applied


@pytest.mark.parametrize(
    ("files", "expected", "said"),
    [
        (
            {"1.py": revision("a"), "2.py": revision("b", "'a'"), "3.py": revision("c", "'a'")},
            ["a", "b", "c"],
            "2 heads",
        ),
        ({"1.py": revision("a"), "2.py": revision("b", "'gone'")}, ["a", "b"], "the revision gone, which no file is"),
        ({"1.py": revision("a", "'b'"), "2.py": revision("b", "'a'")}, ["a", "b"], "in a circle"),
        ({"1.py": revision("a"), "2.py": revision("a")}, ["a"], "has the revision a of"),
        ({"1.py": revision("a"), "2.py": revision("b", "before()")}, ["a"], "its down_revision as a literal"),
    ],
)
def test_what_is_wrong_with_the_graph_is_said(files: dict[str, str], expected: list[str], said: str) -> None:
    layout = layout_of({f"alembic/versions/{name}": text for name, text in files.items()})
    assert order(layout) == expected
    assert said in reasons(layout)


# ---- where they are


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/db\nversion_locations = %(here)s/db/versions %(here)s/more\n",
        ),
        ("pyproject.toml", '[tool.alembic]\nscript_location = "db"\nversion_locations = ["db/versions", "more"]\n'),
    ],
)
def test_several_folders_of_one_environment_are_one_history(settings: str, text: str) -> None:
    files = {
        settings: text,
        "db/env.py": ENV,
        "db/versions/1.py": revision("b", "'a'"),
        "more/2.py": revision("a"),
    }
    assert order(layout_of(files)) == ["a", "b"]


def test_what_an_environment_does_not_read_is_not_read() -> None:
    files = {
        "db/env.py": ENV,
        "db/versions/1.py": revision("a"),
        "db/versions_backup/1.py": revision("old"),
        "other/env.py": ENV,
        "other/versions/postgresql/1.py": revision("b"),
        "other/versions/sqlite/1.py": revision("c"),
        "other/pyproject.toml": "",
        "pyproject.toml": "",
    }
    layout = layout_of(files)
    assert [[file.version for file in found.database.migrations] for found in layout.databases] == [["a"], ["b"]]
    said = [
        path
        for path, problem in layout.problems
        if "outside of the folders that its environment reads" in problem.reason
    ]
    assert said == ["db/versions_backup/1.py", "other/versions/sqlite/1.py"]


def test_two_environments_are_two_histories() -> None:
    files = {
        f"{name}/{path}": text
        for name in ("one", "two")
        for path, text in {
            "pyproject.toml": "",
            "migrations/env.py": ENV,
            "migrations/versions/1.py": revision(name),
        }.items()
    }
    layout = layout_of(files)
    assert [[file.version for file in found.database.migrations] for found in layout.databases] == [["one"], ["two"]]


def test_a_history_of_another_database_is_not_read() -> None:
    layout = layout_of({"requirements.txt": "alembic\n", "alembic/versions/1.py": revision("a")})
    assert layout.databases == ()
    assert "nothing in the project says that its database is PostgreSQL" in reasons(layout)


# ---- beside the models

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    {more}
"""
ORDERS = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("total", sa.Integer()))'


def missing(audit: Audit) -> list[tuple[str, str]]:
    return [(f.rule, f.subject) for f in audit.findings if f.rule.startswith("missing")]


FLASK = """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()

class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)
    total = db.Column(db.Integer)
"""


@pytest.mark.parametrize("models", [MODELS.format(more=""), FLASK])
def test_models_that_the_migrations_make_are_no_finding(tmp_path: Path, models: str) -> None:
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=ORDERS)})
    assert missing(audit) == []
    assert [t.heard for t in audit.testimonies if t.name in ("migrations", "code")] == [True, True]
    told = "uses SQLAlchemy: its models and SQL are read, the queries that are built with it are not"
    assert [notice.reason for notice in audit.notices] == [told]


def test_a_column_of_a_model_that_no_migration_adds_is_missing(tmp_path: Path) -> None:
    models = MODELS.format(
        more="note: Mapped[str]\n\nclass Item(Base):\n    __tablename__ = 'items'\n    id: Mapped[int]"
    )
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=ORDERS)})
    assert missing(audit) == [("missing-column", "public.orders.note"), ("missing-table", "public.items")]
    (finding,) = [f for f in audit.findings if f.rule == "missing-column"]
    assert [(spot.path, spot.excerpt) for spot in finding.spots if spot.role == "related"] == [
        ("alembic/versions/1.py", 'op.create_table("orders"')
    ]


def test_a_table_that_is_made_elsewhere_is_not_called_missing(tmp_path: Path) -> None:
    body = ORDERS + "\n    from shop.sql import create_items\n    create_items()"
    models = MODELS.format(more="\n\nclass Item(Base):\n    __tablename__ = 'items'\n    id: Mapped[int]")
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=body)})
    assert missing(audit) == []
    assert [(n.spot.path, n.spot.line) for n in audit.notices if n.spot and "create_items" in n.reason] == [
        ("alembic/versions/1.py", 11)
    ]


def test_a_name_in_a_file_with_an_open_statement_is_not_called_missing(tmp_path: Path) -> None:
    body = ORDERS + "\n    from shop import names\n    note = 'note'\n"
    body += "    op.execute(f'ALTER TABLE {names.TABLE} ADD {note} text')"
    models = MODELS.format(more="note: Mapped[str]\n    other: Mapped[str]")
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=body)})
    assert missing(audit) == [("missing-column", "public.orders.other")]


@pytest.mark.parametrize(
    ("models", "made"),
    [
        (MODELS.format(more=""), ORDERS.removesuffix(")") + ', schema="shop")'),
        (MODELS.format(more='__table_args__ = {"schema": "tenant"}'), ORDERS),
    ],
)
def test_a_schema_may_be_said_elsewhere(tmp_path: Path, models: str, made: str) -> None:
    body = f"op.execute('CREATE SCHEMA shop')\n    {made}"
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=body)})
    assert missing(audit) == []


def test_a_model_whose_name_a_method_makes_is_not_guessed(tmp_path: Path) -> None:
    models = (
        "from sqlmodel import SQLModel, Field\nfrom sqlalchemy.orm import declared_attr\n\nclass Base(SQLModel):\n"
        "    @declared_attr\n    def __tablename__(cls):\n        return plural(cls.__name__)\n\n"
        "class Item(Base, table=True):\n    id: int = Field(primary_key=True)\n"
    )
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=ORDERS)})
    assert missing(audit) == []


def test_columns_of_a_base_with_a_table_are_in_that_table(tmp_path: Path) -> None:
    models = (
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, column_property\n\n"
        "class Base(DeclarativeBase):\n    pass\n\nclass Kind:\n    kind: Mapped[str]\n\n"
        "class Order(Kind, Base):\n    __tablename__ = 'orders'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    twice: Mapped[int] = column_property(id * 2)\n\n"
        "    @property\n    def total(self) -> int:\n        return 1\n\n"
        "class Sale(Order):\n    __tablename__ = 'sales'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    body = (
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("kind", sa.Text()))\n'
        '    op.create_table("sales", sa.Column("id", sa.Integer(), primary_key=True))'
    )
    audit = audit_of(tmp_path, {"shop/models.py": models, "alembic/versions/1.py": revision("a", body=body)})
    assert missing(audit) == []


def test_where_the_code_makes_its_tables_the_models_define(tmp_path: Path) -> None:
    files = {
        "shop/models.py": MODELS.format(more="note: Mapped[str]"),
        "shop/main.py": "from shop.models import Base, engine\nBase.metadata.create_all(engine)\n",
        "alembic/versions/1.py": revision("a", body='op.add_column("orders", sa.Column("total", sa.Integer()))'),
    }
    audit = audit_of(tmp_path, files)
    assert missing(audit) == []
    assert any("shop/main.py makes those of the models (create_all)" in notice.reason for notice in audit.notices)


def test_migrations_in_python_are_not_run(tmp_path: Path) -> None:
    from tripoint.options import Options

    audit_of(tmp_path, {"alembic/versions/1.py": revision("a", body=ORDERS)})
    audit = audit_folder(tmp_path, Options(replay=True))
    (reason,) = [t.reason for t in audit.testimonies if t.name == "database"]
    assert reason is not None
    assert "are read, and not run" in reason
