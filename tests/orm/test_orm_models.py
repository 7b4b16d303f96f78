"""What the models of Prisma, Drizzle, SQLAlchemy and Django map to."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sources.code.read import read_code
from tripoint.sources.migrations.fold import fold
from tripoint.sources.orm.django import django_models
from tripoint.sources.orm.drizzle import drizzle_models
from tripoint.sources.orm.fold import model_queries, orm_catalog
from tripoint.sources.orm.models import Model
from tripoint.sources.orm.prisma import read_prisma
from tripoint.sources.orm.sqlalchemy import sqlalchemy_models, unnamed_models
from tripoint.sql.read import read_sql

PRISMA = """
// model Ghost { id Int @id }
datasource db {
  provider = "postgresql"
}
enum Role {
  USER
  ADMIN @map("admin")
  @@map("user_role")
}
model User {
  id        Int       @id @default(autoincrement())
  email     String    @unique @map("e_mail") /// "quoted
  role      Role      @default(USER)
  tags      String[]
  price     Decimal?  @db.Decimal(8, 2)
  seen      DateTime? @db.Timestamptz(6)
  created   DateTime  @default(now())
  posts     Post[]
  groups    Group[]
  @@map("users")
}
model Post {
  id       String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid
  authorId Int    @map("author_id")
  slug     String @db.VarChar(40)
  author   User   @relation(fields: [authorId], references: [id], onDelete: Cascade)
  @@unique([authorId, slug])
  @@index([slug(ops: raw("text_ops"))], map: "by_slug")
}
model Group {
  id    Int    @id
  users User[]
}
"""

PRISMA_SQL = """
CREATE TYPE "user_role" AS ENUM ('USER', 'admin');
CREATE TABLE "users" (
  "id" SERIAL NOT NULL, "e_mail" TEXT NOT NULL, "role" "user_role" NOT NULL DEFAULT 'USER', "tags" TEXT[],
  "price" DECIMAL(8,2), "seen" TIMESTAMPTZ(6), "created" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Post" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(), "author_id" INTEGER NOT NULL, "slug" VARCHAR(40) NOT NULL,
  CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Group" ("id" INTEGER NOT NULL, CONSTRAINT "Group_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_GroupToUser" (
  "A" INTEGER NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_GroupToUser_AB_pkey" PRIMARY KEY ("A", "B")
);
CREATE UNIQUE INDEX "users_e_mail_key" ON "users"("e_mail");
CREATE INDEX "by_slug" ON "Post"("slug");
CREATE UNIQUE INDEX "Post_author_id_slug_key" ON "Post"("author_id", "slug");
ALTER TABLE "Post" ADD CONSTRAINT "Post_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "users"("id")
  ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_GroupToUser" ADD CONSTRAINT "_GroupToUser_A_fkey" FOREIGN KEY ("A") REFERENCES "Group"("id")
  ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_GroupToUser" ADD CONSTRAINT "_GroupToUser_B_fkey" FOREIGN KEY ("B") REFERENCES "users"("id")
  ON DELETE CASCADE ON UPDATE CASCADE;
"""
"""What `prisma migrate` writes for that schema."""


def shape(catalog: Catalog) -> dict[str, object]:
    """The parts of a catalog that an ORM's schema decides."""
    return {
        str(name): (
            {c.name: (c.type, c.nullable) for c in table.columns.values()},
            {
                (k.kind, k.name, k.columns, k.references, k.referenced_columns, k.on_delete, k.on_update)
                for k in table.constraints.values()
                if k.kind in ("primary", "foreign")
            },
            {(i.name, tuple(c.name for c in i.columns), i.unique) for i in table.indexes.values()},
        )
        for name, table in catalog.tables.items()
    }


