"""`make fuzz`: every reader fed by a coverage-guided fuzzer (atheris, which drives libFuzzer) and by generated inputs.

`python -m fuzz --seconds 60 [READER …]` gives each reader so many seconds: a third guided by coverage, whose corpus is
kept in `build/fuzz`, the rest for many times more inputs that are made of that corpus, the tests' own texts and the
words of the grammar (`generate.py`). Reported are the inputs tried now and in all, and the branches of each reader's
modules that corpus and texts reach. An exception is noted with its input and fuzzing goes on; an input that takes
longer than `--patience` is a hang, which is seen from outside of Python. First of all a hang and a crash that are
planted on purpose must be found by both. The exit code is 1 where anything was found.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import time
import traceback
import zlib
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.generate import respelled, try_many, watched

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / "build" / "fuzz"
PLANTED = ("planted-hang", "planted-crash")
_UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_MEMORY_MB = 2048
_LEARNT = 5000
_COVER_SECONDS = 30
"""Seconds of computing for counting the branches."""


class Tried(NamedTuple):
    """What came of one reader."""

    name: str
    inputs: int
    before: int
    seconds: float
    branches: str
    found: list[str]


def main() -> int:
    """Fuzz the readers that are named, or all."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, allow_abbrev=False)
    parser.add_argument("readers", nargs="*", metavar="READER")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--patience", type=int, default=10, help="seconds that one input may take")
    parser.add_argument("--inside", choices=["fuzz", "generate", "cover"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside == "fuzz":
        _fuzz(arguments.readers[0], arguments.seconds, arguments.patience)
        return 0
    if arguments.inside == "generate":
        _generate(arguments.readers[0], arguments.seconds)
        return 0
    if arguments.inside == "cover":
        print(_cover(arguments.readers[0]))
        return 0
    from fuzz.readers import READERS

    known = [reader.name for reader in READERS]
    names = arguments.readers or known
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no reader {', '.join(unknown)}: there are {', '.join(known)}")
    for name in PLANTED:
        for found in (_guided(name, 120, 2)[1], _generated(name, 10, 2)[1]):
            if not found:
                print(f"{name} was not found: the fuzzer does not work", file=sys.stderr)
                return 2
    print("a planted hang and a planted crash were found\n")
    print("| reader | inputs now | inputs in all | seconds | branches | found |")
    print("|---|---|---|---|---|---|")
    failed = False
    for name in names:
        tried = _run(name, arguments.seconds, arguments.patience)
        failed = failed or bool(tried.found)
        said = "; ".join(tried.found).replace("|", "\\|") or "nothing"
        print(
            f"| {name} | {tried.inputs:,} | {tried.before + tried.inputs:,} | {tried.seconds:.0f} | {tried.branches}"
            f" | {said} |",
            flush=True,
        )
    return int(failed)


# ---- outside: one process a reader, started again where a hang has ended it


def _run(name: str, seconds: int, patience: int) -> Tried:
    begun = time.monotonic()
    guided, found = _guided(name, max(seconds // 3, 1), patience)
    generated, more = _generated(name, max(seconds - seconds // 3, 1), patience)
    lasted = time.monotonic() - begun
    tally = HOME / name / "inputs"
    before = int(tally.read_text()) if tally.exists() else 0
    tally.write_text(str(before + guided + generated))
    branches = _inside("cover", name, 0, 0).strip().splitlines()[-1]
    return Tried(name, guided + generated, before, lasted, branches, list(dict.fromkeys(found + more)))


def _guided(name: str, seconds: int, patience: int) -> tuple[int, list[str]]:
    home = HOME / name
    for part in ("corpus", "found"):
        (home / part).mkdir(parents=True, exist_ok=True)
    inputs = 0
    hangs: list[str] = []
    deadline = time.monotonic() + seconds
    started = time.time()
    while (left := int(deadline - time.monotonic())) > 0:
        said = _inside("fuzz", name, left, patience)
        inputs += max((int(found) for found in _UNITS.findall(said)), default=0)
        ended = re.search(r"^==\d+== ERROR: libFuzzer: (timeout|out-of-memory|deadly signal)", said, re.MULTILINE)
        if ended is None:
            break
        hangs.append(ended[1])
        if name in PLANTED or len(hangs) > 5:
            break
    return inputs, hangs + _noted(home, started)


def _generated(name: str, seconds: int, patience: int) -> tuple[int, list[str]]:
    home = HOME / name
    inputs = 0
    ended: list[str] = []
    deadline = time.monotonic() + seconds
    started = time.time()
    while (left := int(deadline - time.monotonic())) > 0 and len(ended) < (1 if name in PLANTED else 5):
        count, last = watched(_command("generate", name, left, patience), _environment(), home, patience)
        inputs += count
        if last is None:
            break
        path = home / "found" / f"ended-{zlib.crc32(last):08x}.bin"
        path.write_bytes(last)
        ended.append(f"a hang or an end of the process: {path.name}")
    return inputs, ended + _noted(home, started)


def _inside(what: str, name: str, seconds: int, patience: int) -> str:
    command = _command(what, name, seconds, patience)
    done = subprocess.run(
        command, cwd=HOME / name, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = done.stdout.decode("utf-8", "replace")
    (HOME / name / f"{what}.log").write_text(said)
    if not said.strip():
        raise SystemExit(f"{what} {name} ended with {done.returncode} and said nothing")
    return said


def _command(what: str, name: str, seconds: int, patience: int) -> list[str]:
    command = [sys.executable, "-P", str(HERE / "__main__.py"), "--inside", what, name]
    return [*command, "--seconds", str(seconds), "--patience", str(patience)]


def _environment() -> dict[str, str]:
    # A fault of tripoint's own is contained for users; here it must be seen.
    return {"PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin", "HOME": str(HOME), "TRIPOINT_DEBUG": "1"}


def _noted(home: Path, since: float) -> list[str]:
    notes = sorted((home / "found").glob("*.json"))
    return [json.loads(note.read_text())["error"] for note in notes if note.stat().st_mtime >= since]


# ---- inside: libFuzzer in this process


def _fuzz(name: str, seconds: int, patience: int) -> None:
    import atheris

    with ExitStack() as stack:
        # Readers load their modules when they are first used: the imports are instrumented to the end.
        stack.enter_context(atheris.instrument_imports(include=["tripoint"]))
        read, words, given = _target(name)
        home = HOME / name
        for number, seed in enumerate(given):
            (home / "corpus" / f"seed-{number:04}").write_bytes(seed)
        noted: set[tuple[str, str]] = set()

        def once(data: bytes) -> None:
            try:
                read(data)
            except Exception as error:
                _note(home / "found", data, error, noted)
                if name in PLANTED:
                    raise

        chance = random.Random()

        def mutated(data: bytes, size: int, seed: int) -> bytes:
            if seed % 3 == 0:
                changed: bytes = atheris.Mutate(data, size)
                return changed
            chance.seed(seed)
            return respelled(data, words, chance)[:size]

        options = [
            sys.argv[0],
            str(home / "corpus"),
            f"-max_total_time={seconds}",
            f"-timeout={patience}",
            f"-rss_limit_mb={_MEMORY_MB}",
            f"-artifact_prefix={home}/found/",
            "-max_len=4096",
            "-print_final_stats=1",
            "-verbosity=1",
        ]
        atheris.Setup(options, once, custom_mutator=mutated)
        atheris.Fuzz()


def _generate(name: str, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 * _MEMORY_MB << 20, 2 * _MEMORY_MB << 20))
    read, words, known = _target(name)
    home = HOME / name
    learnt = [path.read_bytes() for path in sorted((home / "corpus").iterdir())[:_LEARNT]]
    noted: set[tuple[str, str]] = set()

    def note(data: bytes, error: Exception) -> None:
        _note(home / "found", data, error, noted)

    try_many(read, words, known + learnt, home / "state", seconds, note)


def _target(name: str) -> tuple[Any, tuple[bytes, ...], list[bytes]]:
    if name == "planted-hang":

        def hang(data: bytes) -> None:
            while b"select" in data and b"|" in data:
                pass

        return hang, (b"select", b"|", b"from"), [b"select"]
    if name == "planted-crash":

        def crash(data: bytes) -> None:
            if data.startswith(b"with") and b"|" in data:
                raise KeyError("planted")

        return crash, (b"with", b"|", b"from"), [b"select"]
    from fuzz.readers import reader_named, seeds, words_of

    reader = reader_named(name)
    reader.read(b"")  # what is loaded at first takes longer than any input may
    return reader.read, words_of(reader), list(seeds(reader))


def _note(folder: Path, data: bytes, error: Exception, noted: set[tuple[str, str]]) -> None:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    if (key := (type(error).__name__, where)) in noted:
        return
    noted.add(key)
    stem = f"{key[0]}-{where.replace(':', '-')}"
    (folder / f"{stem}.bin").write_bytes(data)
    text = f"{key[0]} at {where}: {' '.join(str(error).split())[:200]}"
    (folder / f"{stem}.json").write_text(json.dumps({"error": text}))


# ---- inside: which branches the corpus reaches


def _cover(name: str) -> str:
    import coverage

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    measure = coverage.Coverage(branch=True, data_file=None, source_pkgs=["tripoint"])
    measure.start()
    from fuzz.readers import reader_named, seeds, words_of

    reader = reader_named(name)
    chance = random.Random(0)
    learnt = [path.read_bytes() for path in sorted((HOME / name / "corpus").glob("*"))]
    known, words = list(seeds(reader)), words_of(reader)
    made = (respelled(chance.choice(known), words, chance) for _ in range(5000))
    for data in chain(known, learnt, made):
        if time.process_time() > _COVER_SECONDS:
            break
        with suppress(Exception):  # noted by the fuzzer
            reader.read(data)
    measure.stop()
    package = ROOT / "src" / "tripoint"
    taken = possible = 0
    for path in sorted(package.rglob("*.py")):
        if str(path.relative_to(package)).startswith(reader.modules):
            numbers = measure._analyze(str(path)).numbers
            possible += numbers.n_branches
            taken += numbers.n_branches - numbers.n_missing_branches
    return f"{taken} of {possible} ({100 * taken // max(possible, 1)} %)"


if __name__ == "__main__":
    sys.exit(main())
