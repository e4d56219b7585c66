#!/usr/bin/env python3
"""Spoor's Sigma engine against RSigma, turn by turn in one run.

  compare.py --rules DIR --rsigma PROGRAM [--spoor PROGRAM] [--visit PROGRAM] [--lane NAME=FILE]...
             [--measure speed,pairs,threads,rules,load] [--all-rules DIR] [--rounds 3] [--seconds 10]

speed    each engine on one core, output into memory, net of what a run over one event costs; each lane's file is repeated
         until the slower engine works for --seconds; the best of --rounds, engines taking turns
pairs    the matches of both, compared by (rule id, EventRecordID); rules with differences are listed
threads  Spoor with two threads on two cores against one, by the clock (meant for a lane of one host)
rules    nanoseconds an event that 1,000 more rules cost: rules for the lane's product, and rules for others
load     seconds and memory of a run over one event with --all-rules (SigmaHQ's five folders)

Times are processor seconds of the process on its core unless it says "clock": other work on the machine then counts less.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pairs
from processes import Cost, Engine, Runner, count_lines, head, repeat, rsigma, spoor
from rule_files import copy_rules, split_by_product, titles

MEASURES = ("speed", "pairs", "threads", "rules", "load")


@dataclass
class Net:
    """What the events of a file cost an engine: the best run less the best run over one event."""

    whole: Cost
    load: Cost
    events: int
    matches: int

    @property
    def cpu(self) -> float:
        return max(self.whole.cpu - self.load.cpu, 1e-9)

    @property
    def wall(self) -> float:
        return max(self.whole.wall - self.load.wall, 1e-9)

    @property
    def rate(self) -> float:
        return self.events / self.cpu

    @property
    def ns(self) -> float:
        return self.cpu / self.events * 1e9


class Bench:
    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args = args
        self.folder = folder
        self.runner = Runner(args.cores, folder)
        self.rivals = [rsigma(args.rsigma)] if args.rsigma else []
        if args.spoor:
            self.rivals.append(spoor(args.spoor, args.spoor_format, args.spoor_arg))
        self.report: dict[str, Any] = {}

    def once(self, engine: Engine, rules: Path, events: Path, threads: int = 1) -> tuple[Cost, int]:
        output = self.folder / "output"
        cost = self.runner.run(engine.command(rules, events, threads), output, threads)
        return cost, count_lines(output)

    def one_event(self, lane: Path) -> Path:
        first = self.folder / "one.ndjson"
        head(lane, 1, first)
        return first

    def nets(self, engines: list[Engine], rules: Path, events: Path, threads: int = 1) -> dict[str, Net]:
        """Runs in turn, each over one event and over all, `rounds` times."""
        first = self.one_event(events)
        num_events = count_lines(events)
        whole: dict[str, Cost] = {}
        load: dict[str, Cost] = {}
        matches: dict[str, int] = {}
        for _ in range(self.args.rounds):
            for engine in engines:
                cost, _ = self.once(engine, rules, first, threads)
                load[engine.name] = cost.better(load.get(engine.name))
                cost, matches[engine.name] = self.once(engine, rules, events, threads)
                whole[engine.name] = cost.better(whole.get(engine.name))
        return {e.name: Net(whole[e.name], load[e.name], num_events, matches[e.name]) for e in engines}

    def long_enough(self, lane: Path, engines: list[Engine]) -> Path:
        """The lane's file, as often as the slowest engine needs to work for `seconds`."""
        first = self.one_event(lane)
        slowest = 0.0
        for engine in engines:
            load, _ = self.once(engine, self.args.rules, first)
            whole, _ = self.once(engine, self.args.rules, lane)
            slowest = max(slowest, whole.cpu - load.cpu)
        times = max(1, math.ceil(1.2 * self.args.seconds / max(slowest, 1e-3)))  # one run is no measure
        times = max(1, min(times, self.args.most_bytes // lane.stat().st_size))
        target = self.args.scratch / "repeated.ndjson"
        repeat(lane, times, target)
        return target

    def speed(self, name: str, lane: Path) -> None:
        events = self.long_enough(lane, self.rivals)
        found = self.nets(self.rivals, self.args.rules, events)
        visited = self.visit(events)
        print(f"\n{name}: {count_lines(events)} events of {events.stat().st_size // count_lines(events)} bytes")
        rows: dict[str, Any] = {}
        for engine, net in found.items():
            of_visit = f", {net.rate / visited:.4f} of simdjson's visit" if visited else ""
            print(
                f"  {engine:8} {net.rate:12,.0f} events/s  net {net.cpu:.2f} s (clock {net.wall:.2f}), load {net.load.cpu:.2f}, "
                f"{net.matches} matches ({net.matches / net.events:.3f} an event){of_visit}"
            )
            rows[engine] = {
                "rate": net.rate,
                "net": net.cpu,
                "clock": net.wall,
                "load": net.load.cpu,
                "matches": net.matches,
                "events": net.events,
            }
        if len(found) == 2:
            print(f"  ratio    {found['Spoor'].rate / found['RSigma'].rate:12.2f}")
        self.report.setdefault("speed", {})[name] = rows | {"visit": visited}
        events.unlink()

    def visit(self, events: Path) -> float:
        """Events a second of simdjson visiting every field; 0 without the program."""
        if not self.args.visit:
            return 0.0
        output = self.folder / "visit"
        self.runner.run([self.args.visit, str(events)], output)
        return float(json.loads(output.read_text())["events_per_second"])

    def pairs(self, name: str, lane: Path) -> None:
        offsets = pairs.record_ids(lane)
        found: dict[str, set[pairs.Pair]] = {}
        for engine in self.rivals:
            output = self.folder / "pairs"
            self.runner.run(engine.command(self.args.rules, lane, identity=True), output)
            found[engine.name] = pairs.read_pairs(output, offsets)
            print(
                f"\n{name}: {engine.name}: {len(found[engine.name])} pairs of {len({r for r, _ in found[engine.name]})} rules, "
                f"{len(found[engine.name]) / len(offsets):.3f} an event"
            )
        if len(found) < 2:
            return
        result = pairs.compare(found["RSigma"], found["Spoor"])
        print(f"  both {result.both}, only RSigma {len(result.only_first)}, only Spoor {len(result.only_second)}")
        title_of = titles(self.args.rules)
        for who, different in (("RSigma", result.only_first), ("Spoor", result.only_second)):
            for rule, count, first in result.by_rule(different):
                print(f"  only {who}: {rule}  {count} pairs, first EventRecordID {first}  {title_of.get(rule, '')}")
        self.report.setdefault("pairs", {})[name] = {
            "both": result.both,
            "only_rsigma": result.by_rule(result.only_first),
            "only_spoor": result.by_rule(result.only_second),
        }

    def threads(self, name: str, lane: Path) -> None:
        engines = [e for e in self.rivals if e.name == "Spoor"]
        if not engines:
            return
        events = self.long_enough(lane, engines)
        walls = {n: self.nets(engines, self.args.rules, events, n)["Spoor"].wall for n in (1, 2)}
        print(f"\n{name}: clock {walls[1]:.2f} s with one thread, {walls[2]:.2f} s with two: {walls[1] / walls[2]:.2f} times")
        self.report.setdefault("threads", {})[name] = walls
        events.unlink()

    def rules(self, name: str, lane: Path) -> None:
        routed, others = split_by_product(self.args.rules, self.args.product)
        sets = {"quarter": routed[::4], "routed": routed, "all": routed + others}
        events = self.long_enough(lane, self.rivals)
        found: dict[str, dict[str, Net]] = {}
        for label, files in sets.items():
            folder = self.folder / f"rules-{label}"
            copy_rules(files, folder)
            found[label] = self.nets(self.rivals, folder, events)
        print(f"\n{name}: nanoseconds an event that 1,000 more rules cost")
        for engine in found["all"]:
            ns = {label: nets[engine].ns for label, nets in found.items()}
            per_routed = (ns["routed"] - ns["quarter"]) / (len(routed) - len(sets["quarter"])) * 1000
            per_other = (ns["all"] - ns["routed"]) / max(len(others), 1) * 1000
            print(
                f"  {engine:8} routed {per_routed:8.0f}  not routed {per_other:8.0f}   ({len(sets['quarter'])}, {len(routed)}, "
                f"{len(sets['all'])} rules: {ns['quarter']:.0f}, {ns['routed']:.0f}, {ns['all']:.0f} ns)"
            )
            self.report.setdefault("rules", {}).setdefault(name, {})[engine] = {
                "routed": per_routed,
                "not_routed": per_other,
                "ns": ns,
            }

    def load(self, lane: Path) -> None:
        first = self.one_event(lane)
        rules = self.args.all_rules or self.args.rules
        best: dict[str, Cost] = {}
        for _ in range(self.args.rounds):
            for engine in self.rivals:
                cost, _ = self.once(engine, rules, first)
                best[engine.name] = cost.better(best.get(engine.name))
        print(f"\nload: {sum(1 for _ in rules.rglob('*.yml'))} rule files and one event")
        for name, cost in best.items():
            print(f"  {name:8} clock {cost.wall:.3f} s, processor {cost.cpu:.3f} s, {cost.rss / 1e6:.0f} MB")
            self.report.setdefault("load", {})[name] = vars(cost)

    def run(self, measures: list[str], lanes: dict[str, Path]) -> None:
        for name, lane in lanes.items():
            for measure in ("speed", "pairs", "threads", "rules"):
                if measure in measures:
                    getattr(self, measure)(name, lane)
                    sys.stdout.flush()
        if "load" in measures:
            self.load(next(iter(lanes.values())))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, required=True, help="SigmaHQ's rules/")
    parser.add_argument("--all-rules", type=Path, help="a folder with all five of SigmaHQ's folders, for load")
    parser.add_argument("--rsigma", help="the rival's program")
    parser.add_argument("--spoor", help="Spoor's program")
    parser.add_argument("--spoor-format", default="ndjson", help="ndjson: whole alerts; matches: what RSigma prints, and more")
    parser.add_argument("--spoor-arg", action="append", default=[], help="one more argument of `spoor scan`")
    parser.add_argument("--visit", help="bench_sigma_visit")
    parser.add_argument("--lane", action="append", default=[], metavar="NAME=FILE", required=True)
    parser.add_argument("--measure", default="speed,pairs", help=",".join(MEASURES))
    parser.add_argument("--product", default="windows", help="the lane's product, for rules")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--most-bytes", type=int, default=4_000_000_000, help="of a repeated lane")
    parser.add_argument("--cores", default="0,1")
    parser.add_argument("--memory", type=Path, default=Path("/dev/shm"), help="where output goes")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()), help="where repeated lanes go")
    parser.add_argument("--report", type=Path, help="all figures as JSON")
    args = parser.parse_args()
    args.cores = [int(core) for core in args.cores.split(",")]
    unknown = set(args.measure.split(",")) - set(MEASURES)
    if unknown or not (args.rsigma or args.spoor):
        parser.error(f"unknown measure {', '.join(sorted(unknown))}" if unknown else "neither --rsigma nor --spoor")
    return args


def main() -> int:
    args = parse()
    lanes = {name: Path(file) for name, _, file in (lane.partition("=") for lane in args.lane)}
    with (
        tempfile.TemporaryDirectory(dir=args.memory) as memory,
        tempfile.TemporaryDirectory(dir=args.scratch) as scratch,
    ):
        args.scratch = Path(scratch)
        bench = Bench(args, Path(memory))
        bench.run(args.measure.split(","), lanes)
    if args.report:
        args.report.write_text(json.dumps(bench.report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