def test_a_prisma_schema_is_what_its_migration_makes() -> None:
    made = orm_catalog(read_prisma({"schema.prisma": PRISMA.encode()}))
    folded = fold([("a.sql", read_sql(PRISMA_SQL.encode()))], Catalog(), "postgresql").catalog
    assert shape(made) == shape(folded)
    assert {n: e.values for n, e in made.enums.items()} == {n: e.values for n, e in folded.enums.items()}
    assert made.tables[Name("public", "users")].columns["id"].default == "nextval('public.users_id_seq'::regclass)"


def test_places_of_a_prisma_schema_spell_the_names() -> None:
    data = ("// é\n" + PRISMA).encode()
    for model in read_prisma({"a": data})["a"].models:
        if not model.table.startswith("_"):
            assert data[model.start : model.end].decode() == model.table
            assert [data[c.start : c.end].decode() for c in model.columns] == [c.name for c in model.columns]


def test_a_prisma_schema_in_several_files_is_one() -> None:
    """A relation to a model of another file is no column, and a junction of two files is made once."""
    parts = re.split(r"(?=^(?:model|enum) )", PRISMA, flags=re.MULTILINE)
    files = {f"{number}.prisma": part.encode() for number, part in enumerate(parts)}
    assert len(files) > 3
    several, one = orm_catalog(read_prisma(files)), orm_catalog(read_prisma({"a": PRISMA.encode()}))
    assert shape(several) == shape(one)
    assert {n: e.values for n, e in several.enums.items()} == {n: e.values for n, e in one.enums.items()}
    rest = {path: data for path, data in files.items() if b"model Post" in data}
    ((model,),) = (facts.models for facts in read_prisma(rest).values())
    assert [c.name for c in model.columns] == ["id", "author_id", "slug"], "an undeclared type may be a model's"


def test_what_prisma_can_t_read_is_a_problem() -> None:
    assert [p.kind for p in read_prisma({"a": b"model A {\n  id Int @id\n"})["a"].problems] == ["unparsed"]
    assert [p.kind for p in read_prisma({"a": b"model A {\n  id\n}\n"})["a"].problems] == ["unparsed"]


DRIZZLE = """
import { pgTable, pgEnum, pgSchema, text, uuid, timestamp, numeric, foreignKey, index } from 'drizzle-orm/pg-core';
export const status = pgEnum('job_status', ['queued', 'done']);
export const app = pgSchema('app');
const times = { createdAt: timestamp('created_at', { withTimezone: true }).defaultNow().notNull() };
export const jobs = pgTable('jobs', {
  id: uuid('id').primaryKey().defaultRandom(),
  ownerId: uuid('owner_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
  parentId: uuid('parent_id'),
  state: status('state').default('queued'),
  cost: numeric('cost', { precision: 8, scale: 2 }),
  tags: text('tags').array(),
  title: text(),
  ...times,
}, (table) => [
  foreignKey({ columns: [table.parentId], foreignColumns: [table.id], name: 'jobs_parent' }).onDelete('set null'),
  index('jobs_by_title').on(table.title),
]);
export const users = app.table('users', { id: uuid('id').primaryKey(), ...unknown });
"""

DRIZZLE_SQL = """
CREATE SCHEMA app;
CREATE TYPE "public"."job_status" AS ENUM('queued', 'done');
CREATE TABLE "app"."users" ("id" uuid PRIMARY KEY NOT NULL);
CREATE TABLE "jobs" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, "owner_id" uuid NOT NULL, "parent_id" uuid,
  "state" "job_status" DEFAULT 'queued', "cost" numeric(8, 2), "tags" text[], "title" text,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "app"."users"("id")
  ON DELETE cascade ON UPDATE no action;
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_parent" FOREIGN KEY ("parent_id") REFERENCES "public"."jobs"("id")
  ON DELETE set null ON UPDATE no action;
CREATE INDEX "jobs_by_title" ON "jobs" USING btree ("title");
"""


