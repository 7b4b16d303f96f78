"""`python -m tripoint`."""

from tripoint.cli import start

start()
