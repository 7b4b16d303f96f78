import datetime

from sqlalchemy import Column, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, deferred, mapped_column

from .columns import short_code


class Base(DeclarativeBase):
    pass


class Owned:
    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(nullable=False)


class Hive(Owned, Base):
    __tablename__ = "hives"
    id: Mapped[int] = mapped_column(primary_key=True)
    label = Column(String(40), nullable=False)
    frames = Column(Integer, default=10)
    made_at: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.now)
    note = deferred(Column("long_note", Text))


class Visit(Base):
    """Its code is made by a function, and a kind of visit has columns of its own."""

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    code = short_code()
    kind = Column(String(8), nullable=False)


class Inspection(Visit):
    weather = Column(String(80), nullable=False)
