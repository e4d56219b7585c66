r"""RE2 syntax by way of Python's `re` (M10).

What is rewritten, so that `re` means what RE2 means:
  \d \D \w \W \s \S   ASCII classes; \s is [\t\n\f\r ], without \v
  \b \B               borders of ASCII words
  $ without m, \z     the very end: \Z
  (?flags)            in the middle: a group up to the end of the one it stands in
  \Q...\E, [[:name:]] written out;  {,n} and { that repeats nothing: plain characters
What RE2 refuses is refused: look-around, back references, atomic groups, possessive and doubled
repetitions, counts above 1000, escapes of letters that mean nothing. Not known here, and refused
too: \p, \P, \C, \X, the flag U.

With `i`, `re` takes U+0130 and U+0131 for i, which RE2 does not: both are put aside (in pattern and
text) as private code points.
"""

from __future__ import annotations

import re
from typing import Optional

_SPACE = r"\t\n\f\r "
_WORD = "0-9A-Za-z_"
_BORDER = f"(?:(?<![{_WORD}])(?=[{_WORD}])|(?<=[{_WORD}])(?![{_WORD}]))"
_NO_BORDER = f"(?:(?<![{_WORD}])(?![{_WORD}])|(?<=[{_WORD}])(?=[{_WORD}]))"
_CLASSES = {"d": "0-9", "w": _WORD, "s": _SPACE}
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f", "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~",
    "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": _WORD,
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_CONTROL = {"a": r"\x07", "f": r"\f", "t": r"\t", "n": r"\n", "r": r"\r", "v": r"\v"}
_REPEAT = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<(\w+)>")
_ASIDE = str.maketrans({"\u0130": "\U0010fff0", "\u0131": "\U0010fff1"})


class RegexError(ValueError):
    """Not RE2 syntax, or not known to the oracle."""


