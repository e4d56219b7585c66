"""Values that meet what an item asks: the raw material of derived events."""

from __future__ import annotations

import datetime
import ipaddress
import random
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any, Optional

from .events import Spelling, scalar
from .items import (
    BooleanTest,
    CompareTest,
    NetworkTest,
    NullTest,
    NumberTest,
    RegexTest,
    Test,
    TextTest,
    TimeTest,
)
from .patterns import ANY, ONE, Pattern
from .regex import translate
from .values import NULL

_FILLERS = ("", "", "a", " x", "C:\\q\\", " -z ", "\u00e9", "\U0001f600", "\n", '"', "Ｚ", "0")
_ONE_CHARS = "aZ0 -/\\*?\u00e4\u212a\U0001f600\n"


def of_pattern(pattern: Pattern, rng: random.Random) -> str:
    out = []
    for piece in pattern:
        if piece is ANY:
            out.append(rng.choice(_FILLERS))
        elif piece is ONE:
            out.append(rng.choice(_ONE_CHARS))
        else:
            out.append(str(piece))
    return "".join(out)


def _class_char(items: list[Any], rng: random.Random) -> str:
    negate = items[0][0] is sre.NEGATE
    spans = []
    for op, argument in items[1:] if negate else items:
        if op is sre.LITERAL:
            spans.append((argument, argument))
        elif op is sre.RANGE:
            spans.append(argument)
    if negate:
        usual = [c for c in "aZ5_- .,;" if not any(a <= ord(c) <= b for a, b in spans)]
        return rng.choice(usual or ["\u20ac"])
    low, high = rng.choice(spans)
    return chr(rng.randint(low, min(high, low + 90)))


def _of_regex(tree: Any, rng: random.Random) -> str:
    """A text that the parsed expression matches; borders and look-around are left to luck."""
    out = []
    for op, argument in tree:
        if op is sre.LITERAL:
            out.append(chr(argument))
        elif op is sre.NOT_LITERAL:
            out.append("x" if argument != ord("x") else "y")
        elif op is sre.ANY:
            out.append(rng.choice("ab 0\u00e9"))
        elif op is sre.IN:
            out.append(_class_char(argument, rng))
        elif op is sre.BRANCH:
            out.append(_of_regex(rng.choice(argument[1]), rng))
        elif op is sre.SUBPATTERN:
            out.append(_of_regex(argument[3], rng))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, body = argument
            count = rng.randint(low, min(int(high), low + rng.choice((0, 0, 1, 3))))
            out += [_of_regex(body, rng) for _ in range(count)]
    return "".join(out)


def of_regex(source: str, flags: str, rng: random.Random) -> str:
    before, behind = rng.choice(_FILLERS[:4]), rng.choice(_FILLERS[:4])
    middle = _of_regex(sre_parser.parse(translate(source, flags)), rng)
    return middle if rng.random() < 0.5 else before + middle + behind


def number_near(number: float | int, rng: random.Random) -> Spelling:
    if isinstance(number, int):
        return Spelling(rng.choice((str(number), f"{number}.0", f"{number}e0")))
    return Spelling(repr(number))


def _of_comparison(test: CompareTest, rng: random.Random) -> Any:
    step = {"lt": -1, "lte": 0, "gt": 1, "gte": 0}[test.operator]
    found = test.number + step
    spelling = Spelling(str(found) if isinstance(found, int) else repr(found))
    return spelling if rng.random() < 0.7 else str(spelling)


def _of_time(test: TimeTest, rng: random.Random) -> Any:
    moment = datetime.datetime(2024, 3, 1, 22, 15, 0)
    for _ in range(4000):
        text = moment.isoformat(rng.choice("T ")) + rng.choice(("", "Z", "+02:00", ".123Z"))
        if test.of(scalar(text)):
            return text
        moment += datetime.timedelta(minutes=rng.choice((1, 61, 1501, 44641, 1000000)))
        if moment.year > 2200:
            moment = datetime.datetime(1971, 1, 1)
    return moment.isoformat()


def _of_network(test: NetworkTest, rng: random.Random) -> str:
    network = test.network
    place = rng.choice((0, network.num_addresses - 1, rng.randrange(network.num_addresses)))
    address = network[place]
    if isinstance(address, ipaddress.IPv4Address) and rng.random() < 0.2:
        return f"::ffff:{address}"
    return str(address) + ("%eth0" if address.version == 6 and rng.random() < 0.2 else "")


def of_test(test: Test, rng: random.Random) -> Any:
    """One raw JSON value that the test holds for, as far as that can be told."""
    if isinstance(test, TextTest):
        return of_pattern(test.pattern, rng)
    if isinstance(test, NumberTest):
        found = number_near(test.number, rng)
        return found if rng.random() < 0.6 else str(found)
    if isinstance(test, BooleanTest):
        return rng.choice((test.wanted == "true", test.wanted.upper()))
    if isinstance(test, NullTest):
        return rng.choice((None, []))
    if isinstance(test, RegexTest):
        return of_regex(test.source, test.flags, rng)
    if isinstance(test, CompareTest):
        return _of_comparison(test, rng)
    if isinstance(test, TimeTest):
        return _of_time(test, rng)
    if isinstance(test, NetworkTest):
        return _of_network(test, rng)
    return "same"  # of a FieldTest: the caller gives both fields this


def holds_for(test: Test, raw: Any) -> bool:
    if isinstance(raw, list):
        return any(holds_for(test, element) for element in raw)
    value = scalar(raw)
    return value.kind != NULL and test.of(value)


def _one_text(tests: list[TextTest], rng: random.Random) -> Optional[str]:
    """Texts that begin, then those within, then those that end; None if it does not come out."""
    exact = [t for t in tests if not t.pattern or ANY not in t.pattern]
    if exact:
        return of_pattern(exact[0].pattern, rng)

    def length(test: TextTest) -> int:
        return sum(len(p) for p in test.pattern if isinstance(p, str))

    heads = sorted((t for t in tests if t.pattern[0] is not ANY), key=length)
    tails = sorted((t for t in tests if t.pattern[-1] is not ANY), key=length)
    middles = [t for t in tests if t not in heads and t not in tails]
    rng.shuffle(middles)
    parts = [of_pattern(t.pattern, rng) for t in heads[-1:] + middles]
    parts += [of_pattern(t.pattern, rng) for t in tails[-1:] if t not in heads[-1:]]
    return rng.choice(("", " ", " ", "\\")).join(parts)


def for_all(tests: list[Test], rng: random.Random) -> Any:
    """One value for every test of a field; an array (F3) if no single scalar is found."""
    if len(tests) == 1:
        return of_test(tests[0], rng)
    texts = [t for t in tests if isinstance(t, TextTest)]
    for _ in range(4):
        candidate: Any = None
        if len(texts) == len(tests):
            candidate = _one_text(texts, rng)
        elif any(isinstance(t, RegexTest) for t in tests):
            parts = [str(of_test(t, rng)) for t in tests]
            rng.shuffle(parts)
            candidate = "".join(parts)
        else:
            candidate = of_test(rng.choice(tests), rng)
        if all(holds_for(test, candidate) for test in tests if type(test).of is not Test.of):
            return candidate
    return [of_test(test, rng) for test in tests]
