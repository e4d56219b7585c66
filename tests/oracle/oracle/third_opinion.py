"""`oracle pysigma`: the rules as SQL of pySigma's SQLite backend, run on the events, against the
oracle. Needs the packages of requirements.txt; nothing else of the oracle does."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from .detection import each_item
from .events import Event
from .fields import Source, paths_of
from .match import Matcher
from .regex import Regex
from .rules import Rule
from .variants import cell_of, explain, expressible, joined_values

FULLTEXT = "(everything)"


def available() -> bool:
    try:
        import sigma.backends.sqlite  # noqa: F401
        import sigma.collection  # noqa: F401
    except ImportError:
        return False
    return True


@dataclass
class Report:
    rules: int = 0
    not_converted: Counter[str] = field(default_factory=Counter)
    pairs: int = 0
    not_expressible: int = 0
    matches: int = 0
    explained: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


@dataclass
class Converted:
    rule: Rule
    queries: list[str]
    columns: list[str]


def _convert(rule: Rule, report: Report) -> Optional[Converted]:
    from sigma.backends.sqlite import sqliteBackend
    from sigma.collection import SigmaCollection

    backend = sqliteBackend(fulltext_field=FULLTEXT)
    try:
        collection = SigmaCollection.from_yaml(Path(rule.place).read_text(encoding="utf-8"))
        queries = [str(query) for query in backend.convert(collection)]
        columns = backend.required_fields(collection.rules[0])
    except Exception as error:  # pySigma's own, of many kinds
        report.not_converted[f"{type(error).__name__}: {str(error)[:90]}"] += 1
        return None
    return Converted(rule, queries, [c for c in columns if c != FULLTEXT])


def _prefixes(network: str) -> list[str]:
    from sigma.types import SigmaCIDRExpression

    return [str(text) for text in SigmaCIDRExpression(network).expand()]


class _Regexes:
    """REGEXP for SQLite: RE2 itself where it is installed, else the oracle's own."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        try:
            import re2

            self.compile = re2.compile
        except ImportError:
            self.compile = Regex

    def __call__(self, pattern: str, value: object) -> bool:
        if value is None:
            return False
        if pattern not in self.known:
            self.known[pattern] = self.compile(pattern)
        return bool(self.known[pattern].search(value if isinstance(value, str) else str(value)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _same_but_for_case(names: list[str]) -> bool:
    return len({name.lower() for name in names}) != len(names)


def _tables(converted: list[Converted]) -> Iterator[tuple[list[Converted], list[str]]]:
    """Rules that can share one table; names that differ in case only cannot."""
    names = sorted({c for one in converted for c in one.columns})
    if not _same_but_for_case(names) and len(names) < 1900:
        yield converted, names
        return
    for one in converted:
        yield [one], sorted(one.columns)


def _fill(
    database: sqlite3.Connection, names: list[str], events: list[Event], source: Source
) -> None:
    database.execute("DROP TABLE IF EXISTS logs")
    columns = [f"{_quoted(name)} COLLATE NOCASE" for name in [*names, FULLTEXT]]
    database.execute(f"CREATE TABLE logs ({', '.join(columns)})")
    paths = [paths_of(name, source) for name in names]
    marks = ", ".join("?" * (len(names) + 1))
    rows = ([*(cell_of(e.field(p)) for p in paths), joined_values(e)] for e in events)
    database.executemany(f"INSERT INTO logs VALUES ({marks})", rows)


def _answers(database: sqlite3.Connection, one: Converted) -> set[int]:
    """The places of the events that any of the rule's queries finds."""
    found: set[int] = set()
    for query in one.queries:
        text = query.replace("SELECT * FROM", "SELECT rowid FROM", 1)
        found |= {row[0] - 1 for row in database.execute(text)}
    return found


def _judge(one: Converted, events: list[Event], sql: set[int], report: Report) -> None:
    items = each_item(one.rule.expression)
    for i, event in enumerate(events):
        if not expressible(one.rule, event, items):
            report.not_expressible += 1
            continue
        report.pairs += 1
        own = one.rule.matches(event)
        report.matches += own
        if own == (i in sql):
            continue
        reasons = explain(one.rule, event, i in sql, _prefixes)
        if reasons is not None:
            report.explained[reasons] += 1
        else:
            who = "SQLite" if i in sql else "the oracle"
            report.unexplained.append(f"only {who}: {one.rule.place} {event.ref}")


def run(rules: list[Rule], events: list[Event], routing: bool) -> Report:
    report = Report(rules=len(rules))
    matcher = Matcher(rules, routing)
    tried: dict[int, list[Event]] = {}
    for event in events:
        for rule in matcher.tried(event):
            tried.setdefault(id(rule), []).append(event)
    groups: dict[Source, list[Rule]] = {}
    for rule in rules:
        if id(rule) in tried:
            groups.setdefault(rule.source, []).append(rule)
    database = sqlite3.connect(":memory:")
    database.create_function("REGEXP", 2, _Regexes(), deterministic=True)
    for source, members in groups.items():
        converted = [c for c in (_convert(rule, report) for rule in members) if c]
        for some, names in _tables(converted):
            if not some:
                continue
            its_events = tried[id(some[0].rule)]
            _fill(database, names, its_events, source)
            for one in some:
                _judge(one, its_events, _answers(database, one), report)
    return report
