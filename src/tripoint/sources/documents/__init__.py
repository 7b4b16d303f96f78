"""What documents say the schema should be: candidates of one file, then claims about one database."""

from tripoint.sources.documents.claims import fold_claims
from tripoint.sources.documents.read import SUFFIXES, read_document

__all__ = ["SUFFIXES", "fold_claims", "read_document"]
