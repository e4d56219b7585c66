"""What a detection item asks of a field: one class for each kind of question."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Optional, Union

from .events import Event, Reached
from .fold import fold
from .patterns import Glob, Pattern, map_text
from .regex import Regex
from .times import time_part
from .values import BOOLEAN, NULL, NUMBER, Num, Value, compare

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Test:
    """A question about one scalar. The field holds it if any scalar does (F3)."""

    def of(self, value: Value) -> bool:
        raise NotImplementedError

    def holds(self, event: Event, reached: Optional[Reached]) -> bool:
        if reached is None:
            return False  # F5
        return any(value.kind != NULL and self.of(value) for value in reached.values)


class TextTest(Test):
    """V1-V3, V5, V8, V9: the spelling as a whole."""

    def __init__(self, pattern: Pattern, cased: bool = False) -> None:
        self.pattern = pattern
        self.cased = cased
        self._glob = Glob(pattern if cased else map_text(pattern, fold))

    def of(self, value: Value) -> bool:
        return self._glob.matches(value.text if self.cased else value.folded)


class NumberTest(Test):
    """V4: the same numeric value."""

    def __init__(self, number: Num, spelling: str) -> None:
        self.number = number
        self.spelling = spelling

    def of(self, value: Value) -> bool:
        found = value.number
        return found is not None and compare(found, self.number) == 0


class BooleanTest(Test):
    """V6."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = "true" if wanted else "false"

    def of(self, value: Value) -> bool:
        return value.kind != NUMBER and value.folded == self.wanted


class NullTest(Test):
    """V7."""

    def holds(self, event: Event, reached: Optional[Reached]) -> bool:
        return reached is None or reached.is_null


class RegexTest(Test):
    """M10."""

    def __init__(self, regex: Regex, source: str = "", flags: str = "") -> None:
        self.regex = regex
        self.source = source
        self.flags = flags

    def of(self, value: Value) -> bool:
        return self.regex.search(value.text)


COMPARISONS: dict[str, Callable[[int], bool]] = {
    "lt": lambda order: order < 0,
    "lte": lambda order: order <= 0,
    "gt": lambda order: order > 0,
    "gte": lambda order: order >= 0,
    "eq": lambda order: order == 0,
    "neq": lambda order: order != 0,
}


class CompareTest(Test):
    """M11."""

    def __init__(self, operator: str, number: Num) -> None:
        self.operator = operator
        self.number = number

    def of(self, value: Value) -> bool:
        found = value.number
        return found is not None and COMPARISONS[self.operator](compare(found, self.number))


class TimeTest(Test):
    """M14."""

    def __init__(self, part: str, operator: str, number: int) -> None:
        self.part = part
        self.operator = operator
        self.number = number

    def of(self, value: Value) -> bool:
        found = time_part(self.part, value)
        return found is not None and COMPARISONS[self.operator](compare(found, self.number))


def plain_address(address: Address) -> Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


class NetworkTest(Test):
    """M12."""

    def __init__(self, text: str) -> None:
        self.text = text
        address, slash, bits = text.partition("/")
        if slash and not re.fullmatch(r"[0-9]{1,3}", bits):
            raise ValueError("the size of a network is a number of bits")
        if "%" in text:
            raise ValueError("a zone in a network")
        network = ipaddress.ip_network(text)
        mapped = getattr(network.network_address, "ipv4_mapped", None)
        if mapped is not None and network.prefixlen >= 96:
            network = ipaddress.ip_network((mapped, network.prefixlen - 96))
        self.network = network

    def of(self, value: Value) -> bool:
        if value.kind in (NUMBER, BOOLEAN):
            return False
        try:
            text, zone, name = value.text.partition("%")
            if zone and (not name or ":" not in text):
                return False
            found = plain_address(ipaddress.ip_address(text))
        except ValueError:
            return False
        return found.version == self.network.version and found in self.network


class FieldTest(Test):
    """M13: this field's values against another's, whose paths `Item.bind` fills in."""

    def __init__(self, name: str, relation: str, cased: bool) -> None:
        self.name = name
        self.fixed = False  # a pipeline has set the name
        self.relation = relation
        self.cased = cased
        self.other: tuple[str, ...] = (name,)

    def _equal(self, a: Value, b: Value) -> bool:
        kinds = (a.kind, b.kind)
        if NUMBER in kinds and BOOLEAN in kinds:
            return False
        if kinds == (NUMBER, NUMBER) and a.number is not None and b.number is not None:
            return compare(a.number, b.number) == 0
        if self._text(a) == self._text(b):
            return True
        if NUMBER not in kinds or a.number is None or b.number is None:
            return False
        return compare(a.number, b.number) == 0

    def _text(self, value: Value) -> str:
        return value.text if self.cased else value.folded

    def _pair(self, a: Value, b: Value) -> bool:
        if self.relation == "startswith":
            return self._text(a).startswith(self._text(b))
        if self.relation == "endswith":
            return self._text(a).endswith(self._text(b))
        if self.relation == "contains":
            return self._text(b) in self._text(a)
        return self._equal(a, b)

    def holds(self, event: Event, reached: Optional[Reached]) -> bool:
        other = event.field(self.other)
        if reached is None or other is None:
            return False
        return any(
            self._pair(a, b)
            for a in reached.values
            for b in other.values
            if NULL not in (a.kind, b.kind)
        )
