"""Edits: one small change to an event that makes it another, and often a miss."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .events import Members, Spelling

Leaf = tuple[Members, int]

_LOOKALIKES = {
    "k": "\u212a", "K": "\u212a", "s": "\u017f", "S": "\u017f", "i": "\u0131", "I": "\u0130",
    "ä": "Ä", "é": "É", "ß": "ss",
}  # fmt: skip
_DASHES = "-/\u2013\u2014\u2015\u2212"


def _get(leaf: Leaf) -> Any:
    return leaf[0][leaf[1]][1]


def _set(leaf: Leaf, value: Any) -> None:
    leaf[0][leaf[1]] = (leaf[0][leaf[1]][0], value)


def _text(leaf: Leaf) -> str:
    value = _get(leaf)
    return value if isinstance(value, str) else "x"


def _place(text: str, rng: random.Random) -> int:
    """Ends more often than the middle: that is where patterns are anchored."""
    last = max(len(text) - 1, 0)
    return rng.choice((0, last, rng.randint(0, last)))


def change_char(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    i = _place(text, rng)
    _set(leaf, text[:i] + rng.choice("#~q7 \u00fc") + text[i + 1 :])


def drop_char(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    i = _place(text, rng)
    _set(leaf, text[:i] + text[i + 1 :])


def add_char(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    i = rng.choice((0, len(text), rng.randint(0, len(text))))
    _set(leaf, text[:i] + rng.choice("xX*\\?\u0131 \n") + text[i:])


def swap_case(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    i = _place(text, rng)
    _set(
        leaf,
        text[:i] + text[i : i + 1].swapcase() + text[i + 1 :]
        if rng.random() < 0.5
        else text.swapcase(),
    )


def lookalike(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    places = [i for i, c in enumerate(text) if c in _LOOKALIKES]
    if places:
        i = rng.choice(places)
        _set(leaf, text[:i] + _LOOKALIKES[text[i]] + text[i + 1 :])


def swap_dash(leaf: Leaf, rng: random.Random) -> None:
    text = _text(leaf)
    places = [i for i, c in enumerate(text) if c in _DASHES]
    if places:
        i = rng.choice(places)
        _set(leaf, text[:i] + rng.choice(_DASHES) + text[i + 1 :])


def change_number(leaf: Leaf, rng: random.Random) -> None:
    text = str(_text(leaf))
    if text.lstrip("-").isdigit() and text.isascii():
        number = int(text)
        _set(
            leaf,
            Spelling(
                rng.choice(
                    (
                        number + 1,
                        number - 1,
                        f"{number}.0",
                        f"{number}.5",
                        f"{number or 1}0",
                        f"{number}e0",
                    )
                )
            ),
        )


def other_type(leaf: Leaf, rng: random.Random) -> None:
    """A number as text, a text as number, with zeros, signs, blanks, bases."""
    value = _get(leaf)
    if isinstance(value, Spelling):
        _set(leaf, rng.choice((str(value), " " + value, "0" + value, f"{value}.0", f"+{value}")))
    elif isinstance(value, str) and value.isascii() and value.isdigit() and value[:1] != "0":
        _set(leaf, Spelling(value))
    else:
        _set(leaf, rng.choice((Spelling("0"), True, False, None, "")))


def remove(leaf: Leaf, rng: random.Random) -> None:
    del leaf[0][leaf[1]]


def nothing(leaf: Leaf, rng: random.Random) -> None:
    _set(leaf, rng.choice((None, "", [], Members(), [Members()], [None], [[]])))


def in_array(leaf: Leaf, rng: random.Random) -> None:
    value = _get(leaf)
    _set(
        leaf,
        rng.choice(
            ([value], ["other", value], [[value]], [value, None], [Members([("x", value)])])
        ),
    )


def in_object(leaf: Leaf, rng: random.Random) -> None:
    _set(leaf, Members([(rng.choice(("x", "#text", "Name")), _get(leaf))]))


def rename(leaf: Leaf, rng: random.Random) -> None:
    """Case, blanks, a dot: only blanks leave the name what it was."""
    name, value = leaf[0][leaf[1]]
    middle = len(name) // 2
    other = rng.choice(
        (name.swapcase(), name[:middle] + " " + name[middle:], name + "x", "x." + name)
    )
    leaf[0][leaf[1]] = (other, value)


def move(leaf: Leaf, rng: random.Random) -> None:
    """To another spelling of the field's path, perhaps behind a first one with another value."""
    name, value = leaf[0][leaf[1]]
    outer = rng.choice(
        ("EventData", "x", "winlog.event_data", "Event.UserData.Any", "Event.EventData")
    )
    leaf[0][leaf[1]] = (outer, Members([(name, value)]))


def before(leaf: Leaf, rng: random.Random) -> None:
    """The member twice: both values count (F7)."""
    leaf[0].insert(leaf[1], (leaf[0][leaf[1]][0], rng.choice(("first", None, Spelling("1")))))


def repeat(leaf: Leaf, rng: random.Random) -> None:
    _set(leaf, _text(leaf) * 2)


EDITS: tuple[Callable[[Leaf, random.Random], None], ...] = (
    change_char, change_char, drop_char, drop_char, add_char, add_char, swap_case, lookalike,
    swap_dash, change_number, other_type, remove, nothing, in_array, in_object, rename, move,
    before, repeat,
)  # fmt: skip
# Those that most often make a miss.
BREAKING = (change_char, drop_char, remove, nothing, rename, in_object)
