"""What `tripoint diagram`, `tripoint docs` and `tripoint prove` take."""

from __future__ import annotations

import argparse

from tripoint.commands.arguments_shared import add_config, add_fail_on, add_format, add_no_color, add_path

__all__ = ["add_diagram", "add_docs", "add_prove"]


def _depth(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


_depth.__name__ = "number"  # argparse names the type when it complains


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    parser.add_argument("--of", metavar="DATABASE", help="the database, by its name, where the project has several")
    add_config(parser)
    add_no_color(parser)


def add_diagram(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tripoint diagram`."""
    parser.description = (
        "Draw the schema with its keys, its cardinality and what is missing, undocumented, unused or without row "
        "security. The same schema always gives the same text."
    )
    _add_common(parser)
    add_format(parser, ("mermaid", "dbml", "dot", "svg"))
    parser.add_argument(
        "--table", action="append", default=[], metavar="TABLE", help="this table and its neighbours alone; may repeat"
    )
    parser.add_argument(
        "--depth", type=_depth, metavar="N", help="with --table: how many relationships away (default: 1)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of printing")


def add_docs(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tripoint docs`."""
    parser.description = (
        "Write the schema into a Markdown file, between markers, or into a folder of pages, and keep what people wrote "
        "there about tables and columns."
    )
    _add_common(parser)
    parser.add_argument(
        "--file",
        metavar="PATH",
        help="the Markdown file, or a folder of pages (a path that ends with /); default: `docs` of the settings",
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="write nothing; exit with 1 where it is out of date")
    task.add_argument(
        "--comments", action="store_true", help="print the written descriptions as COMMENT ON statements instead"
    )


def add_prove(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tripoint prove`."""
    parser.description = (
        "Build the database on the embedded server, make rows for users who have nothing to do with each other, and "
        "try every operation on every table as each of them. Rows that leak fail, and what differs from the record."
    )
    add_path(parser)
    add_format(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of printing")
    parser.add_argument("--write", action="store_true", help="record what is seen in tripoint-access.toml")
    volume = parser.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="show every reason")
    volume.add_argument("-q", "--quiet", action="store_true", help="show the findings alone")
    add_fail_on(parser)
    add_config(parser)
    add_no_color(parser)
