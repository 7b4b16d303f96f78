"""`make fuzz`: every reader fed by a coverage-guided fuzzer (atheris, which drives libFuzzer).

`python -m fuzz --seconds 60 [READER …]` gives each reader so many seconds, keeps what it learns in `build/fuzz`, and
reports the inputs tried in all and the branches of each reader's modules that the corpus reaches. An exception is
noted with its input and fuzzing goes on; an input that takes longer than `--patience` is a hang, which libFuzzer sees
from outside of Python. First of all a hang and a crash that are planted on purpose must be found. The exit code is 1
where anything was found.
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
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / "build" / "fuzz"
PLANTED = ("planted-hang", "planted-crash")
_UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_MEMORY_MB = 2048
_COVER_SECONDS = 120
"""Seconds of computing for counting the branches."""


class Tried(NamedTuple):
    """What came of one reader."""

    name: str
    inputs: int
    before: int
    branches: str
    found: list[str]


def main() -> int:
    """Fuzz the readers that are named, or all."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, allow_abbrev=False)
    parser.add_argument("readers", nargs="*", metavar="READER")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--patience", type=int, default=10, help="seconds that one input may take")
    parser.add_argument("--inside", choices=["fuzz", "cover"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside == "fuzz":
        _fuzz(arguments.readers[0], arguments.seconds, arguments.patience)
        return 0
    if arguments.inside == "cover":
        print(_cover(arguments.readers[0]))
        return 0
    from fuzz.readers import READERS

    names = arguments.readers or [reader.name for reader in READERS]
    for name in PLANTED:
        if not _run(name, 120, 2).found:
            print(f"{name} was not found: the fuzzer does not work", file=sys.stderr)
            return 2
    print("a planted hang and a planted crash were found\n")
    print("| reader | inputs now | inputs in all | branches | found |")
    print("|---|---|---|---|---|")
    failed = False
    for name in names:
        tried = _run(name, arguments.seconds, arguments.patience)
        failed = failed or bool(tried.found)
        found = "; ".join(tried.found).replace("|", "\\|") or "nothing"
        print(
            f"| {name} | {tried.inputs:,} | {tried.before + tried.inputs:,} | {tried.branches} | {found} |", flush=True
        )
    return int(failed)


# ---- outside: one process a reader, started again where a hang has ended it


def _run(name: str, seconds: int, patience: int) -> Tried:
    home = HOME / name
    for part in ("corpus", "found"):
        (home / part).mkdir(parents=True, exist_ok=True)
    tally = home / "inputs"
    before = int(tally.read_text()) if tally.exists() else 0
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
    if name in PLANTED:
        return Tried(name, inputs, 0, "", hangs if "hang" in name else _noted(home, started))
    tally.write_text(str(before + inputs))
    return Tried(
        name, inputs, before, _inside("cover", name, 0, 0).strip().splitlines()[-1], hangs + _noted(home, started)
    )


def _inside(what: str, name: str, seconds: int, patience: int) -> str:
    command = [sys.executable, "-P", str(HERE / "__main__.py"), "--inside", what, name]
    command += ["--seconds", str(seconds), "--patience", str(patience)]
    environment = {"PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin", "HOME": str(HOME)}
    done = subprocess.run(command, cwd=HOME / name, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode("utf-8", "replace")
    (HOME / name / f"{what}.log").write_text(said)
    if not said.strip():
        raise SystemExit(f"{what} {name} ended with {done.returncode} and said nothing")
    return said


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

        chance = random.Random()

        def mutated(data: bytes, size: int, seed: int) -> bytes:
            if seed % 3 == 0:
                changed: bytes = atheris.Mutate(data, size)
                return changed
            chance.seed(seed)
            return _respelled(data, words, chance)[:size]

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
    return reader.read, words_of(reader), list(seeds(reader))


def _respelled(data: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    """Return the input with words of the grammar put in, in place of something, or behind."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(made) + 1)
        word = chance.choice(words)
        match chance.randrange(5):
            case 0:
                made[at:at] = word
            case 1:
                made[at : at + len(word)] = word
            case 2:
                made += chance.choice((b"", b" ", b"\n")) + word
            case 3:
                del made[at : at + chance.choice((1, 4, 16, 64))]
            case _:
                other = chance.randrange(len(made) + 1)
                piece = made[min(at, other) : max(at, other)][:256]
                made[at:at] = piece * chance.choice((1, 2, 8))
    return bytes(made)


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
    from fuzz.readers import reader_named

    reader = reader_named(name)
    for path in sorted((HOME / name / "corpus").iterdir()):
        if time.process_time() > _COVER_SECONDS:
            break
        try:
            reader.read(path.read_bytes())
        except Exception:
            continue  # noted by the fuzzer
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
    sys.path.insert(0, str(HERE.parent))
    sys.exit(main())
