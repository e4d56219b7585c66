"""Cases made from the rules: events that meet a branch of a rule's condition, and events one edit
away. Each is tried on every rule of its log source, so that all others are the cross pairs."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from . import mutate, sample, shapes
from .condition import All, Not, Some, Tree
from .detection import Item
from .events import Members, parse_event
from .items import FieldTest, NullTest, NumberTest, Test
from .logsource import is_tried, source_of
from .match import Matcher
from .rules import Rule

TRIES = 4


@dataclass
class Wish:
    """What an event must hold: tests by field, and fields that must be there or not."""

    tests: dict[tuple[str, ...], list[Test]] = field(default_factory=dict)
    names: dict[tuple[str, ...], str] = field(default_factory=dict)
    keywords: list[Test] = field(default_factory=list)
    present: set[tuple[str, ...]] = field(default_factory=set)


def _wish_item(item: Item, want: bool, wish: Wish, rng: random.Random) -> None:
    wanted = want != item.neq
    if item.field is not None:
        wish.names[item.paths] = item.field
    if item.exists is not None:
        if wanted == item.exists:
            wish.present.add(item.paths)
        return
    if not wanted:  # a field that is not there holds nothing but null
        if any(isinstance(t, NullTest) for tests in item.values for t in tests):
            wish.present.add(item.paths)
        return
    groups = item.values if item.all else [rng.choice(item.values)]
    chosen = [rng.choice(tests) for tests in groups if tests]
    if item.field is None:
        wish.keywords += chosen
    else:
        wish.tests.setdefault(item.paths, []).extend(chosen)


def collect(tree: Tree[Item], want: bool, wish: Wish, rng: random.Random) -> None:
    """One way to make the tree true, or false."""
    if isinstance(tree, Not):
        collect(tree.child, not want, wish, rng)
    elif isinstance(tree, (All, Some)):
        every = isinstance(tree, All) == want
        for child in tree.children if every else [rng.choice(tree.children)]:
            collect(child, want, wish, rng)
    else:
        _wish_item(tree, want, wish, rng)


def _event_id(wish: Wish) -> Optional[int]:
    for paths, tests in wish.tests.items():
        if wish.names[paths] == "EventID":
            found = [t.number for t in tests if isinstance(t, NumberTest)]
            return int(found[0]) if found else None
    return None


def _other_paths(test: FieldTest, style: str) -> str:
    return shapes.usual_path(test.name, test.other, style)


def _fill(tree: Members, wish: Wish, style: str, rng: random.Random) -> None:
    for paths, tests in wish.tests.items():
        path = shapes.usual_path(wish.names[paths], paths, style)
        if rng.random() < 0.1:
            path = rng.choice(paths).replace("*", "Any")
        if isinstance(tests[0], NullTest) and rng.random() < 0.5:
            continue
        for test in tests:
            if isinstance(test, FieldTest):
                shapes.put(tree, _other_paths(test, style), "same")
        shapes.put(tree, path, sample.for_all(tests, rng), dotted=rng.random() < 0.05)
    for paths in wish.present - set(wish.tests):
        shapes.put(tree, shapes.usual_path(wish.names[paths], paths, style), "there")
    for test in wish.keywords:
        value = sample.of_test(test, rng)
        shapes.put(
            tree, rng.choice(("Message", "message", "a.b", "Event.EventData.Data", "list")), value
        )


def build(rule: Rule, rng: random.Random) -> Optional[tuple[Members, bool]]:
    """An event that the rule should match, and whether it has the rule's log source."""
    wish = Wish()
    collect(rule.expression, True, wish, rng)
    style = rng.choice(shapes.STYLES)
    names = {wish.names[paths] for paths in wish.tests}
    tree = shapes.header(rule.source, style, names, rng, _event_id(wish))
    routed = tree is not None
    tree = tree if tree is not None else Members()
    _fill(tree, wish, style, rng)
    return tree, routed


def _edited(tree: Members, edits: tuple[Callable[..., None], ...], rng: random.Random) -> Members:
    other = copy.deepcopy(tree)
    places = list(shapes.leaves(other))
    if places:
        rng.choice(edits)(rng.choice(places), rng)
    return other


@dataclass
class Tally:
    events: int = 0
    hits: int = 0  # the event's own rule matches
    near_misses: int = 0  # one edit away from an event that its rule matches
    pairs: int = 0
    matches: int = 0