def test_drizzle_tables_are_what_their_migration_makes() -> None:
    facts = drizzle_models({"schema.ts": read_code(DRIZZLE.encode(), ".ts", True)})
    made = orm_catalog(facts)
    folded = fold([("a.sql", read_sql(DRIZZLE_SQL.encode()))], Catalog(), "postgresql").catalog
    assert shape(made) == shape(folded)
    assert made.tables[Name("public", "jobs")].complete
    assert not made.tables[Name("app", "users")].complete


def test_drizzle_s_casing() -> None:
    text = (
        "import { pgTable, text } from 'drizzle-orm/pg-core';\nexport const a = pgTable('a', { fullName: text() });\n"
    )
    modules = {"a.ts": read_code(text.encode(), ".ts", True)}
    assert [c.name for c in drizzle_models(modules)["a.ts"].models[0].columns] == ["fullName"]
    assert [c.name for c in drizzle_models(modules, snake_case=True)["a.ts"].models[0].columns] == ["full_name"]


def test_tables_of_another_orm_s_dialect_are_none() -> None:
    text = "import { sqliteTable, text } from 'drizzle-orm/sqlite-core';\nconst a = sqliteTable('a', { b: text() });\n"
    assert drizzle_models({"a.ts": read_code(text.encode(), ".ts", True)}) == {}


def python(**files: str) -> dict[str, list[Model]]:
    modules = {f"{n.replace('__', '/')}.py": read_code(dedent(t).encode(), ".py", True) for n, t in files.items()}
    return {**sqlalchemy_models(modules), **django_models(modules)}


def mapped(models: list[Model]) -> dict[str, tuple[str | None, list[str]]]:
    return {m.table: (m.schema, [c.name for c in m.columns]) for m in models}


@pytest.mark.parametrize("given", ["", "metadata, "])
def test_core_s_tables(given: str) -> None:
    text = f"""
        from app import db
        tags = db.Table("tags", {given}db.Column("id", db.Integer, primary_key=True), db.Column("label", db.Text),
            db.Column("size", db.Integer, nullable=False, server_default="1"))
        """
    (table,) = python(app=text)["app.py"]
    assert [(c.name, c.type, c.nullable, c.filled) for c in table.columns] == [
        ("id", "integer", False, False),
        ("label", "text", True, False),
        ("size", "integer", False, True),
    ]


def test_flask_names_the_tables_of_its_models() -> None:
    found = python(
        base="""
        from app import db
        class Stamped:
            id = db.Column(db.Integer, primary_key=True)
        class Kept(db.Model):
            __abstract__ = True
            at = db.Column(db.DateTime)
        """,
        app="""
        from app import db
        from .base import Kept, Stamped
        class BankAccount(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            owner_id = db.Column(db.Integer, db.ForeignKey("user.id"))
        class SavingsAccount(BankAccount):
            rate = db.Column(db.Numeric)
        class HTTPLog(Stamped, Kept):
            path = db.Column("url_path", db.String)
        class Named(db.Model):
            __tablename__ = "given"
            id = db.Column(db.Integer, primary_key=True)
        """,
    )

    assert mapped(found["app.py"]) == {
        "bank_account": (None, ["id", "owner_id"]),
        "http_log": (None, ["url_path", "id", "at"]),
        "given": (None, ["id"]),
    }


HUMPS = r"""re.sub("(.)([A-Z][a-z]+)", r"\1_\2", cls.__name__)"""


