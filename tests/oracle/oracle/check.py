"""The engine against the oracle, pair for pair: the visible regression events and derived cases,
each on all public rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .compare import compare
from .derive import derive
from .events import Event, read_events
from .rules import PlaceholderValues, Rule
from .shapes import dump

RULE_FOLDERS = (
    "rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder",
    "rules-compliance",
)  # fmt: skip


def engine_pairs(
    program: Path, events: Path, rules: list[Path], values: PlaceholderValues, routing: bool
) -> Path:
    """Runs engine_pairs (engine_pairs.cpp); answers the file of its pairs."""
    arguments = [str(program), str(events)]
    arguments += [] if routing else ["--no-routing"]
    for name, scalars in values.items():
        for scalar in scalars:
            arguments += ["--placeholder", f"{name}={scalar.text}"]
    arguments += map(str, rules)
    out = events.with_suffix(".engine.tsv" if routing else ".engine-unrouted.tsv")
    with out.open("wb") as file:
        subprocess.run(arguments, stdout=file, check=True)
    return out


def as_lines(files: list[Path], target: Path) -> int:
    """Events of any layout, one a line."""
    events: list[Event] = [event for file in files for event in read_events(file)]
    target.write_text("".join(dump(event.tree) + "\n" for event in events), encoding="utf-8")
    return len(events)


def check(
    program: Path,
    folders: list[Path],
    rules: list[Rule],
    values: PlaceholderValues,
    regression: list[Path],
    work: Path,
    seed: int,
    seconds: float,
    pairs: int,
) -> int:
    """The number of pairs that differ; the first ones are printed."""
    work.mkdir(parents=True, exist_ok=True)
    lanes: list[tuple[Path, bool, Path | None]] = []
    if regression:
        lines = work / "regression.ndjson"
        number = as_lines(regression, lines)
        print(f"{number} regression events on {len(rules)} rules")
        lanes += [(lines, True, None), (lines, False, None)]
    print(derive(rules, seed, work, seconds, pairs))
    lanes += [(work / "routed.ndjson", True, work / "routed.tsv")]
    lanes += [(work / "unrouted.ndjson", False, work / "unrouted.tsv")]
    total = 0
    for events, routing, expected in lanes:
        theirs = engine_pairs(program, events, folders, values, routing)
        differing, texts = compare(rules, events, theirs, routing, expected, 10)
        print("\n".join(texts), end="")
        print(f"{events.name}{'' if routing else ', not routed'}: {differing} pairs differ")
        total += differing
    return total