class Lane:
    """A file of events, and one of the pairs that match: rule id, tab, byte offset."""

    def __init__(self, folder: Path, name: str, rules: list[Rule], routing: bool) -> None:
        self.matcher = Matcher(rules, routing)
        self.events = (folder / f"{name}.ndjson").open("wb")
        self.expected = (folder / f"{name}.tsv").open("w", encoding="utf-8")
        self.tally = Tally()
        self.offset = 0

    def add(self, tree: Members, rule: Rule, from_hit: bool) -> bool:
        text = shapes.dump(tree)
        event = parse_event(text, offset=self.offset)
        matching = self.matcher.matching(event)
        hit = any(r is rule for r in matching)
        self.tally.events += 1
        self.tally.hits += hit
        self.tally.near_misses += from_hit and not hit
        self.tally.matches += len(matching)
        self.tally.pairs = self.matcher.pairs
        self.expected.writelines(f"{r.id}\t{self.offset}\n" for r in matching)
        line = text.encode("utf-8") + b"\n"
        self.events.write(line)
        self.offset += len(line)
        return hit

    def close(self) -> None:
        self.events.close()
        self.expected.close()


def _hits(tree: Members, rule: Rule) -> bool:
    return rule.matches(parse_event(shapes.dump(tree)))


def _is_routed(tree: Members, rule: Rule) -> bool:
    return is_tried(rule.source, source_of(parse_event(shapes.dump(tree))))


class Deriver:
    def __init__(self, rules: list[Rule], seed: int, folder: Path) -> None:
        self.rules = rules
        self.rng = random.Random(seed)
        self.routed = Lane(folder, "routed", rules, True)
        self.unrouted = Lane(folder, "unrouted", rules, False)

    def rule(self, rule: Rule) -> None:
        """A hit, two edits that miss, and one edit as it comes."""
        base, routed = self._base(rule)
        lane = self.routed if routed else self.unrouted
        is_hit = lane.add(base, rule, False)
        for _ in range(2):
            lane.add(self._near_miss(base, rule), rule, is_hit)
        lane.add(_edited(base, mutate.EDITS, self.rng), rule, is_hit)

    def _base(self, rule: Rule) -> tuple[Members, bool]:
        found: tuple[Members, bool] = (Members(), False)
        for _ in range(TRIES):
            built = build(rule, self.rng)
            if built is not None:
                tree, routed = built
                found = (tree, routed and _is_routed(tree, rule))
                if _hits(tree, rule):
                    break
        return found

    def _near_miss(self, base: Members, rule: Rule) -> Members:
        other = base
        for attempt in range(TRIES):
            other = _edited(base, mutate.EDITS if attempt < 2 else mutate.BREAKING, self.rng)
            if not _hits(other, rule):
                break
        return other

    @property
    def pairs(self) -> int:
        return self.routed.matcher.pairs + self.unrouted.matcher.pairs

    def run(self, is_done: Callable[[Deriver], bool]) -> None:
        while True:
            order = list(self.rules)
            self.rng.shuffle(order)
            for rule in order:
                if is_done(self):
                    self.routed.close()
                    self.unrouted.close()
                    return
                self.rule(rule)


def derive(
    rules: list[Rule], seed: int, folder: Path, seconds: float, pairs: int
) -> dict[str, Any]:
    """Until the time is over or the pairs are there; 0: no limit of that kind."""
    folder.mkdir(parents=True, exist_ok=True)
    deriver = Deriver(rules, seed, folder)
    begin = time.monotonic()

    def is_done(now: Deriver) -> bool:
        late = bool(seconds) and time.monotonic() - begin >= seconds
        return late or (bool(pairs) and now.pairs >= pairs)

    deriver.run(is_done)
    lanes = {"routed": deriver.routed.tally, "unrouted": deriver.unrouted.tally}
    events = sum(t.events for t in lanes.values())
    summary = {
        "seed": seed,
        "rules": len(rules),
        "events": events,
        "pairs": deriver.pairs,
        "hits": sum(t.hits for t in lanes.values()) / max(events, 1),
        "near_misses": sum(t.near_misses for t in lanes.values()) / max(events, 1),
        "lanes": {name: vars(tally) for name, tally in lanes.items()},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    return summary
