"""The engine's pairs against the oracle's."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from .events import Event, read_events
from .match import Matcher
from .rules import Rule

Pair = tuple[str, int, int]  # rule id, byte offset, element

_REF = re.compile(r"@([0-9]+)(?:#([0-9]+))?$")


def read_pairs(path: Path) -> Iterator[Pair]:
    """NDJSON with rule_id and event_ref, or lines of rule id, tab, byte offset."""
    with path.open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            if line.startswith("{"):
                fields = json.loads(line)
                place = _REF.search(fields["event_ref"])
                if not place:
                    raise ValueError(f"no offset in {fields['event_ref']!r}")
                yield fields["rule_id"], int(place[1]), int(place[2] or 0)
            else:
                rule, offset = line.rstrip("\n").split("\t")[:2]
                yield rule, int(offset), 0


def _key(event: Event) -> tuple[int, int]:
    place = _REF.search(event.ref)
    return event.offset, int(place[2] or 0) if place else 0


def own_pairs(matcher: Matcher, events: Iterable[Event]) -> Iterator[Pair]:
    for event in events:
        for rule in matcher.matching(event):
            yield (rule.id, *_key(event))


def _section(rule: Rule) -> str:
    """The rule's detection as its file has it."""
    text = Path(rule.place.partition("#")[0]).read_text(encoding="utf-8")
    match = re.search(
        r"^(logsource|detection):.*?(?=^(?!logsource|detection)\w+:|\Z)", text, re.M | re.S
    )
    return match[0] if match else text


def describe(
    pair: Pair, who: str, rules: dict[str, Rule], events: dict[tuple[int, int], str]
) -> str:
    rule = rules.get(pair[0])
    section = (
        _section(rule) if rule and Path(rule.place.partition("#")[0]).exists() else "(not known)\n"
    )
    place = rule.place if rule else ""
    event = events.get(pair[1:], "(no such event)")
    return f"only {who}: {pair[0]} at {pair[1]}#{pair[2]}  {place}\n{section}{event}\n"


def _texts(path: Path, events: list[Event]) -> dict[tuple[int, int], str]:
    data = path.read_bytes()
    out = {}
    for event in events:
        end = data.find(b"\n", event.offset)
        line = data[event.offset : len(data) if end < 0 else end]
        text = line if line.rstrip().endswith(b"}") else data[event.offset : event.offset + 4000]
        out[_key(event)] = text.decode("utf-8", errors="replace")
    return out


def compare(
    rules: list[Rule],
    events_file: Path,
    engine: Path,
    routing: bool,
    expected: Path | None,
    most: int,
) -> tuple[int, list[str]]:
    """(number of differing pairs, descriptions of the first ones)."""
    events = list(read_events(events_file))
    if expected:
        own = Counter(read_pairs(expected))
    else:
        own = Counter(own_pairs(Matcher(rules, routing), events))
    theirs = Counter(read_pairs(engine))
    missing, extra = own - theirs, theirs - own
    by_id = {rule.id: rule for rule in rules}
    texts = _texts(events_file, events)
    lines = [describe(pair, "the oracle", by_id, texts) for pair in sorted(missing)[:most]]
    lines += [describe(pair, "the engine", by_id, texts) for pair in sorted(extra)[:most]]
    return missing.total() + extra.total(), lines