@pytest.mark.parametrize(
    ("body", "table"),
    [
        ("return cls.__name__.lower()", "jobstep"),
        ('return f"{cls.__name__.lower()}s"', "jobsteps"),
        ('return "app_" + cls.__name__.lower()', "app_jobstep"),
        (f"name = {HUMPS}; return name.lower() + 's'", "job_steps"),
        (r"return re.sub(r'(?<!^)(?=[A-Z])', '_', cls.__name__).lower()", "job_step"),
        ("return to_snake_case(cls.__name__)", "job_step"),
        ("return pluralize(cls.__name__)", None),
        ("return re.sub('(o+)+', '_', cls.__name__)", None),
    ],
)
def test_tables_that_a_method_names(body: str, table: str | None) -> None:
    text = f"""
    from sqlalchemy import Column
    class Base(DeclarativeBase):
        id = Column(Integer, primary_key=True)
        @declared_attr.directive
        def __tablename__(cls) -> str: {body}
    class Mixed:
        made_at = Column(DateTime)
    class JobStep(Mixed, Base):
        size = Column(Integer)
    class Given(Base):
        __tablename__ = "given"
        size = Column(Integer)
    """
    module = {"app.py": read_code(dedent(text).encode(), ".py", True)}
    columns = {"given": (None, ["size", "id"])}

    assert [made.name for made in unnamed_models(module)] == ([] if table else ["JobStep"])
    assert mapped(sqlalchemy_models(module)["app.py"]) == columns | (
        {table: (None, ["size", "made_at", "id"])} if table else {}
    )


def test_models_whose_names_a_base_class_makes_are_told() -> None:
    text = """
    from sqlalchemy import Column
    from app.core import Base
    class Step(Base):
        id = Column(Integer, primary_key=True)
    class Given(Base):
        __tablename__ = "given"
        id = Column(Integer, primary_key=True)
    class Keyed:
        id = Column(Integer, primary_key=True)
    """
    module = read_code(dedent(text).encode(), ".py", True)

    assert [made.name for made in unnamed_models({"app.py": module})] == ["Step"]


def test_sqlalchemy_models() -> None:
    found = python(
        base="""
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        class Base(DeclarativeBase): pass
        class Stamped:
            created_at: Mapped[datetime] = mapped_column(default=now)
        """,
        app="""
        import sqlalchemy as sa
        from sqlalchemy import Column, ForeignKey, Integer, String, Table
        from sqlalchemy.orm import Mapped, mapped_column, relationship
        from .base import Base, Stamped
        class Job(Stamped, Base):
            __tablename__ = "jobs"
            __table_args__ = (UniqueConstraint("title"), {"schema": "app"})
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            state = Column("job_state", String, nullable=False)
            owner_id = Column(Integer, ForeignKey("auth.users.id"))
            owner: Mapped["User"] = relationship(back_populates="jobs")
            parts: Mapped[list["Part"]] = relationship()
            note = "no column"
            def close(self): self.closed_at = now(); self.state = state_of(self)
        class Plain: id = 1
        links = Table("links", Base.metadata, Column("a", Integer), Column("b", Integer))
        knots = sa.Table("knots", Base.metadata, sa.Column("job", sa.Integer, sa.ForeignKey("app.jobs.id")))
        """,
    )
    assert mapped(found["app.py"]) == {
        "jobs": ("app", ["id", "title", "job_state", "owner_id", "created_at"]),
        "links": (None, ["a", "b"]),
        "knots": (None, ["job"]),
    }
    assert found["app.py"][0].keys[0].references == ("auth", "users")
    assert found["app.py"][-1].keys[0].references == ("app", "jobs")
    assert found["app.py"][0].complete


def test_two_models_of_a_table_are_one_table() -> None:
    head = "import { pgTable, text } from 'drizzle-orm/pg-core';\nexport const jobs = pgTable('jobs', { "
    texts = {"web.ts": "title: text().notNull(), size: text().notNull()", "worker.ts": "title: text().notNull()"}
    texts["worker.ts"] += ", tries: text().notNull()"
    facts = drizzle_models(
        {path: read_code(f"{head}{text} }});".encode(), ".ts", True) for path, text in texts.items()}
    )
    (jobs,) = orm_catalog(facts).tables.values()
    assert {c.name: c.nullable for c in jobs.columns.values()} == {"title": False, "size": True, "tries": True}


