"""The engine against the oracle, pair for pair: the visible regression events and derived cases, on
all public rules; and cases derived from invented rules."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .compare import compare
from .correlate import correlate, time_of
from .derive import derive
from .documents import RuleError
from .events import Event, parse_event, read_events
from .invent import invent
from .rules import PlaceholderValues, Rule, RuleSet, load_paths, load_texts
from .sequences import documents
from .sequences import events as sequence_events
from .shapes import dump

RULE_FOLDERS = (
    "rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder",
    "rules-compliance",
)  # fmt: skip

INVENTED = 500  # rules


def engine_pairs(
    program: Path, events: Path, rules: list[Path], values: PlaceholderValues, routing: bool
) -> Path:
    """Runs engine_pairs (engine_pairs.cpp); answers the file of its pairs. All must be loaded."""
    arguments = [str(program), str(events)]
    arguments += [] if routing else ["--no-routing"]
    for name, scalars in values.items():
        for scalar in scalars:
            arguments += ["--placeholder", f"{name}={scalar.text}"]
    arguments += map(str, rules)
    out = events.with_suffix(".engine.tsv" if routing else ".engine-unrouted.tsv")
    with out.open("wb") as file:
        done = subprocess.run(arguments, stdout=file, stderr=subprocess.PIPE, check=True, text=True)
    if done.stderr:
        raise RuleError(f"the engine: {done.stderr}")
    return out


def as_lines(files: list[Path], target: Path) -> int:
    """Events of any layout, one a line."""
    events: list[Event] = [event for file in files for event in read_events(file)]
    target.write_text("".join(dump(event.tree) + "\n" for event in events), encoding="utf-8")
    return len(events)


@dataclass
class Lane:
    """Events, and what is to be compared on them."""

    events: Path
    rules: list[Rule]
    folders: list[Path]
    values: PlaceholderValues
    routing: bool
    expected: Path | None = None

    def compare(self, program: Path) -> int:
        theirs = engine_pairs(program, self.events, self.folders, self.values, self.routing)
        number, texts = compare(self.rules, self.events, theirs, self.routing, self.expected, 10)
        print("\n".join(texts), end="")
        routed = "" if self.routing else ", not routed"
        print(f"{self.events.parent.name}/{self.events.name}{routed}: {number} pairs differ")
        return number


@dataclass
class Limits:
    seed: int
    seconds: float
    pairs: int

    def part(self, share: float) -> Limits:
        return Limits(self.seed, self.seconds * share, int(self.pairs * share))


def derived_lanes(
    rules: list[Rule], folders: list[Path], values: PlaceholderValues, work: Path, limits: Limits
) -> list[Lane]:
    print(derive(rules, limits.seed, work, limits.seconds, limits.pairs))
    return [
        Lane(work / f"{name}.ndjson", rules, folders, values, routing, work / f"{name}.tsv")
        for name, routing in (("routed", True), ("unrouted", False))
    ]


def regression_lanes(
    rules: list[Rule], folders: list[Path], values: PlaceholderValues, work: Path, files: list[Path]
) -> list[Lane]:
    """Every visible regression event on every public rule, routed and not."""
    lines = work / "regression.ndjson"
    print(f"{as_lines(files, lines)} regression events on {len(rules)} rules")
    return [Lane(lines, rules, folders, values, routing) for routing in (True, False)]


def invented_lanes(work: Path, limits: Limits) -> list[Lane]:
    """Rules of every modifier and value; some no engine needs to take, and none is left out."""
    work.mkdir(parents=True, exist_ok=True)
    file = work / "rules.yml"
    file.write_text(invent(limits.seed, INVENTED), encoding="utf-8")
    found = load_paths([file])
    if found.errors:
        raise RuleError(f"an invented rule is refused: {found.errors[0]}")
    return derived_lanes(found.rules, [file], {}, work, limits)


def _own_alerts(rules: RuleSet, events: list[Event]) -> list[str]:
    """What the oracle tells of a sequence: id, tab, microseconds."""
    out = [
        f"{rule.id}\t{time_of(event)}"
        for event in events
        for rule in rules.rules
        if rule.generates and rule.matches(event)
    ]
    fired = correlate(rules, events)
    out += [f"{f.correlation.id}\t{f.newest.time}" for f in fired if f.correlation.generates]
    return sorted(out)


def check_sequences(program: Path, work: Path, limits: Limits) -> int:
    """Random correlations over random sequences, one run of engine_firings each."""
    work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(limits.seed)
    begin = time.monotonic()
    number = differing = 0
    while time.monotonic() - begin < limits.seconds or number * 1000 < limits.pairs:
        text, lines = documents(rng), sequence_events(rng)
        (work / "rules.yml").write_text(text, encoding="utf-8")
        (work / "events.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        rules = load_texts([(text, "invented")])
        if rules.errors:
            raise RuleError(f"an invented correlation is refused: {rules.errors[0]}")
        arguments = [str(program), str(work / "events.ndjson"), str(work / "rules.yml")]
        theirs = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, text=True).stdout
        own = _own_alerts(rules, [parse_event(line, str(i)) for i, line in enumerate(lines)])
        number += 1
        if own != sorted(theirs.splitlines()):
            differing += 1
            _keep(work, f"{limits.seed}-{number}", own, sorted(theirs.splitlines()))
    print(f"{number} sequences of correlations: {differing} differ")
    return differing


def _keep(work: Path, name: str, own: list[str], theirs: list[str]) -> None:
    print(f"sequence {name}: the oracle {sorted(set(own) - set(theirs))[:6]}")
    print(f"   the engine {sorted(set(theirs) - set(own))[:6]}")
    for file in ("rules.yml", "events.ndjson"):
        shutil.copy(work / file, work / f"differs-{name}-{file}")
