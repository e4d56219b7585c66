"""Correlations over a list of events, by brute force (R6-R18, R22): every window is a list of
matches that is looked at anew with each match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Optional

from .condition import evaluate
from .correlations import Correlation, Producer, positive_names
from .events import Event
from .fields import paths_of
from .items import COMPARISONS
from .rules import Rule, RuleSet
from .values import NULL, Value

LATENESS = 10_000_000  # microseconds
END = 2**62  # when what only the end of all input closes is known: behind all else

# Where an event names its host, in the decoder's order.
HOST_NAMES = (
    "Event.System.Computer", "winlog.computer_name", "Computer", "Hostname", "ComputerName",
    "host", "host.name", "host.hostname", "host_name", "hostname", "agent.hostname", "agent.name",
    "beat.hostname", "device.hostname", "HostName",
)  # fmt: skip

_TIMES = ("UtcTime", "Event.System.TimeCreated.#attributes.SystemTime", "@timestamp", "timestamp")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(event: Event) -> Optional[int]:
    """Microseconds since 1970 of the event's first time that reads."""
    for path in _TIMES:
        reached = event.field((path,))
        match = _TIME.match(reached.values[0].text) if reached and reached.values else None
        if match:
            zone = (match[4] or "Z").replace("Z", "+00:00")
            moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
            micros = int((match[3] or "0")[:6].ljust(6, "0"))
            return (moment - _EPOCH) // timedelta(microseconds=1) + micros
    return None


@dataclass(frozen=True)
class Match:
    """Of a rule, or a firing of a correlation (R18). `rule` is the base rule of its event."""

    time: int
    ref: int
    event: Event
    rule: Rule
    producer: Producer


@dataclass(frozen=True)
class Counted:
    """A match in a group of a correlation, as that one sees it."""

    match: Match
    place: int  # in the correlation's `rules`
    values: tuple[Value, ...]

    @property
    def order(self) -> tuple[int, int]:
        return self.match.time, self.match.ref  # R22


@dataclass
class Firing:
    """`known`: the time of the event with which it was known; of windows decided at close, that
    of the event which closed them, or END if only the end of all input did."""

    correlation: Correlation
    newest: Match
    at_end: bool
    known: int


@dataclass
class Group:
    counted: list[Counted] = field(default_factory=list)
    armed: bool = True
    last: Optional[int] = None  # time of the last firing
    opened: Optional[int] = None  # R8
    unopened: list[tuple[int, Counted]] = field(default_factory=list)  # R17: that opened no
    # window, by turn


def _values(
    match: Match, one: Correlation, producer: Producer, names: list[str]
) -> Optional[tuple[Value, ...]]:
    """The first value of each field; None if one is not there (R3, R12)."""
    out = []
    for name in names:
        paths = paths_of(one.field_of(name, producer), match.rule.source)
        reached = match.event.field(paths)
        found = [v for v in reached.values if v.kind != NULL] if reached else []
        if not found:
            return None
        out.append(found[0])
    return tuple(out)


def _interpolated(numbers: list[Fraction], percent: Fraction) -> Fraction:
    """R13: between the ranks (n-1)p/100."""
    rank = (len(numbers) - 1) * percent / 100
    low = int(rank)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (rank - low) * (numbers[high] - numbers[low])


def measure(one: Correlation, counted: list[Counted]) -> Fraction:
    """What the condition is asked of (R11-R13, R15)."""
    if one.type == "event_count":
        return Fraction(len(counted))
    if one.type == "value_count":
        return Fraction(len({tuple(v.folded for v in c.values) for c in counted}))
    if one.type.startswith("temporal"):
        return Fraction(len({c.place for c in counted}))
    numbers = sorted(Fraction(c.values[0].number or 0) for c in counted)
    if one.type == "value_sum":
        return sum(numbers, Fraction(0))
    if one.type == "value_avg":
        return sum(numbers, Fraction(0)) / len(numbers)
    return _interpolated(
        numbers, one.percentile if one.type == "value_percentile" else Fraction(50)
    )


def _in_order(one: Correlation, counted: list[Counted]) -> bool:
    """R16: the earliest match of each step that is a later event than the step before."""
    last: tuple[int, int] = (-(2**63), -1)
    for step in range(len(one.inputs)):
        later = [c.order for c in counted if c.place == step and c.order > last]
        if not later:
            return False
        last = min(later)
    return True


