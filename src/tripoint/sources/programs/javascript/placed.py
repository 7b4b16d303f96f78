"""Where in the migration's file a step stands which a module behind it takes."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.sources.programs.steps import Choice, Guarded, Raw, Run, Step
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.facts import Origin

__all__ = ["moved"]


def moved(step: Step, own: int, site: tuple[int, int]) -> Step:
    """Return a step at its place in the migration: what stands behind `own` is done at `site`."""
    if isinstance(step, Choice | Guarded):
        return step
    span = step.span if step.span[0] < own else site
    if isinstance(step, Raw):
        text = step.text
        return Raw(Text(text, site) if isinstance(text, Text) and text.span[0] >= own else text, span)
    if isinstance(step, Run):
        origins = (one if one.at < own else Origin(one.start, one.end, *site) for one in step.sql.origins)
        return Run(Sql(step.sql.text, tuple(origins)), span)
    return replace(step, span=span)
