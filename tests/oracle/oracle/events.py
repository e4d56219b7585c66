"""JSON events: reading with every member kept, and what is found under a path (F1-F8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from .values import BOOLEAN, NULL, NUMBER, TEXT, Value

NAMED_LIST = "Event.EventData.Data"  # F8
USER_DATA = "Event.UserData."


class Members(list):
    """A JSON object: (name, value) pairs in the order written, doubles included."""


class Spelling(str):
    """A JSON number as it is written."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=Members,
    parse_int=Spelling,
    parse_float=Spelling,
    parse_constant=_no_constant,
)


class Reached:
    """What is under one path: scalars in order, and whether an array without anything was met."""

    __slots__ = ("values", "empty_array")

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.empty_array = False

    @property
    def is_null(self) -> bool:
        """V7, of a field that is there."""
        return self.empty_array or any(v.kind == NULL for v in self.values)


def _whole(text: str) -> str:
    """Half a surrogate pair is U+FFFD."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def scalar(raw: Any) -> Value:
    if raw is None:
        return Value(NULL, "")
    if isinstance(raw, bool):
        return Value(BOOLEAN, "true" if raw else "false")
    if isinstance(raw, Spelling):
        return Value(NUMBER, str(raw))
    return Value(TEXT, _whole(raw))


def _named_element(raw: Any) -> Optional[tuple[str, Any]]:
    """F8: {"@Name": n, "#text": v} is (n, v)."""
    if not isinstance(raw, Members):
        return None
    name, content = None, None
    for member, value in raw:
        if (
            member in ("@Name", "Name")
            and isinstance(value, str)
            and not isinstance(value, Spelling)
        ):
            name = value
        elif member in ("#text", "Value"):
            content = value
    return None if name is None else (name, content)


class Event:
    """One event. `ref` says where it was read from."""

    def __init__(self, tree: Members, ref: str = "", offset: int = 0) -> None:
        self.tree = tree
        self.ref = ref
        self.offset = offset
        self.paths: dict[str, Reached] = {}
        self.scalars: list[Value] = []  # without nulls: what keywords look at (D2)
        self._fields: dict[tuple[str, ...], Optional[Reached]] = {}
        self._object("", tree)

    def _object(self, path: str, members: Members) -> None:
        for name, value in members:
            plain = _whole(name).replace(" ", "")  # F1
            self._value(f"{path}.{plain}" if path else plain, value)

    def _value(self, path: str, raw: Any, in_array: bool = False) -> None:
        """V7 is about a field that is `[]`; `[[]]` is an array without a scalar (F4)."""
        reached = self.paths.setdefault(path, Reached())
        if isinstance(raw, Members):
            self._object(path, raw)
        elif isinstance(raw, list):
            reached.empty_array |= not raw and not in_array
            for element in raw:
                named = _named_element(element) if path == NAMED_LIST else None
                if named is None:
                    self._value(path, element, in_array=True)
                else:
                    parent = path.rpartition(".")[0]
                    self._value(f"{parent}.{_whole(named[0]).replace(' ', '')}", named[1])
        else:
            value = scalar(raw)
            reached.values.append(value)
            if value.kind != NULL:
                self.scalars.append(value)

    def _at(self, path: str) -> Optional[Reached]:
        if "*" not in path:
            return self.paths.get(path)
        return self._at_any_member(path.split("."))

    def _at_any_member(self, wanted: list[str]) -> Optional[Reached]:
        """A segment `*` is any one member; what all of them hold counts, in the order written."""
        both = None
        for path, reached in self.paths.items():
            segments = path.split(".")
            if len(segments) == len(wanted) and all(
                w in ("*", s) for w, s in zip(wanted, segments)
            ):
                both = both or Reached()
                both.values += reached.values
                both.empty_array |= reached.empty_array
        return both

    def field(self, paths: tuple[str, ...]) -> Optional[Reached]:
        """F6: the first path present is the field. None: not there.

        A path that holds only objects gives way to a later one: else `EventID.#text` of §6 could
        never be reached behind `EventID`.
        """
        if paths not in self._fields:
            there = [r for r in map(self._at, paths) if r is not None]
            with_values = [r for r in there if r.values or r.empty_array]
            self._fields[paths] = next(iter(with_values + there), None)
        return self._fields[paths]


def parse_event(text: str, ref: str = "", offset: int = 0) -> Event:
    """One event; ValueError if the text is not one JSON object."""
    tree = _DECODER.decode(text)
    if not isinstance(tree, Members):
        raise ValueError("not an object")
    return Event(tree, ref, offset)


def _is_object(line: str) -> bool:
    try:
        return isinstance(_DECODER.decode(line), Members)
    except ValueError:
        return False


def _pieces(text: str) -> Iterator[tuple[int, int, Any]]:
    """(character offset, element, value) of values one after another; arrays by element."""
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        if position == len(text):
            return
        value, end = _DECODER.raw_decode(text, position)
        if isinstance(value, Members) or not isinstance(value, list):
            yield position, 0, value
        else:
            for i, element in enumerate(value):
                yield position, i, element
        position = end


def read_events(path: Path) -> Iterator[Event]:
    """NDJSON, or objects one after another over several lines. Bad lines are left out."""
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    first = next((line for line in text.split("\n") if line.strip()), "")
    if _is_object(first):
        offset = 0
        for line in text.split("\n"):
            if line.strip():
                lead = len(line) - len(line.lstrip())
                try:
                    yield parse_event(line, f"{path.name}@{offset + lead}", offset + lead)
                except ValueError:
                    pass
            offset += len(line.encode("utf-8", errors="surrogateescape")) + 1
        return
    at_char, at_byte = 0, 0
    for char_offset, element, value in _pieces(text):
        at_byte += len(text[at_char:char_offset].encode("utf-8", errors="surrogateescape"))
        at_char = char_offset
        if isinstance(value, Members):
            suffix = f"#{element}" if element else ""
            yield Event(value, f"{path.name}@{at_byte}{suffix}", at_byte)
