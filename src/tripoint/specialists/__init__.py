"""Linters of others, whose findings are merged into the same ranking: squawk of migrations, pgrls of row security.

Each runs where it was asked for and its extra is installed, as a program of its own, on nothing but what it is handed:
no settings of the audited project reach it. A finding carries the tool's name and its own rule's, such as
`squawk/ban-drop-column`.
"""
