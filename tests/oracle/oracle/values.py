"""Scalars of events and numbers as the semantics page compares them (V4, V5)."""

from __future__ import annotations

import re
from typing import Optional, Union

from .fold import fold

TEXT, NUMBER, BOOLEAN, NULL = "text", "number", "boolean", "null"

Num = Union[int, float]

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_PLAIN_INTEGER = re.compile(r"[+-]?[0-9]+\Z")


def parse_number(spelling: str) -> Optional[Num]:
    """An integer of 64 bits exactly, all else as a double; None beyond a double's range."""
    if _PLAIN_INTEGER.match(spelling):
        integer = int(spelling)
        if -(2**63) <= integer < 2**63:
            return integer
    real = float(spelling)
    return None if real in (float("inf"), float("-inf")) else real


def is_json_number(text: str) -> bool:
    return _JSON_NUMBER.match(text) is not None


def compare(a: Num, b: Num) -> int:
    """-1, 0, 1; two integers exactly, else as doubles."""
    if not (isinstance(a, int) and isinstance(b, int)):
        a, b = float(a), float(b)
    return (a > b) - (a < b)


_UNREAD = object()


class Value:
    """A scalar of an event: its kind and its spelling (a text is unescaped)."""

    __slots__ = ("kind", "text", "_folded", "_number")

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        self._folded: Optional[str] = None
        self._number: object = _UNREAD

    @property
    def folded(self) -> str:
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    @property
    def number(self) -> Optional[Num]:
        """Of a number, and of a text that is a JSON number (V4)."""
        if self._number is _UNREAD:
            readable = self.kind == NUMBER or (self.kind == TEXT and is_json_number(self.text))
            self._number = parse_number(self.text) if readable else None
        return self._number  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text!r}"
