"""The files in which names are followed: each indexed once, and asked for where it was not read in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from tripoint.sources.code.facts import CodeFacts, Ref
from tripoint.sources.code.scene import FileScene

__all__ = ["Scenes"]

_HEIRS = 200
"""Files that are read in full for what inherits one class."""


class Scenes:
    """The indexed facts of files by their paths."""

    def __init__(
        self,
        facts: dict[str, CodeFacts],
        load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
        indexed: dict[str, FileScene] | None = None,
    ) -> None:
        """`facts` are those that were read, and grow by what `load` reads in full. `indexed` holds what was indexed
        before: who follows names again gives what it gave before."""
        self._facts = facts
        self._load = load
        self._indexed = {} if indexed is None else indexed
        self._scenes: dict[str, FileScene | None] = {}
        self._named: dict[tuple[str, str], bool] = {}
        self.asked: set[str] = set()
        """The files that were asked for."""
        self._sought: set[str] = set()
        self.subclasses: dict[str, list[tuple[str, str]]] = {}
        """By a class's name, the files and names of those that inherit it, as far as files were indexed."""

    def scene(self, path: str) -> FileScene | None:
        """Return a file's indexed facts, asking for the file where it was not read in full."""
        if path not in self._scenes:
            self.ask((path,))
            facts = self._facts.get(path)
            self._scenes[path] = self._index(path, facts) if facts is not None else None
            for binding in facts.bindings if facts is not None else ():
                if binding.kind == "class" and isinstance(binding.value, Ref):
                    self.subclasses.setdefault(binding.value.path[-1], []).append((path, binding.name))
        return self._scenes[path]

    def heirs(self, name: str) -> list[tuple[str, str]]:
        """Return the files and names of what inherits a class, reading those files in full that name it."""
        if name not in self._sought:
            self._sought.add(name)
            unread = [path for path, facts in sorted(self._facts.items()) if not facts.scopes and name in facts.words]
            self.ask(unread[:_HEIRS])
            for path in [path for path, facts in sorted(self._facts.items()) if facts.scopes and name in facts.words]:
                self.scene(path)
        return sorted(self.subclasses.get(name, ()))

    def ask(self, paths: Iterable[str]) -> None:
        """Ask for those of the files that were not read in full: for many at once, since they are read side by side."""
        asked = [path for path in paths if path not in self.asked and not self._is_read(path)]
        if not asked:
            return
        self.asked.update(asked)
        for path, loaded in self._load(asked).items():
            known = self._facts.get(path)
            # What was told without a parser is told, whenever the file is read in full.
            told = known.textual if known is not None else ()
            self._facts[path] = replace(loaded, textual=told) if told else loaded

    def _is_read(self, path: str) -> bool:
        facts = self._facts.get(path)
        return facts is not None and bool(facts.scopes)

    def _index(self, path: str, facts: CodeFacts) -> FileScene:
        known = self._indexed.get(path)
        if known is None or known.facts is not facts:
            known = self._indexed[path] = FileScene(path, facts)
        return known

    def is_unread(self, path: str) -> bool:
        """Whether a file is known that was not read in full."""
        facts = self._facts.get(path)
        return facts is not None and not facts.scopes and path not in self._scenes

    def names(self, word: str, language: str) -> bool:
        """Whether any file of a language holds a word."""
        if (word, language) not in self._named:
            files = (facts for facts in self._facts.values() if facts.language == language)
            self._named[word, language] = any(word in facts.words for facts in files)
        return self._named[word, language]
