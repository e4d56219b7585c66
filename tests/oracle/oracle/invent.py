"""Rules that nobody wrote: every modifier and kind of value, in small random rules. The public
rules use fewer than half of the language; these are derived from and compared like them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Union

Value = Union[str, int, float, bool, None]
Pick = Callable[[random.Random], str]

FIELDS = ("F", "G", "H", "Threat Name", "a.b", "a.b.c", "d")
_WORDS = (
    "foo", "Bar", "x y", "straße", "ΣΑΣ", "Kelvin", "ſet", "İstanbul", "ǆ", "日本", "a",
    "\U0001f600b", "foo.exe", "C:\\Windows\\", "10", "1.0", "true", "%p%", "a\tb",
    "line\nfeed", "é", "e\u0301",
)  # fmt: skip
_MARKS = ("*", "?", "\\*", "\\?", "\\\\", "\\\\*", "\\", "**", "*?", "\\\\\\*", "\\\\\\\\")
_DASHED = ("-a", "/b c", "x -enc", "cmd /c -x", "a-b", "–q", "—z -y", "--long", "- x", "-é")
_REGEXES = (
    "fo+", "^a.c$", "[a-z]{2,4}", "(foo|bar)\\d*", "\\bx\\b", "a.b", "^$", "\\w+\\s\\w+", "(?i)FOO",
    "x(?i)y", "\\.exe$", "[^a]b", "\\\\Windows", "é|ü", "^\\S+$", "a*?b", "(a(?s).b)c", "k", "s$",
    "[[:digit:]]+", "\\x41", "\\Qa.b\\E", "(?:ab){2}", "^line$",
)  # fmt: skip
_NETWORKS = (
    "10.0.0.0/8", "192.168.1.0/24", "10.1.2.3", "0.0.0.0/0", "fe80::/10", "2001:db8::/33", "::1",
    "::ffff:10.0.0.0/104", "172.16.0.0/12", "::/0", "10.0.0.0/31",
)  # fmt: skip
_NUMBERS: tuple[Value, ...] = (
    0, 1, -1, 4624, 1.0, 1.5, -0.25, 1e3, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 0.1, 1e300,
    2**53, 9_100_000_000_000_000_000, 9.1e18,
)  # fmt: skip
_PARTS = {"minute": 59, "hour": 23, "day": 31, "week": 53, "month": 12, "year": 2100}
_SIDES = ("contains", "startswith", "endswith")


def _text(rng: random.Random) -> str:
    parts = [rng.choice(_WORDS) for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    if rng.random() < 0.4:
        parts.insert(rng.randint(0, len(parts)), rng.choice(_MARKS))
    if rng.random() < 0.1:
        parts.append(rng.choice(_MARKS))
    return "".join(parts)


def _plain(rng: random.Random) -> str:
    return "".join(rng.choice(_WORDS) for _ in range(rng.choice((1, 1, 2))))


def _value(rng: random.Random) -> Value:
    kind = rng.random()
    if kind < 0.6:
        return _text(rng)
    return rng.choice(_NUMBERS) if kind < 0.85 else rng.choice((True, False, "", "*"))


def _values(rng: random.Random, pick: Callable[[random.Random], Value]) -> Value | list[Value]:
    if rng.random() < 0.5:
        return pick(rng)
    return [pick(rng) for _ in range(rng.choice((1, 2, 3)))]


def _list(rng: random.Random, pick: Callable[[random.Random], Value]) -> list[Value]:
    return [pick(rng) for _ in range(rng.choice((2, 3)))]


Item = tuple[str, object]  # modifiers, values


def _textual(rng: random.Random) -> Item:
    chain = rng.choice(("", *_SIDES, *_SIDES))
    if rng.random() < 0.25:
        return chain + "|cased", _values(rng, _text)
    if rng.random() < 0.3:
        return chain + "|all", _list(rng, _value if "contains" in chain else _text)
    return chain, _values(rng, _value)


def _dashes(rng: random.Random) -> Item:
    sides = rng.choice(_SIDES)
    chain = rng.choice(("windash", f"windash|{sides}", f"{sides}|windash", "windash|cased"))
    return chain, _values(rng, lambda r: r.choice(_DASHED))


def _bytes(rng: random.Random) -> Item:
    wide = rng.choice(("", "wide|", "utf16le|", "utf16be|", "utf16|"))
    form = rng.choice(("base64", "base64|contains", "base64offset|contains", "base64offset"))
    texts = ("foo", "ping", "ab", "é", "日本", "x y")
    if wide or not form.startswith("base64offset"):
        texts += ("a",)  # a single byte has no form at each offset (M8)
    return wide + form, _values(rng, lambda r: r.choice(texts))


def _wide(rng: random.Random) -> Item:
    chain = rng.choice(("wide", "utf16be", "wide|contains", "utf16le|startswith"))
    return chain, _values(rng, lambda r: r.choice(("foo", "ab", "a")))


def _regex(rng: random.Random) -> Item:
    chain = "re" + "".join(f"|{f}" for f in "ims" if rng.random() < 0.25)
    chain += rng.choice(("", "", "", "|startswith", "|endswith", "|contains", "|all"))
    pick: Pick = lambda r: r.choice(_REGEXES)
    return chain, _list(rng, pick) if chain.endswith("all") else _values(rng, pick)


def _network(rng: random.Random) -> Item:
    return "cidr", _values(rng, lambda r: r.choice(_NETWORKS))


def _order(rng: random.Random) -> Item:
    return rng.choice(("lt", "lte", "gt", "gte")), _values(rng, lambda r: r.choice(_NUMBERS))


def _time(rng: random.Random) -> Item:
    part = rng.choice(tuple(_PARTS))
    number = rng.randint(1970 if part == "year" else 1, _PARTS[part])
    return part + rng.choice(("", "|lt", "|lte", "|gt", "|gte")), number


def _reference(rng: random.Random) -> Item:
    side = rng.choice(("", "", "|startswith", "|endswith", "|contains"))
    return "fieldref" + side + rng.choice(("", "", "|cased")), rng.choice(FIELDS)


def _exists(rng: random.Random) -> Item:
    return "exists", rng.random() < 0.5


def _null(rng: random.Random) -> Item:
    return "", None


KINDS = (
    _textual, _textual, _textual, _dashes, _bytes, _wide, _regex, _regex, _network, _order, _time,
    _reference, _exists, _null,
)  # fmt: skip
_KEYWORDS: tuple[Callable[[random.Random], Item], ...] = (_textual, _regex, _dashes, _bytes)


def _key(name: str, chain: str, rng: random.Random, may_negate: bool) -> str:
    negate = "|neq" if may_negate and rng.random() < 0.12 else ""
    return name + ("|" + chain.strip("|") if chain.strip("|") else "") + negate


def _map(rng: random.Random) -> dict[str, object]:
    out: dict[str, object] = {}
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice(KINDS)
        chain, values = kind(rng)
        out[_key(rng.choice(FIELDS), chain, rng, kind is not _order and "|lt" not in chain
                 and "|gt" not in chain)] = values  # fmt: skip
    return out


def _selection(rng: random.Random) -> object:
    shape = rng.random()
    if shape < 0.65:
        return _map(rng)
    if shape < 0.8:
        return [_map(rng) for _ in range(rng.choice((1, 2, 3)))]
    if shape < 0.9:
        return [_text(rng) or "x" for _ in range(rng.choice((1, 2)))]
    chain, values = rng.choice(_KEYWORDS)(rng)
    chain = chain.replace("startswith", "contains").replace("endswith", "contains")
    return {"|" + (chain.strip("|") or "cased"): values}


def _condition(names: list[str], rng: random.Random, depth: int = 0) -> str:
    shape = rng.random()
    if depth > 2 or shape < 0.35:
        return rng.choice(names)
    if shape < 0.5:
        return f"not {_condition(names, rng, depth + 1)}"
    if shape < 0.6:
        return f"{rng.choice(('1', 'any', 'all'))} of {rng.choice(('them', 's*', '*', names[0]))}"
    parts = [_condition(names, rng, depth + 1) for _ in range(2)]
    joined = rng.choice((" and ", " or ", " AND ")).join(parts)
    return f"({joined})" if rng.random() < 0.6 else joined


def invent(seed: int, number: int) -> str:
    """Documents, one a rule; JSON values are YAML."""
    rng = random.Random(seed)
    out = []
    for i in range(number):
        names = [f"s{j}" for j in range(rng.choice((1, 1, 2, 3)))]
        detection: dict[str, object] = {name: _selection(rng) for name in names}
        detection["condition"] = _condition(names, rng)
        text = json.dumps(detection, ensure_ascii=False)
        source = rng.choice(
            ("{category: vector}", "{product: linux}", "{category: process_creation}")
        )
        out.append(
            f"title: invented {i}\nid: invented-{i}\nlogsource: {source}\ndetection: {text}\n"
        )
    return "---\n".join(out)