def holds(one: Correlation, counted: list[Counted]) -> bool:
    if not counted:
        return False
    if one.boolean is not None:
        seen = {one.references[c.place] for c in counted}
        return evaluate(one.boolean, lambda name: name in seen)
    if one.type == "temporal_ordered":
        return _in_order(one, counted)
    found = measure(one, counted)
    return all(COMPARISONS[op]((found > limit) - (found < limit)) for op, limit in one.bounds)


GroupKey = tuple[str, ...]


class Run:
    """Some correlations, inputs before those that build on them, fed matches one at a time."""

    def __init__(self, correlations: list[Correlation]) -> None:
        self.correlations = correlations
        self.groups: list[dict[GroupKey, Group]] = [{} for _ in correlations]
        self.firings: list[Firing] = []
        self.at_end = False
        self.clock = 0  # of windows that are being closed
        self.turn = 0  # an event, or the close of a window
        self.asides = 0

    def feed(self, match: Match) -> None:
        """A match of a rule or of a correlation outside; and what follows from it."""
        for i, one in enumerate(self.correlations):
            for place, producer in enumerate(one.inputs):
                if producer is match.producer:
                    self._take(i, match, place)

    def _take(self, i: int, match: Match, place: int) -> None:
        one = self.correlations[i]
        key_values = _values(match, one, match.producer, one.group_by)
        values = _values(match, one, match.producer, one.fields)
        if key_values is None or values is None:
            return
        if one.type.startswith("value_") and one.type != "value_count" and values[0].number is None:
            return  # R13
        key = tuple(v.folded for v in key_values)
        group = self.groups[i].setdefault(key, Group())
        if group.opened is not None and match.time > group.opened + one.timespan:
            group = self._end(i, key)
        counted = Counted(match, place, values)
        if one.at_close:
            self._into_window(one, group, counted)
        else:
            self._slide(one, group, counted)

    def _slide(self, one: Correlation, group: Group, counted: Counted) -> None:
        """R6, R7."""
        group.counted.append(counted)
        newest = max(c.match.time for c in group.counted)
        group.counted = [c for c in group.counted if c.match.time >= newest - one.timespan]
        group.counted.sort(key=lambda c: c.order)
        if group.last is not None and counted.match.time > group.last + one.timespan:
            group.armed = True
        if not holds(one, group.counted):
            group.armed = True
        elif group.armed:
            group.armed = False
            group.last = newest
            self._fire(one, group)

    def _into_window(self, one: Correlation, group: Group, counted: Counted) -> None:
        """R8, R17. The window that this match ends was closed before.

        Of one event it has all matches that are not before the one that opens it, whichever came
        first.
        """
        opens = one.boolean is None or one.references[counted.place] in positive_names(one.boolean)
        if group.opened is None and opens:
            group.opened = counted.match.time
            group.counted = [
                c
                for turn, c in group.unopened
                if turn == self.turn
                and c.order >= counted.order
                and c.match.time <= group.opened + one.timespan
            ]
        if group.opened is None:
            group.unopened.append((self.turn, counted))
        elif group.opened <= counted.match.time <= group.opened + one.timespan:
            group.counted.append(counted)

    def _end(self, i: int, key: GroupKey) -> Group:
        """R8: judges a window that what became known late had opened, after its end."""
        gone = self.groups[i][key]
        self.groups[i][key] = Group(unopened=gone.unopened)
        turn = self.turn
        self.asides -= 1
        self.turn = self.asides
        if holds(self.correlations[i], gone.counted):
            self._fire(self.correlations[i], gone)
        self.turn = turn
        return self.groups[i][key]

    def _fire(self, one: Correlation, group: Group) -> None:
        newest = max(group.counted, key=lambda c: c.order).match
        known = END if self.at_end else max(newest.time, self.clock)
        self.firings.append(Firing(one, newest, self.at_end and one.at_close, known))
        self.feed(Match(newest.time, newest.ref, newest.event, newest.rule, one))

    def close(self, clock: Optional[int], host: Optional[str] = None) -> None:
        """Judges the windows that end before the clock, earliest first; None: all of them."""
        while True:
            ended = sorted(
                (group.opened + one.timespan, i, key)
                for i, one in enumerate(self.correlations)
                for key, group in self.groups[i].items()
                if group.opened is not None and (host is None or self._is_of(group, host))
            )
            ended = [e for e in ended if clock is None or e[0] < clock]
            if not ended:
                self.clock = 0
                return
            end, i, key = ended[0]
            self.clock = end if clock is None else clock  # at the end of all input it runs on
            self.turn += 1
            group = self.groups[i][key]
            self.groups[i][key] = Group(unopened=group.unopened)
            if holds(self.correlations[i], group.counted):
                self._fire(self.correlations[i], group)
            self.turn += 1

    @staticmethod
    def _is_of(group: Group, host: str) -> bool:
        return host_of(group.counted[0].match.event) == host


