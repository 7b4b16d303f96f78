"""SQL that mends what an audit found, in the project's own style, proven before it is shown."""

from tripoint.propose.proposals import propose, with_proposals

__all__ = ["propose", "with_proposals"]
