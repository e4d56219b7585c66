"""What SQLite's answer would be: the oracle with rows of the semantics page changed, one by one, to
what pySigma's SQLite backend makes of them. A difference is explained by the fewest changes that
give SQLite's answer; one that none give is not explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Optional, Union

from .condition import evaluate
from .detection import Item
from .events import Event, Reached
from .items import (
    BooleanTest,
    CompareTest,
    FieldTest,
    NetworkTest,
    NullTest,
    NumberTest,
    RegexTest,
    Test,
    TextTest,
    TimeTest,
)
from .patterns import Glob, is_plain, map_text, parse_pattern, plain_text
from .rules import Rule
from .values import NULL, NUMBER, TEXT, Value

Cell = Union[None, str, int, float]

REASONS = {
    "case": "V1: NOCASE and LIKE know the case of ASCII letters only",
    "number": "V4, V5, M13: '=' on an untyped column never joins a text and a number",
    "spelling": "V5: LIKE and REGEXP see a number as SQLite writes it (1e5 is 100000.0)",
    "boolean": "V6: a boolean is asked as 'true' or 1, so the number 1 meets true",
    "null": "M4, V7, F4: a column that is NULL, or that no column could hold, is not there",
    "base64": "M7-M9: encoded values are compared without case",
    "cidr": "M12: a network is text prefixes",
    "compare": "M11: a text is greater than every number",
    "time": "M14: strftime turns zones to UTC and counts weeks from the first Monday",
    "keyword": "D2: keywords are searched in all values joined, not in each",
    "nul": "V2: LIKE and '=' on texts with a NUL end at it",
}


def cell_of(reached: Optional[Reached]) -> Cell:
    """The one value of a field as a column holds it."""
    values = [v for v in reached.values if v.kind != NULL] if reached else []
    if not values:
        return None
    value = values[0]
    if value.kind != NUMBER or value.number is None:
        return value.text
    return value.number


def is_single(reached: Optional[Reached]) -> bool:
    return reached is None or len(reached.values) <= 1


def ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


class View:
    """One event as SQLite sees it under some of the changes."""

    def __init__(self, event: Event, changes: frozenset[str], prefixes: Callable[[str], list[str]]):
        self.event = event
        self.changes = changes
        self.prefixes = prefixes

    def rule(self, rule: Rule) -> bool:
        return evaluate(rule.expression, self.item)

    def item(self, item: Item) -> bool:
        if item.field is None:
            return self._keywords(item) != item.neq
        reached = self.event.field(item.paths)
        value = self._value(reached)
        if item.exists is not None:
            there = value is not None if "null" in self.changes else reached is not None
            return (there == item.exists) != item.neq
        join = all if item.all else any
        found = join(any(self._test(t, value, reached) for t in tests) for tests in item.values)
        return found != item.neq

    def _value(self, reached: Optional[Reached]) -> Optional[Value]:
        values = [v for v in reached.values if v.kind != NULL] if reached else []
        return values[0] if values else None

    def _keywords(self, item: Item) -> bool:
        values = self.event.scalars
        if "keyword" in self.changes:
            values = [Value(TEXT, joined_values(self.event))]
        join = all if item.all else any
        return join(
            any(self._test(t, v, None) for t in tests for v in values) for tests in item.values
        )

    def _text(self, value: Value) -> str:
        text = value.text
        if "spelling" in self.changes and value.kind == NUMBER and value.number is not None:
            text = sql_text(value.number)
        return text.split("\0")[0] if "nul" in self.changes else text

    def _folded(self, text: str) -> str:
        return ascii_lower(text) if "case" in self.changes else Value(TEXT, text).folded

    def _test(self, test: Test, value: Optional[Value], reached: Optional[Reached]) -> bool:
        if isinstance(test, NullTest):
            return value is None if "null" in self.changes else test.holds(self.event, reached)
        if isinstance(test, FieldTest):
            return value is not None and self._field(test, value)
        if value is None:
            return False
        if isinstance(test, TextTest):
            return self._text_test(test, value)
        if isinstance(test, NumberTest) and "number" in self.changes and value.kind == TEXT:
            return False
        if isinstance(test, BooleanTest) and "boolean" in self.changes and value.kind == NUMBER:
            return value.number == int(test.wanted == "true")
        if isinstance(test, NetworkTest) and "cidr" in self.changes:
            text = self._folded(value.text)
            return any(Glob(parse_pattern(p)).matches(text) for p in self.prefixes(test.text))
        if isinstance(test, CompareTest) and "compare" in self.changes and value.kind != NUMBER:
            return test.operator in ("gt", "gte")
        if isinstance(test, TimeTest) and "time" in self.changes:
            return not test.of(value)
        if isinstance(test, RegexTest):
            return test.regex.search(self._text(value))
        return test.of(value)

    def _text_test(self, test: TextTest, value: Value) -> bool:
        cased = test.cased and "base64" not in self.changes
        plain = is_plain(test.pattern) and not set(plain_text(test.pattern)) & set("%_\\")
        if "number" in self.changes and plain and value.kind == NUMBER and not test.cased:
            return False
        pattern = test.pattern if cased else map_text(test.pattern, self._folded)
        text = self._text(value)
        return Glob(pattern).matches(text if cased else self._folded(text))

    def _field(self, test: FieldTest, value: Value) -> bool:
        other = self._value(self.event.field(test.other))
        if other is None:
            return False
        if "number" in self.changes and not test.relation:
            if (value.kind == NUMBER) != (other.kind == NUMBER):
                return False
        if value.kind == other.kind == NUMBER and not test.relation:
            return value.number == other.number
        a, b = self._folded(self._text(value)), self._folded(self._text(other))
        if test.relation:
            return {"startswith": a.startswith, "endswith": a.endswith, "contains": a.__contains__}[
                test.relation
            ](b)
        single = Reached()
        single.values = [value]
        return a == b if "case" in self.changes else test.holds(self.event, single)


def sql_text(number: int | float) -> str:
    """As SQLite casts a number to text."""
    if isinstance(number, int):
        return str(number)
    text = f"{number:.15g}"
    return text if "e" in text or "." in text else text + ".0"


def joined_values(event: Event) -> str:
    return "\n".join(v.text for v in event.scalars)


def explain(
    rule: Rule, event: Event, sql: bool, prefixes: Callable[[str], list[str]]
) -> Optional[tuple[str, ...]]:
    """The fewest changes that give SQLite's answer."""
    for count in range(1, 4):
        for changes in combinations(REASONS, count):
            if View(event, frozenset(changes), prefixes).rule(rule) == sql:
                return changes
    return None


def expressible(rule: Rule, event: Event, items: Iterable[Item]) -> bool:
    """Whether columns can hold what the rule looks at: one value a field."""
    return all(
        is_single(event.field(item.paths))
        and all(
            is_single(event.field(t.other))
            for tests in item.values
            for t in tests
            if isinstance(t, FieldTest)
        )
        for item in items
        if item.field is not None
    )