def host_of(event: Event) -> str:
    for name in HOST_NAMES:
        reached = event.field((name,))
        found = [v for v in reached.values if v.kind != NULL] if reached else []
        if found:
            return found[0].folded
    return ""


def _in_turn(correlations: list[Correlation]) -> list[Correlation]:
    """Inputs before those that build on them; else as they were written (R22)."""
    out: list[Correlation] = []
    while len(out) < len(correlations):
        taken = {id(one) for one in out}
        out.append(
            next(
                one
                for one in correlations
                if id(one) not in taken
                and all(id(i) in taken for i in one.inputs if isinstance(i, Correlation))
            )
        )
    return out


def _matches(rules: RuleSet, event: Event, time: int, ref: int) -> Iterator[Match]:
    for rule in rules.rules:
        if rule.matches(event):
            yield Match(time, ref, event, rule, rule)


@dataclass(frozen=True)
class Held:
    """A match for the correlations that look across hosts; `known` as in Firing."""

    known: int
    match: Match
    place: int  # R22: 0 for a rule's, which stay in their order; of a firing 1 and more

    @property
    def order(self) -> tuple[int, int, int]:
        return self.known, self.match.ref, self.place


def _onward(firing: Firing, order: list[Correlation]) -> Held:
    newest = firing.newest
    match = Match(newest.time, newest.ref, newest.event, newest.rule, firing.correlation)
    place = next(i for i, one in enumerate(order, 1) if one is firing.correlation)
    return Held(firing.known, match, place)


def correlate(rules: RuleSet, events: list[Event], close_at_end: bool = True) -> list[Firing]:
    """All firings over the events in the order of their arrival: by host first, then the rest."""
    order = _in_turn(rules.correlations)
    hosts = Run([one for one in order if one.within_host])
    others = Run([one for one in order if not one.within_host])
    held: list[Held] = []
    clocks: dict[str, int] = {}
    newest: Optional[int] = None
    for ref, event in enumerate(events):
        time = time_of(event)
        if time is None:
            continue
        host = host_of(event)
        newest = time if newest is None else max(newest, time)
        clocks[host] = max(clocks.get(host, time), time)
        told = len(hosts.firings)
        hosts.close(clocks[host], host)
        hosts.turn += 1
        for match in _matches(rules, event, time, ref):
            if time >= clocks[host] - LATENESS:
                hosts.feed(match)
            if time >= newest - LATENESS:
                held.append(Held(time, match, 0))
        onward = [_onward(firing, order) for firing in hosts.firings[told:]]
        held += [h for h in onward if h.known >= newest - LATENESS]
    if close_at_end:
        told = len(hosts.firings)
        hosts.at_end = True
        hosts.close(None)
        onward = [_onward(firing, order) for firing in hosts.firings[told:]]
        held += onward
    _in_time_order(others, held, newest, close_at_end)
    return hosts.firings + others.firings


def _in_time_order(run: Run, held: list[Held], newest: Optional[int], close_at_end: bool) -> None:
    """R14: order is restored first. What the watermark has not passed waits for the end."""
    if newest is None:
        return
    watermark = newest - LATENESS
    waiting = sorted(held, key=lambda h: h.order)
    clock = 0
    before = (0, 0)
    for one in waiting:
        if one.known >= watermark and not run.at_end:
            run.close(watermark)
            if not close_at_end:
                return
            run.at_end = True
        # What became known with one event is taken before windows are judged by that event again.
        if one.known != END and (one.known > clock or one.known == one.match.time):
            clock = one.known
            run.close(clock)
        if one.order[:2] != before:
            run.turn += 1
        before = one.order[:2]
        run.feed(one.match)
    if not run.at_end:
        run.close(watermark)
    if close_at_end:
        run.at_end = True
        run.close(None)
