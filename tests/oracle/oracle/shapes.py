"""Derived events as JSON: where a field is put, and what makes an event of a log source."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, Optional

from .events import Members, Spelling
from .fields import Source
from .windows import ECS_MEANINGS, PRODUCTS, SERVICES, WINDOWS_MEANINGS

NESTED, FLAT, WINLOGBEAT = "nested", "flat", "winlogbeat"
STYLES = (NESTED, NESTED, FLAT, WINLOGBEAT)


def dump(value: Any) -> str:
    """JSON with numbers as they are spelled and members as they are written."""
    if isinstance(value, Members):
        inner = ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {dump(v)}" for k, v in value)
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, Spelling):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def put(tree: Members, path: str, value: Any, dotted: bool = False) -> None:
    """Adds a member under a path, in the objects that are there; `dotted`: as one name."""
    head, _, rest = path.partition(".")
    if dotted or not rest:
        tree.append((path, value))
        return
    for name, child in tree:
        if name == head and isinstance(child, Members):
            put(child, rest, value)
            return
    child = Members()
    tree.append((head, child))
    put(child, rest, value)


def leaves(tree: Members) -> Iterator[tuple[Members, int]]:
    """Every member whose value is no object, as (its object, its place)."""
    for i, (_, value) in enumerate(tree):
        if isinstance(value, Members):
            yield from leaves(value)
        else:
            yield tree, i


_HEADERS = {
    NESTED: {
        "Channel": "Event.System.Channel",
        "EventID": "Event.System.EventID",
        "Provider_Name": "Event.System.Provider.#attributes.Name",
        "Computer": "Event.System.Computer",
    },
    FLAT: {
        "Channel": "Channel",
        "EventID": "EventID",
        "Provider_Name": "Provider_Name",
        "Computer": "Computer",
    },
    WINLOGBEAT: {
        "Channel": "winlog.channel",
        "EventID": "winlog.event_id",
        "Provider_Name": "winlog.provider_name",
        "Computer": "winlog.computer_name",
    },
}
_DATA = {NESTED: "Event.EventData.", FLAT: "", WINLOGBEAT: "winlog.event_data."}


def usual_path(name: str, paths: tuple[str, ...], style: str) -> str:
    """Where events of a style keep a field."""
    if len(paths) == 1:
        return paths[0]
    header = _HEADERS[style].get(name)
    if header in paths:
        return str(header)
    data = _DATA[style] + name
    return data if data in paths else paths[0]


def _windows_rows(source: Source) -> list[tuple[str, int, str, str]]:
    """(channel, event id, EventType, ObjectType) of events that a rule is tried on."""
    _, category, service = source
    channels = {name: key for name, key in SERVICES.items() if service in ("", key[1])}
    if not category:
        return [(name, 4242, "", "") for name in channels]
    rows = []
    for log, number, found, _, _, kind, object_type in WINDOWS_MEANINGS:
        fits = found == category or (category == "registry_event" and found.startswith("registry_"))
        if fits:
            rows += [(n, number, kind, object_type) for n, key in channels.items() if key[0] == log]
    return rows


def _windows_header(
    source: Source, style: str, names: set[str], rng: random.Random, wanted_id: Optional[int]
) -> Optional[Members]:
    rows = _windows_rows(source)
    if wanted_id is not None and any(row[1] == wanted_id for row in rows):
        rows = [row for row in rows if row[1] == wanted_id]
    if not rows:
        return None
    channel, number, kind, object_type = rng.choice(rows)
    tree = Members()
    header = _HEADERS[style]
    if "Channel" not in names:
        put(tree, header["Channel"], channel)
    if "EventID" not in names:
        put(tree, header["EventID"], Spelling(number) if rng.random() < 0.8 else str(number))
    if "Computer" not in names:
        put(tree, header["Computer"], "host" + str(rng.randrange(5)))
    for name, value in (("EventType", kind), ("ObjectType", object_type)):
        if value and name not in names:
            put(tree, _DATA[style] + name, value)
    return tree


def header(
    source: Source, style: str, names: set[str], rng: random.Random, wanted_id: Optional[int]
) -> Optional[Members]:
    """The members that make an event one of the log source; None if nothing does."""
    product, category, service = source
    if product == "windows" or (
        not product and service in {s for _, s in SERVICES.values()} and service
    ):
        return _windows_header(source, style, names, rng, wanted_id)
    if service or product not in ("", *PRODUCTS.values()):
        return None
    tree = Members()
    if product:
        put(tree, "host.os.type", product)
    if category:
        rows = [row for row in ECS_MEANINGS if row[2] == category]
        if not rows:
            return None
        kind, action = rows[0][0], rows[0][1]
        put(tree, "event.category", kind)
        if action:
            put(tree, "event.type", action)
    return tree
