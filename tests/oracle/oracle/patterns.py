r"""Texts with wildcards (V2, V3): reading, matching, and the dashes of `windash` (M6)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Union


class Wildcard:
    """`*` or `?`. There is one of each."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


ANY, ONE = Wildcard("*"), Wildcard("?")


class Placeholder:
    """`%name%` in a value under `expand` (M15), until it is replaced."""

    def __init__(self, name: str) -> None:
        self.name = name


Piece = Union[str, Wildcard, Placeholder]
Pattern = tuple[Piece, ...]  # no two texts or two ANY beside each other, no empty text

# A name is all but what ends it or means something else in a value.
_NAME = r"%([^%\\*?\s]+)%"
_PLACEHOLDER = re.compile(_NAME)


def joined(pieces: Iterator[Piece] | list[Piece] | Pattern) -> Pattern:
    """Puts neighbouring texts together, and stars into one."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "" and not (piece is ANY and out and out[-1] is ANY):
            out.append(piece)
    return tuple(out)


def parse_pattern(text: str, expand: bool = False) -> Pattern:
    r"""V3; with `expand`, also `%name%` and `\%`."""
    pieces: list[Piece] = []
    i = 0
    while i < len(text):
        char = text[i]
        following = text[i + 1 : i + 2]
        if char == "\\" and following and following in ("*?\\%" if expand else "*?\\"):
            pieces.append(following)
            i += 2
            continue
        placeholder = _PLACEHOLDER.match(text, i) if expand and char == "%" else None
        if placeholder:
            pieces.append(Placeholder(placeholder.group(1)))
            i = placeholder.end()
            continue
        pieces.append({"*": ANY, "?": ONE}.get(char, char))
        i += 1
    return joined(pieces)


def split_placeholders(text: str) -> list[Piece]:
    r"""The placeholders of a raw text; `\%` is a percent sign, all else stays as it is."""
    out: list[Piece] = []
    end = 0
    for match in re.finditer(r"\\%|" + _NAME, text):
        out.append(text[end : match.start()])
        out.append(Placeholder(match[1]) if match[1] else "%")
        end = match.end()
    return [*out, text[end:]]


def is_plain(pattern: Pattern) -> bool:
    return all(isinstance(p, str) for p in pattern)


def plain_text(pattern: Pattern) -> str:
    """Of a pattern without wildcards."""
    return "".join(p for p in pattern if isinstance(p, str))


def map_text(pattern: Pattern, change: Callable[[str], str]) -> Pattern:
    return joined([change(p) if isinstance(p, str) else p for p in pattern])


def spelled(pattern: Pattern) -> str:
    """The value as a rule would write it."""
    escape = re.compile(r"[*?]|\\(?=[*?\\]|$)")
    return "".join(
        escape.sub(lambda m: "\\" + m.group(), p) if isinstance(p, str) else repr(p)
        for p in pattern
    )


class Glob:
    """A pattern made ready: stretches between stars. Each stretch is a list of texts and ONEs."""

    __slots__ = ("stretches", "kind", "text", "literal")

    def __init__(self, pattern: Pattern) -> None:
        self.stretches: list[list[Piece]] = [[]]
        for piece in pattern:
            if piece is ANY:
                self.stretches.append([])
            else:
                self.stretches[-1].append(piece)
        shape = tuple("t" if isinstance(p, str) else repr(p) for p in pattern)
        self.kind = "".join(shape) if "".join(shape) in ("t", "t*", "*t", "*t*", "*", "") else "?"
        self.literal = plain_text(pattern)

    def matches(self, text: str) -> bool:
        """The whole text. The five plain shapes are written out; they are most of all."""
        kind = self.kind
        if kind == "*t*":
            return self.literal in text
        if kind == "*t":
            return text.endswith(self.literal)
        if kind == "t*":
            return text.startswith(self.literal)
        if kind in ("t", ""):
            return text == self.literal
        return kind == "*" or self._search(text)

    def _search(self, text: str) -> bool:
        """First stretch at the start, last at the end, the others each at its first place."""
        first, *others = self.stretches
        position = _at(first, text, 0)
        if position < 0 or not others:
            return position == len(text)
        for stretch in others[:-1]:
            position = _first(stretch, text, position)
            if position < 0:
                return False
        start = len(text) - _length(others[-1])
        return start >= position and _at(others[-1], text, start) == len(text)


def _length(stretch: list[Piece]) -> int:
    return sum(len(p) if isinstance(p, str) else 1 for p in stretch)


def _at(stretch: list[Piece], text: str, position: int) -> int:
    """Where the stretch ends if it begins at the position; -1 if it does not."""
    for piece in stretch:
        if isinstance(piece, str):
            if not text.startswith(piece, position):
                return -1
            position += len(piece)
        else:
            if position >= len(text):
                return -1
            position += 1
    return position


def _first(stretch: list[Piece], text: str, position: int) -> int:
    """Where the stretch ends at its first place from the position on; -1: nowhere."""
    for start in range(position, len(text) + 1):
        end = _at(stretch, text, start)
        if end >= 0:
            return end
    return -1


DASHES = "-/\u2013\u2014\u2015"
MAX_DASH_PLACES = 5


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _dash_places(text: str) -> list[int]:
    r"""`\B[dash]\b`: no word character before, one behind."""
    return [
        i
        for i, char in enumerate(text)
        if char in DASHES
        and not (i > 0 and _is_word(text[i - 1]))
        and i + 1 < len(text)
        and _is_word(text[i + 1])
    ]


def windash(pattern: Pattern) -> list[Pattern]:
    """Every dash at every place. ValueError if there are more than five places."""
    choices: list[list[Piece]] = []
    places = 0
    for piece in pattern:
        if not isinstance(piece, str):
            choices.append([piece])
            continue
        at = set(_dash_places(piece))
        places += len(at)
        choices += [list(DASHES) if i in at else [c] for i, c in enumerate(piece)]
    if places > MAX_DASH_PLACES:
        raise ValueError(f"{places} places of dashes; more than {MAX_DASH_PLACES}")
    return [joined(list(choice)) for choice in itertools.product(*choices)]
