from __future__ import annotations


class Judge:
    def __init__(self, *a):
        pass

    def leaks(self):
        return []