def test_sqlmodel_tables() -> None:
    found = python(
        app="""
        from sqlmodel import Field, Relationship, SQLModel
        class UserBase(SQLModel):
            email: str = Field(unique=True)
            is_active: bool = True
        class User(UserBase, table=True):
            id: int | None = Field(default=None, primary_key=True)
            owner_id: int = Field(foreign_key="team.id")
            items: list["Item"] = Relationship()
        """
    )
    assert mapped(found["app.py"]) == {"user": (None, ["id", "owner_id", "email", "is_active"])}
    assert [k.references for k in found["app.py"][0].keys] == [(None, "team")]


def test_django_models() -> None:
    found = python(
        shop__models="""
        from django.contrib.auth.models import AbstractUser
        from django.db import models
        class Stamped(models.Model):
            created = models.DateTimeField()
            class Meta:
                abstract = True
        class Order(Stamped):
            code = models.CharField(primary_key=True, max_length=3)
            buyer = models.ForeignKey("Customer", on_delete=models.CASCADE)
            note = models.TextField(db_column="remark")
            tags = models.ManyToManyField("Tag")
            class Meta:
                db_table = "t_orders"
        class Customer(AbstractUser):
            age = models.IntegerField()
        class Big(Customer):
            size = models.IntegerField()
        class Hidden(Customer):
            class Meta:
                proxy = True
        class Form(forms.Form):
            name = forms.CharField()
        """
    )
    models = mapped(found["shop/models.py"])
    assert models["t_orders"] == (None, ["code", "buyer_id", "remark", "created"])
    assert models["shop_customer"][1][0] == "age"
    assert {"id", "username", "date_joined"} <= set(models["shop_customer"][1])
    assert models["shop_big"] == (None, ["size", "customer_ptr_id"])
    assert set(models) == {"t_orders", "shop_customer", "shop_big"}
    assert found["shop/models.py"][0].keys[0].references == (None, "shop_customer")


def test_models_are_queries_that_map() -> None:
    (query, *_) = model_queries("schema.prisma", read_prisma({"a": PRISMA.encode()})["a"].models)
    assert (query.kind, query.operation, query.name, query.symbol) == ("model", "map", "users", "User")
    assert query.select is not None
    assert [f.name for f in query.select.fields] == ["id", "e_mail", "role", "tags", "price", "seen", "created"]


_PIECES = [
    *("model ", "enum ", "A", " {", "}", "\n", "id Int", "String[]", "?", "@id", "@@map(", '"x"', ")"),
    *("@relation(fields: [a]", '"', "//", "/*", "é"),
]


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join).map(str.encode)))
def test_any_bytes_are_read_as_prisma(data: bytes) -> None:
    facts = read_prisma({"a": data})["a"]
    orm_catalog({"a": facts})
    for model in facts.models:
        assert 0 <= model.start <= model.end <= len(data.decode("utf-8", "replace").encode())


def test_columns_of_drizzle_that_tables_share() -> None:
    helpers = """
import { uuid, timestamp, customType } from 'drizzle-orm/pg-core';
export const owner = () => uuid('owner_id').notNull();
export function madeAt() { return timestamp('made_at', { withTimezone: true }).defaultNow(); }
export const tint = customType<{ data: string }>({ dataType: () => 'text' });
export const serialNo = uuid('serial_no');
export const key = (kind: string) => uuid('id').$defaultFn(() => make(kind));
export const ref = (name: string) => uuid(name);
export const odd = (name: string) => uuid(`${name}_id`);
export const stamps = { madeAt: madeAt(), seenAt: timestamp('seen_at').notNull() };
export const owned = () => ({ ownerId: owner() });
"""
    tables = """
import { pgTable, text } from 'drizzle-orm/pg-core';
import { owner, madeAt as createdAt, tint, serialNo, key, ref, odd, stamps, owned } from './helpers';
import { audited } from 'elsewhere';
export const boats = pgTable('boats', { ownerId: owner().unique(), madeAt: createdAt(), hull: tint(), serialNo });
export const oars = pgTable('oars', { name: text('name'), audited: audited() });
export const decks = pgTable('decks', { id: key('deck'), ...stamps, ...owned() });
export const sails = pgTable('sails', { id: key('sail'), boat: ref('boat_id'), mast: odd('mast') });
"""
    modules = {path: read_code(text.encode(), ".ts", True) for path, text in {"a.ts": helpers, "b.ts": tables}.items()}
    boats, oars, decks, sails = drizzle_models(modules)["b.ts"].models
    assert [c.name for c in boats.columns] == ["owner_id", "made_at", "hull", "serial_no"]
    named = [(c.name, tables[c.start : c.end]) for c in decks.columns]
    assert named == [("made_at", "decks"), ("seen_at", "decks"), ("owner_id", "decks"), ("id", "id")]
    assert decks.complete
    assert ([c.name for c in sails.columns], sails.complete) == (["id", "boat_id"], False)
    assert [(c.type, c.nullable) for c in boats.columns[:2]] == [("uuid", False), ("timestamp with time zone", True)]
    assert all(tables[c.start : c.end] in ("ownerId", "madeAt", "hull", "serialNo") for c in boats.columns)
    assert boats.complete
    assert [c.name for c in oars.columns] == ["name"]
    assert not oars.complete, "what a function of elsewhere makes is not known"


