"""Which product, category and service an event has (§6), found as the decoder finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from .events import Event, Members, Spelling, scalar
from .fields import Source
from .values import NULL, NUMBER, Value, parse_number
from .windows import (
    ECS_MEANINGS,
    FEATURES,
    MESSAGES,
    PRODUCTS,
    REGISTRY_PARTS,
    SERVICES,
    WINDOWS_MEANINGS,
)

_ID_PATHS = (
    "EventID", "EventID.#text", "Event.System.EventID", "Event.System.EventID.#text",
    "winlog.event_id", "event.code",
)  # fmt: skip
_LOG_PATHS = (
    "Channel", "Event.System.Channel", "winlog.channel", "SourceName", "Provider_Name",
    "winlog.provider_name",
)  # fmt: skip
_CHANNEL_PATHS = ("Channel", "Event.System.Channel", "winlog.channel")
_PROVIDER_PATHS = (
    "SourceName", "Provider_Name", "Event.System.Provider.#attributes.Name",
    "Event.System.Provider.@Name", "Event.System.Provider.Name", "winlog.provider_name",
    "event.provider",
)  # fmt: skip
_DATA = ("", "Event.EventData.", "winlog.event_data.")
_OS_PATHS = ("host.os.type", "host.os.family", "host.os.platform")


def lower(text: str) -> str:
    """ASCII case only."""
    return "".join(c.lower() if c.isascii() else c for c in text)


class _Header:
    """The first scalar under each path, as the decoder takes it: of an array the first element."""

    def __init__(self, event: Event) -> None:
        self.first: dict[str, list[Value]] = {}
        self._object("", event.tree)
        self.order = {path: i for i, path in enumerate(self.first)}

    def _object(self, path: str, members: Members) -> None:
        for name, raw in members:
            self._value(f"{path}.{name}" if path else name, raw)

    def _value(self, path: str, raw: Any) -> None:
        if isinstance(raw, Members):
            self._object(path, raw)
        elif isinstance(raw, list):
            if path == "Event.EventData.Data":
                for element in filter(lambda e: isinstance(e, Members), raw):
                    self._named(element)
            if raw and not (path == "Event.EventData.Data" and isinstance(raw[0], Members)):
                self._value(path, raw[0])
        else:
            value = scalar(raw)
            if value.kind != NULL:
                self.first.setdefault(path, []).append(value)

    def _named(self, element: Members) -> None:
        name, content = None, None
        for member, raw in element:
            if isinstance(raw, list):
                continue
            if member in ("@Name", "Name"):
                name = raw if isinstance(raw, str) and not isinstance(raw, Spelling) else name
            elif member in ("#text", "Value"):
                content = raw
        if name is not None:
            self._value(f"Event.EventData.{name}", content)

    def has(self, paths: tuple[str, ...]) -> bool:
        return any(path in self.first for path in paths)

    def text(self, paths: tuple[str, ...]) -> str:
        return next((self.first[p][0].text for p in paths if p in self.first), "")

    def earliest(self, paths: tuple[str, ...]) -> str:
        """The first text in the event that is not empty, whatever the path."""
        places = sorted((self.order[p], p) for p in paths if p in self.first)
        texts = [v.text for _, p in places for v in self.first[p]]
        return next((text for text in texts if text), "")

    def integer(self, paths: tuple[str, ...]) -> Optional[int]:
        for value in (v for p in paths for v in self.first.get(p, [])):
            number = value.number if value.kind == NUMBER else _whole_number(value)
            if number is not None and float(number).is_integer():
                return int(number)
        return None


def _whole_number(value: Value) -> Optional[int]:
    text = value.text
    plain = text.removeprefix("-")
    found = parse_number(text) if plain.isascii() and plain.isdigit() else None
    return found if isinstance(found, int) else None


def _service(header: _Header) -> tuple[str, str]:
    """(log, service) of the channel, else of the provider."""
    for paths in (_CHANNEL_PATHS, _PROVIDER_PATHS):
        found = SERVICES.get(lower(header.text(paths)))
        if found:
            return found
    return "", ""


def _windows_meaning(header: _Header, log: str) -> tuple[str, str, str]:
    number = header.integer(_ID_PATHS)
    kind = lower(header.earliest(tuple(p + "EventType" for p in _DATA)))
    object_type = lower(header.earliest(tuple(p + "ObjectType" for p in _DATA)))
    for row_log, row_id, category, what, action, if_kind, if_type in WINDOWS_MEANINGS:
        if (
            (row_log, row_id) == (log, number)
            and if_kind in ("", kind)
            and if_type in ("", object_type)
        ):
            return category, what, action
    return "", "", ""


def _ecs_meaning(header: _Header, category: str) -> tuple[str, str, str]:
    kind = header.earliest(("event.type",))
    for row_category, row_type, meaning, what, action in ECS_MEANINGS:
        if row_category == category and row_type in ("", kind):
            asked = ("domain", "dns.question.name", *(p + "QueryName" for p in _DATA))
            if what == "network_connection" and header.has(asked):
                return "dns_query", "dns_query", action
            return meaning, what, action
    return "", "", ""


def source_of(event: Event) -> Source:
    header = _Header(event)
    is_windows = header.has(_ID_PATHS) and header.has(_LOG_PATHS)
    is_vector = any(v.kind == NUMBER for f in FEATURES for v in header.first.get(f, []))
    if is_vector and not is_windows:
        return "", "", ""
    log, service = _service(header) if is_windows else ("", "")
    product = "windows" if is_windows else PRODUCTS.get(lower(header.earliest(_OS_PATHS)), "")
    meaning = _windows_meaning(header, log) if is_windows else ("", "", "")
    ecs = header.earliest(("event.category",))
    if not meaning[1] and ecs:
        meaning = _ecs_meaning(header, ecs)
    category = meaning[0]
    if not category and not is_windows:
        what = header.text(("event_type",)) if header.has(("event_type",)) else meaning[1]
        named = header.has(("action", "change_type", "event.action"))
        action = header.text(("action", "change_type", "event.action")) if named else meaning[2]
        category = next((c for t, a, c in MESSAGES if t == what and a in ("", action)), "")
    return product, category, service


def is_tried(rule: Source, event: Source) -> bool:
    """Each part that the rule names is the event's."""
    for part, (wanted, found) in enumerate(zip(rule, event)):
        contained = part == 1 and wanted == "registry_event" and found in REGISTRY_PARTS
        if wanted and wanted != found and not contained:
            return False
    return True


def sources(events: list[Event]) -> Iterator[Source]:
    return map(source_of, events)
