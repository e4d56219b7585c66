"""Matches of two engines, compared pair by pair: (rule id, EventRecordID)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Pair = tuple[str, int]


def record_ids(events: Path) -> dict[int, int]:
    """Byte offset of each line of a lane: its EventRecordID."""
    out: dict[int, int] = {}
    offset = 0
    with events.open("rb") as lines:
        for line in lines:
            out[offset] = int(json.loads(line)["EventRecordID"])
            offset += len(line)
    return out


def offset_of(event_ref: str) -> int:
    """`file:<hash>@<offset>#<index>`."""
    return int(event_ref.rsplit("@", 1)[1].split("#", 1)[0])


def matches_of(output: Path) -> Iterator[dict[str, Any]]:
    with output.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("{"):
                match: dict[str, Any] = json.loads(line)
                if "rule_id" in match:
                    yield match


def read_pairs(output: Path, offsets: dict[int, int]) -> set[Pair]:
    """The pairs that an engine printed: from the event in the match (RSigma) or from its ref (Spoor)."""
    pairs: set[Pair] = set()
    for match in matches_of(output):
        if "event_ref" in match:
            record = offsets[offset_of(match["event_ref"])]
        else:
            record = int(match["event"]["EventRecordID"])
        pairs.add((match["rule_id"], record))
    return pairs


@dataclass(frozen=True)
class Comparison:
    both: int
    only_first: set[Pair]
    only_second: set[Pair]

    def by_rule(self, pairs: set[Pair]) -> list[tuple[str, int, int]]:
        """Rule id, number of pairs, and the first event of them; most pairs first."""
        counts = Counter(rule for rule, _ in pairs)
        first: dict[str, int] = {}
        for rule, record in sorted(pairs, key=lambda pair: pair[1]):
            first.setdefault(rule, record)
        return [(rule, count, first[rule]) for rule, count in counts.most_common()]


def compare(first: set[Pair], second: set[Pair]) -> Comparison:
    return Comparison(len(first & second), first - second, second - first)
