"""Which rules match which events."""

from __future__ import annotations

from collections.abc import Iterable

from .events import Event
from .fields import Source
from .logsource import is_tried, source_of
from .rules import Rule


class Matcher:
    """Every rule that is tried on an event, one after another."""

    def __init__(self, rules: Iterable[Rule], routing: bool = True) -> None:
        self.rules = list(rules)
        self.routing = routing
        self.pairs = 0
        self._tried: dict[Source, list[Rule]] = {}

    def tried(self, event: Event) -> list[Rule]:
        if not self.routing:
            return self.rules
        source = source_of(event)
        if source not in self._tried:
            self._tried[source] = [rule for rule in self.rules if is_tried(rule.source, source)]
        return self._tried[source]

    def matching(self, event: Event) -> list[Rule]:
        rules = self.tried(event)
        self.pairs += len(rules)
        return [rule for rule in rules if rule.matches(event)]
