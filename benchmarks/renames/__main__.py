"""Print the benchmark's figures: `python -m benchmarks.renames`; with `--misses` also what is not answered rightly."""

from __future__ import annotations

import sys

from benchmarks.renames import CASES, Outcome, measure, outcomes


def show(title: str, found: list[Outcome], misses: bool) -> None:
    figures = measure(found)
    print(f"{title}: {figures.renamed} renamed, {figures.new} new")
    print(f"  first {figures.first / figures.renamed:.1%}, among three {figures.among_three / figures.renamed:.1%}")
    print(f"  new but resolved {figures.new_wrong / figures.new:.1%} ({figures.new_wrong})")
    print(f"  calibration error {figures.calibration_error:.3f}")
    for _, (count, right, said) in sorted(figures.bins.items()):
        print(f"    {said / count:.0%} said, {right / count:.0%} right ({count})")
    for outcome in found if misses else ():
        if outcome.rank != 1:
            answers = ", ".join(f"{s.kind} {s.target} {s.confidence}" for s in outcome.answers)
            print(f"  {outcome.schema}: {outcome.subject} = {outcome.meant or 'new'}: {answers or 'nothing'}")


def main(arguments: list[str]) -> None:
    both = {folder: list(outcomes(CASES / folder)) for folder in ("tuned", "held_out")}
    show("tuned", both["tuned"], "--misses" in arguments)
    show("held out", both["held_out"], "--misses-held-out" in arguments)
    show("all", [*both["tuned"], *both["held_out"]], misses=False)


if __name__ == "__main__":
    main(sys.argv[1:])
