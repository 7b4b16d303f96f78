"""Where bytes come from: a folder on disk, a git revision, or an editor's buffers over either."""

from tripoint.tree.base import Entry, Hunk, Limits, RevisionError, RootError, Tree, TreeError
from tripoint.tree.overlay import OverlayTree
from tripoint.tree.revision import RevisionTree, merge_base
from tripoint.tree.sieve import BUNDLED
from tripoint.tree.worktree import WorkTree

__all__ = [
    "BUNDLED",
    "Entry",
    "Hunk",
    "Limits",
    "OverlayTree",
    "RevisionError",
    "RevisionTree",
    "RootError",
    "Tree",
    "TreeError",
    "WorkTree",
    "merge_base",
]
