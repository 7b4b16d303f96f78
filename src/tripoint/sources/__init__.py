"""The four witnesses, and which file speaks for which of them."""
