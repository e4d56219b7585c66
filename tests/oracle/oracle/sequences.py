"""Random correlations over random sequences of events, for the engine and the oracle alike."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

_KINDS = (
    "event_count", "event_count", "value_count", "value_sum", "value_avg", "value_median",
    "value_percentile", "temporal", "temporal", "temporal_ordered", "boolean",
)  # fmt: skip
_GROUPS: tuple[list[str], ...] = (
    ["Computer"],
    ["Computer"],
    ["Computer", "User"],
    ["User"],
    ["User", "IP"],
    [],
)
_OPERATORS = ("gte", "gte", "gt", "lt", "lte", "eq", "neq")
_START = datetime(2024, 3, 1, 23, 59, 30, tzinfo=UTC)


def _bounds(kind: str, rng: random.Random) -> dict[str, object]:
    low = rng.randint(1, 4) if not kind.startswith("value_") or kind == "value_count" else None
    number = low if low is not None else rng.choice((2, 5, 7.5, 10, 20))
    if rng.random() < 0.15:
        return {"gte": number, "lt": number + rng.randint(1, 4)}
    return {rng.choice(_OPERATORS): number}


def _boolean(names: list[str], rng: random.Random) -> str:
    """Holds nowhere without a match: one name stands for itself."""
    first, *others = names
    rest = [rng.choice(("", "not ")) + name for name in others]
    joined = rng.choice((" and ", " or ")).join(rest)
    return f"{first} and ({joined})" if rest else first


def _condition(kind: str, names: list[str], rng: random.Random) -> object:
    if kind == "boolean":
        return _boolean(names, rng)
    if kind == "temporal_ordered":
        return None
    if kind == "temporal":
        return None if rng.random() < 0.5 else _bounds(kind, rng)
    condition = _bounds(kind, rng)
    if kind.startswith("value_"):
        several = kind == "value_count" and rng.random() < 0.3
        condition["field"] = ["V", "User"] if several else "V"
    if kind == "value_percentile":
        condition["percentile"] = rng.choice((0, 25, 50, 90, 100))
    return condition


def _correlation(name: str, producers: list[str], rng: random.Random) -> dict[str, object]:
    kind = rng.choice(_KINDS)
    about_rules = kind in ("temporal", "temporal_ordered", "boolean")
    number = rng.randint(2, 3) if about_rules else rng.randint(1, 2)
    names = rng.sample(producers, min(number, len(producers)))
    section: dict[str, object] = {
        "type": "temporal" if kind == "boolean" else kind,
        "rules": names,
        "timespan": f"{rng.choice((4, 10, 15, 30))}s",
    }
    group = rng.choice(_GROUPS)
    if group:
        section["group-by"] = group
    if "IP" in group and not any(n.startswith("c") for n in names) and rng.random() < 0.7:
        section["aliases"] = {"IP": {names[0]: "SourceIp"}}
    condition = _condition(kind, names, rng)
    if condition is not None:
        section["condition"] = condition
    document: dict[str, object] = {"title": name, "id": name, "name": name, "correlation": section}
    if rng.random() < 0.4:
        document["generate"] = True
    return document


def _rule(i: int) -> dict[str, object]:
    selection = {"E": i} if i != 3 else {"E": [0, 1]}  # the last hits events of two others
    return {
        "title": f"r{i}",
        "id": f"r{i}",
        "name": f"r{i}",
        "logsource": {"category": "vector"},
        "detection": {"s": selection, "condition": "s"},
    }


def documents(rng: random.Random) -> str:
    """Four rules and one to three correlations, which may build on each other."""
    out = [_rule(i) for i in range(4)]
    producers = [f"r{i}" for i in range(4)]
    for i in range(rng.choice((1, 1, 2, 3))):
        out.append(_correlation(f"c{i}", producers, rng))
        if rng.random() < 0.6:
            producers.append(f"c{i}")
    return "---\n".join(json.dumps(document) + "\n" for document in out)


def _event(moment: datetime, rng: random.Random) -> str:
    members: dict[str, object] = {
        "@timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Computer": rng.choice(("a", "a", "b", "A")),
        "E": rng.choice((0, 0, 1, 1, 2, 9)),
    }
    if rng.random() < 0.9:
        members["User"] = rng.choice(("x", "X", "y", ["y", "x"]))
    if rng.random() < 0.9:
        members["V"] = rng.choice((1, 2, 5, 7.5, "10", "ten", -3, 1.0))
    members[rng.choice(("IP", "SourceIp"))] = rng.choice(("10.0.0.1", "10.0.0.2"))
    return json.dumps(members)


def events(rng: random.Random) -> list[str]:
    """Mostly in order; some late, within what is allowed and beyond it."""
    out = []
    newest = _START
    for _ in range(rng.randint(10, 50)):
        newest += timedelta(milliseconds=rng.choice((0, 500, 1000, 1000, 2500, 4000, 9000, 20000)))
        back = rng.choice((0, 0, 0, 0, 0, 0, 1000, 5000, 10000, 10001, 15000))
        out.append(_event(newest - timedelta(milliseconds=back), rng))
    return out
