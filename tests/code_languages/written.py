"""Facts written out as text, so that a test reads as the code that it is about."""

from __future__ import annotations

from tripoint.sources.code.facts import (
    Array,
    Chain,
    Choice,
    CodeFacts,
    Function,
    Object,
    Plain,
    Ref,
    Template,
    Text,
    Value,
)


def written(value: Value | None) -> str:
    """Return a value in one notation for all languages: `<db>.from('t').select('a', count='exact')`."""
    match value:
        case Text():
            return repr(value.value)
        case Plain():
            return value.value
        case Ref():
            return ".".join(value.path)
        case Template():
            return "`" + "+".join(map(written, value.parts)) + "`"
        case Object():
            parts = [f"{e.key}: {written(e.value)}" for e in value.entries]
            parts += [f"...{written(s)}" for s in value.spreads]
            return "{" + ", ".join(parts + ([] if value.complete else ["?"])) + "}"
        case Array():
            return "[" + ", ".join([*map(written, value.items), *([] if value.complete else ["?"])]) + "]"
        case Choice():
            return "(" + " | ".join(map(written, value.options)) + ")"
        case Function():
            return f"fn({', '.join(p.name for p in value.parameters)}) -> {' | '.join(map(written, value.returns))}"
        case Chain():
            return ("await " if value.awaited else "") + f"<{written(value.root)}>" + "".join(map(_step, value.steps))
    return "?"


def _step(step: object) -> str:
    from tripoint.sources.code.facts import Step

    assert isinstance(step, Step)
    name = "" if step.name == "()" else f".{step.name}"
    if not step.call_end:
        return name
    arguments = [written(a) for a in step.arguments] + [f"{e.key}={written(e.value)}" for e in step.named]
    return f"{name}({', '.join(arguments + (['...'] if step.spread else []))})"


def chains(facts: CodeFacts) -> list[str]:
    """Return the chains of a file, written out."""
    return [written(chain) for chain in facts.chains]


def bound(facts: CodeFacts, name: str) -> list[str]:
    """Return the values that a name is bound to, written out, in order."""
    return [written(b.value) for b in facts.bindings if b.name == name]


def members(facts: CodeFacts, name: str) -> list[tuple[str, str]]:
    """Return what the members of a variable are given, written out, in order."""
    return [(b.path[0], written(b.value)) for b in facts.bindings if b.name == f"{name}.*"]


def literals(value: object) -> list[Text]:
    """Return every string literal that stands anywhere in facts."""
    found: list[Text] = []
    stack: list[object] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Text):
            found.append(item)
        elif isinstance(item, tuple | list):
            stack.extend(item)
        elif hasattr(item, "__slots__"):
            stack.extend(getattr(item, name) for name in item.__slots__)
    return found


def assert_honest(facts: CodeFacts, data: bytes) -> None:
    """Assert that every offset lies in the file and that every exact literal is spelled by its offsets."""
    for text in literals(facts):
        assert 0 <= text.start <= text.end <= len(data)
        if text.exact:
            assert data[text.start : text.end].decode("utf-8") == text.value
    for chain in facts.chains:
        assert 0 <= chain.start < chain.end <= len(data)
        for step in chain.steps:
            assert 0 <= step.start <= step.end <= len(data)
            if step.name not in ("()", "new", "*") and step.call_end and step.end > step.start:
                assert data[step.start : step.end].decode() in (step.name, f"`{step.name}`")
    for scope in facts.scopes:
        assert -1 <= scope.parent < len(facts.scopes)
    assert [s.start for s in facts.scopes] == sorted(s.start for s in facts.scopes)
    for textual in facts.textual:
        assert data[textual.start : textual.start + len(textual.word)].lower() == textual.word.encode()