class _Translator:
    """One pass over the pattern. `flags` holds those in force, a set for each open group."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.text = pattern
        self.at = 0
        self.out: list[str] = []
        self.flags = [set(flags)]
        self.extra = [0]  # groups that (?flags) opened, to be closed with the enclosing one
        self.names: set[str] = set()

    def translate(self) -> str:
        can_repeat = False
        while self.at < len(self.text):
            can_repeat = self._step(can_repeat)
        if len(self.flags) != 1:
            raise RegexError("missing )")
        return "".join(self.out) + ")" * self.extra[0]

    def _step(self, can_repeat: bool) -> bool:
        """One atom; answers whether a repetition may follow."""
        char = self.text[self.at]
        if char in "*+?" or (char == "{" and _REPEAT.match(self.text, self.at)):
            if not can_repeat:
                raise RegexError(f"nothing to repeat at {self.at}")
            self._repetition()
            return False
        if char == "(":
            return self._open()
        if char == ")":
            if len(self.flags) == 1:
                raise RegexError("unexpected )")
            self.flags.pop()
            self._emit(")" * self.extra.pop() + ")", 1)
        elif char == "|":
            self._alternative()
            return False
        elif char == "\\":
            self._escape()
        elif char == "[":
            self._class()
        elif char in "{}":
            self._emit("\\" + char, 1)
        elif char == "$":
            self._emit("$" if "m" in self.flags[-1] else r"\Z", 1)
        else:
            self._emit(char, 1)
        return True

    def _emit(self, text: str, taken: int) -> None:
        self.out.append(text)
        self.at += taken

    def _alternative(self) -> None:
        """`a(?i)b|c`: the flag holds in c, but a group of its own would swallow the bar."""
        if self.extra[-1]:
            self.out.append(")" * self.extra[-1])
            self.extra[-1] = 1
            flags = "".join(sorted(self.flags[-1]))
            off = "".join(sorted(set("ims") - self.flags[-1]))
            self._emit(f"|(?{flags}{'-' + off if off else ''}:", 1)
        else:
            self._emit("|", 1)

    def _repetition(self) -> None:
        match = _REPEAT.match(self.text, self.at)
        if match:
            low, high = int(match[1]), int(match[3]) if match[3] else int(match[1])
            if max(low, high) > 1000 or high < low:
                raise RegexError(f"bad repetition {match[0]}")
            self._emit(match[0], len(match[0]))
        else:
            self._emit(self.text[self.at], 1)
        if self.text[self.at : self.at + 1] == "?":
            self._emit("?", 1)
        rest = self.text[self.at : self.at + 1]
        if rest and (rest in "*+?" or (rest == "{" and _REPEAT.match(self.text, self.at))):
            raise RegexError("bad repetition operator")

    def _open(self) -> bool:
        if not self.text.startswith("(?", self.at):
            self.flags.append(set(self.flags[-1]))
            self.extra.append(0)
            self._emit("(", 1)
            return False
        named = _NAMED.match(self.text, self.at)
        if named:
            if named[1] in self.names:
                raise RegexError(f"name {named[1]} twice")
            self.names.add(named[1])
            self.flags.append(set(self.flags[-1]))
            self.extra.append(0)
            self._emit("(", len(named[0]))
            return False
        match = _FLAGS.match(self.text, self.at)
        if not match or "U" in match[1] + (match[2] or "") or match[0] == "(?)":
            raise RegexError(f"unknown group at {self.at}")
        flags = (self.flags[-1] | set(match[1])) - set(match[2] or "")
        off = "".join(sorted(set("ims") - flags))
        opening = f"(?{''.join(sorted(flags))}{'-' + off if off else ''}:"
        if match[3] == ":":
            self.flags.append(flags)
            self.extra.append(0)
        else:
            self.flags[-1] = flags
            self.extra[-1] += 1
        self._emit(opening, len(match[0]))
        return False

    def _hex(self) -> Optional[str]:
        match = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))").match(self.text, self.at)
        if not match:
            return None
        self.at += len(match[0])
        return chr(int(match[1] or match[2], 16))

    def _escape(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        fixed = {"A": r"\A", "z": r"\Z", "b": _BORDER, "B": _NO_BORDER}.get(following)
        if fixed:
            self._emit(fixed, 2)
        elif following == "Q":
            end = self.text.find("\\E", self.at)
            end = len(self.text) if end < 0 else end
            self.out.append(re.escape(self.text[self.at + 2 : end]))
            self.at = end + 2
        elif following.lower() in _CLASSES and following:
            negate = "^" if following.isupper() else ""
            self._emit(f"[{negate}{_CLASSES[following.lower()]}]", 2)
        else:
            self.out.append(re.escape(self._character()))

    def _character(self) -> str:
        """An escaped single character, in a class or not; moves on."""
        following = self.text[self.at + 1 : self.at + 2]
        if not following:
            raise RegexError("trailing \\")
        if following == "x":
            char = self._hex()
            if char is None:
                raise RegexError("bad \\x")
            return char
        octal = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})").match(self.text, self.at)
        if octal:
            self.at += len(octal[0])
            return chr(int(octal[1], 8))
        self.at += 2
        if following in _CONTROL:
            return _CONTROL[following].encode().decode("unicode_escape")
        if following.isascii() and not following.isalnum():
            return following
        raise RegexError(f"unknown escape \\{following}")

    def _class(self) -> None:
        """[...] with everything in it that Python might read otherwise escaped."""
        self.at += 1
        out = "["
        if self.text.startswith("^", self.at):
            out += "^"
            self.at += 1
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise RegexError("missing ]")
            part = self._class_part()
            if part is None:  # a single character: perhaps of a range
                low = self._class_char()
                out += re.escape(low)
                dash = self.text.startswith("-", self.at)
                if dash and self.at + 1 < len(self.text) and self.text[self.at + 1] != "]":
                    self.at += 1
                    high = self._class_char()
                    if high < low:
                        raise RegexError("bad range")
                    out += "-" + re.escape(high)
            else:
                out += part
            first = False
        self.at += 1
        self.out.append(out + "]")

    def _class_part(self) -> Optional[str]:
        posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.text, self.at)
        if posix:
            if posix[1] or posix[2] not in _POSIX:
                raise RegexError(f"unknown class {posix[0]}")
            self.at += len(posix[0])
            return _POSIX[posix[2]]
        following = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "\\" and following and following in "dws":
            self.at += 2
            return _CLASSES[following]
        if self.text[self.at] == "\\" and following and following in "DWS":
            self.at += 2
            return {"D": r"\x00-/:-\U0010ffff", "W": r"\x00-/:-@\[-^`{-\U0010ffff",
                    "S": r"\x00-\x08\x0b\x0e-\x1f!-\U0010ffff"}[following]  # fmt: skip
        return None

    def _class_char(self) -> str:
        if self.at >= len(self.text):
            raise RegexError("missing ]")
        if self.text[self.at] == "\\":
            return self._character()
        self.at += 1
        return self.text[self.at - 1]


def translate(pattern: str, flags: str = "") -> str:
    """The pattern for Python's `re`."""
    body = _Translator(pattern, flags).translate()
    return f"(?{''.join(sorted(set(flags)))}:{body})" if flags else f"(?:{body})"


class Regex:
    """A search anywhere in a text."""

    def __init__(self, pattern: str, flags: str = "", start: bool = False, end: bool = False):
        whole = (r"\A" if start else "") + translate(pattern, flags) + (r"\Z" if end else "")
        self._aside = "i" in flags or re.search(r"\(\?[ms]*i", pattern) is not None
        try:
            self._compiled = re.compile(whole.translate(_ASIDE) if self._aside else whole)
        except (re.error, RecursionError, OverflowError) as error:
            raise RegexError(str(error)) from None

    def search(self, text: str) -> bool:
        if self._aside and not text.isascii():
            text = text.translate(_ASIDE)
        return self._compiled.search(text) is not None