def test_columns_of_drizzle_that_an_object_keeps() -> None:
    base = """
import { uuid, timestamp } from 'drizzle-orm/pg-core';
export const columns = {
  owner: () => uuid('owner_id').notNull(),
  madeAt: () => timestamp('made_at'),
};
"""
    tables = """
import { pgTable } from 'drizzle-orm/pg-core';
import { columns as kept } from './base';
import { more } from 'elsewhere';
export const boats = pgTable('boats', { ownerId: kept.owner().unique(), madeAt: kept.madeAt() });
export const oars = pgTable('oars', (t) => ({ name: t.text('name'), size: t.integer(), audited: more.audited() }));
"""
    modules = {path: read_code(text.encode(), ".ts", True) for path, text in {"a.ts": base, "b.ts": tables}.items()}
    boats, oars = drizzle_models(modules)["b.ts"].models
    assert [(c.name, c.nullable) for c in boats.columns] == [("owner_id", False), ("made_at", True)]
    assert boats.complete
    assert [c.name for c in oars.columns] == ["name", "size"]
    assert not oars.complete, "what a function of elsewhere makes is not known"


def test_a_column_that_sqlmodel_is_given_whole() -> None:
    text = """
from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel
class Voyage(SQLModel, table=True):
    id: int = Field(primary_key=True)
    extra: dict = Field(default_factory=dict, sa_column=Column("metadata", JSON))
    notes: dict = Field(sa_column=Column(JSON))
"""
    (voyage,) = sqlalchemy_models({"a.py": read_code(text.encode(), ".py", True)})["a.py"]
    assert [c.name for c in voyage.columns] == ["id", "metadata", "notes"]


def test_what_sqlalchemy_s_columns_take() -> None:
    found = python(
        app="""
        from sqlalchemy import Column, Integer, String, Text
        from sqlalchemy.orm import Mapped, declared_attr, deferred, mapped_column
        class Owned:
            @declared_attr
            def tenant_id(cls) -> Mapped[int]:
                return mapped_column(nullable=False)
        class Hive(Owned, Base):
            __tablename__ = "hives"
            id = Column(Integer, primary_key=True)
            label = Column(String(40))
            frames: Mapped[int | None] = mapped_column(default=1)
            note = deferred(Column("long_note", Text, nullable=False))
            mood: Mapped[mood_type]
        """,
    )
    (hive,) = found["app.py"]
    assert [(c.name, c.type, c.nullable, c.filled) for c in hive.columns] == [
        ("id", "integer", False, False),
        ("label", "text", True, False),
        ("frames", "integer", True, True),
        ("long_note", "text", False, False),
        ("mood", None, False, False),
        ("tenant_id", "integer", False, False),
    ]
