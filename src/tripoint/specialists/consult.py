"""One database's migrations and replay, shown to the specialists that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tripoint.model.audit import SpecialistRun
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.place import Problem
from tripoint.specialists.program import Unheard, installed

if TYPE_CHECKING:
    from tripoint.postgres.server import Server

__all__ = ["Consulted", "consult"]


class Consulted(Struct):
    """What became of the specialists of one run."""

    asked: tuple[str, ...]
    replies: dict[str, str] = field(default_factory=dict)
    """What pgrls printed, by the name of the database."""
    failed: dict[str, str] = field(default_factory=dict)
    """Why it did not, by the name of the database."""
    silent: dict[str, str] = field(default_factory=dict)
    """Why a tool was not heard."""

    @property
    def heard(self) -> tuple[SpecialistRun, ...]:
        """What became of each that was asked for."""
        return tuple(
            SpecialistRun(name, installed(name), name not in self.silent, self.silent.get(name)) for name in self.asked
        )

    @property
    def needs_server(self) -> bool:
        """Whether one of them looks at a replayed database."""
        return "pgrls" in self.asked and installed("pgrls") is not None

    def visit(self, evidence: Evidence, server: Server, login: str) -> None:
        """Show the replayed database on a server to those that look at one."""
        from tripoint.specialists.pgrls import ask_pgrls

        try:
            self.replies[evidence.database.name] = ask_pgrls(server, login, evidence)
        except Unheard as error:
            self.failed[evidence.database.name] = str(error)


def consult(
    consulted: Consulted, evidence: Evidence, facts: Mapping[str, Any], read: Callable[[str], bytes | None]
) -> tuple[list[tuple[Rule, Fault]], list[tuple[str, Problem]]]:
    """Return what the specialists find in one database, and what is to be said of those that found nothing."""
    found: list[tuple[Rule, Fault]] = []
    notes: list[tuple[str, Problem]] = []
    for tool in consulted.asked:
        if installed(tool) is None:
            reason = f"is not installed: pip install 'tripoint[{tool}]'"
        else:
            try:
                faults, problems = _ask(tool, consulted, evidence, facts, read)
                found += faults
                notes += problems
                continue
            except Unheard as error:
                reason = f"gave no answer: {error}"
        consulted.silent[tool] = f"{tool} was asked for and {reason}"
        notes.append(("", Problem("unsupported", 0, 0, consulted.silent[tool])))
    return found, notes


def _ask(
    tool: str, consulted: Consulted, evidence: Evidence, facts: Mapping[str, Any], read: Callable[[str], bytes | None]
) -> tuple[Iterable[tuple[Rule, Fault]], list[tuple[str, Problem]]]:
    if tool == "squawk":
        from tripoint.specialists.squawk import run_squawk

        return run_squawk(evidence, facts, read)
    from tripoint.specialists.pgrls import read_pgrls

    name = evidence.database.name
    if name not in consulted.replies:
        raise Unheard(consulted.failed.get(name, "the migrations could not be replayed"))
    return read_pgrls(consulted.replies[name], evidence), []
