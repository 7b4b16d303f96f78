"""The witness `code`: files of many languages → facts → the queries that they make."""

from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.fold import FoldedCode, fold_queries
from tripoint.sources.code.read import CODE_SUFFIXES, READER_VERSION, language_of, read_code
from tripoint.sources.code.testcode import is_test_path

__all__ = [
    "CODE_SUFFIXES",
    "READER_VERSION",
    "CodeFacts",
    "FoldedCode",
    "fold_queries",
    "is_test_path",
    "language_of",
    "read_code",
]
