"""Unicode simple case folding (V1), from Python's own tables."""

from __future__ import annotations

from functools import cache


@cache
def fold_char(char: str) -> str:
    """The simple folding (status C and S) of one code point.

    `casefold` is the full folding (C and F). Where it gives one code point it is C. Where it gives
    several there is an S entry exactly if the plain lower case is one other code point
    (U+1E9E, U+1F88 ...); `İ` has neither.
    """
    full = char.casefold()
    if len(full) == 1:
        return full
    lower = char.lower()
    return lower if len(lower) == 1 else char


def fold(text: str) -> str:
    """Code point by code point; the length stays."""
    return text.lower() if text.isascii() else "".join(map(fold_char, text))
