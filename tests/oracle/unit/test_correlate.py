"""Correlations on hand-written sequences."""

import unittest

from oracle.correlate import correlate
from oracle.events import parse_event
from oracle.rules import load_texts

BASE = """
title: a
name: a
logsource: {category: vector}
detection: {s: {E: 1}, condition: s}
---
title: b
name: b
logsource: {category: vector}
detection: {s: {E: 2}, condition: s}
---
"""


def event(second: int, kind: int, host: str = "h", **more: object) -> str:
    import json

    time = f"2024-03-01T10:{second // 60:02}:{second % 60:02}Z"
    return json.dumps({"@timestamp": time, "Computer": host, "E": kind, **more})


def fires(section: str, *texts: str, close: bool = True) -> list[str]:
    rules = load_texts([(BASE + "title: c\nname: c\ncorrelation:\n" + section, "test")])
    assert not rules.errors, rules.errors
    events = [parse_event(text) for text in texts]
    found = correlate(rules, events, close)
    return [f"{f.correlation.name}@{f.newest.ref}{':end' if f.at_end else ''}" for f in found]


COUNT = "  type: event_count\n  rules: [a]\n  group-by: [Computer]\n  timespan: 10s\n  condition: "


class Sliding(unittest.TestCase):
    def test_both_ends_are_in_the_window(self) -> None:
        self.assertEqual(fires(COUNT + "{gte: 2}", event(0, 1), event(10, 1)), ["c@1"])
        self.assertEqual(fires(COUNT + "{gte: 2}", event(0, 1), event(11, 1)), [])

    def test_a_lasting_attack_is_told_once_a_timespan(self) -> None:
        texts = [event(s, 1) for s in range(0, 25)]
        self.assertEqual(fires(COUNT + "{gte: 2}", *texts), ["c@1", "c@12", "c@23"])

    def test_groups_are_apart(self) -> None:
        self.assertEqual(fires(COUNT + "{gte: 2}", event(0, 1, "x"), event(1, 1, "y")), [])

    def test_late_matches_count_nowhere(self) -> None:
        self.assertEqual(fires(COUNT + "{gte: 2}", event(5, 1), event(15, 3), event(4, 1)), [])
        self.assertEqual(fires(COUNT + "{gte: 2}", event(5, 1), event(14, 3), event(4, 1)), ["c@0"])


class AtClose(unittest.TestCase):
    def test_a_count_below(self) -> None:
        self.assertEqual(fires(COUNT + "{lt: 2}", event(0, 1), event(11, 3)), ["c@0"])
        self.assertEqual(fires(COUNT + "{lt: 2}", event(0, 1), event(10, 3)), ["c@0:end"])
        self.assertEqual(fires(COUNT + "{lt: 2}", event(0, 1), event(10, 3), close=False), [])
        self.assertEqual(
            fires(COUNT + "{lt: 2}", event(0, 1), event(10, 1), event(20, 1)), ["c@2:end"]
        )

    def test_absence(self) -> None:
        text = "  type: temporal\n  rules: [a, b]\n  group-by: [Computer]\n  timespan: 10s\n"
        text += "  condition: a and not b\n"
        self.assertEqual(fires(text, event(0, 1), event(20, 3)), ["c@0"])
        self.assertEqual(fires(text, event(0, 1), event(5, 2), event(20, 3)), [])

    def test_one_event_of_both_rules_is_no_absence(self) -> None:
        text = "  type: temporal\n  rules: [d, a]\n  group-by: [Computer]\n  timespan: 10s\n"
        both = BASE.replace("name: b", "name: d").replace("E: 2", "E: [1, 2]")
        for condition, found in (("d and not a", []), ("a and not d", []), ("d", ["c@0"])):
            section = f"{text}  condition: {condition}\n"
            rules = load_texts([(both + "title: c\nname: c\ncorrelation:\n" + section, "test")])
            self.assertEqual(rules.errors, [])
            fired = correlate(rules, [parse_event(event(0, 1)), parse_event(event(20, 9))])
            self.assertEqual([f"c@{f.newest.ref}" for f in fired], found, condition)


class Order(unittest.TestCase):
    TEXT = "  type: temporal_ordered\n  rules: [a, b]\n  group-by: [Computer]\n  timespan: 10s\n"

    def test_order(self) -> None:
        self.assertEqual(fires(self.TEXT, event(0, 1), event(1, 2)), ["c@1"])
        self.assertEqual(fires(self.TEXT, event(0, 2), event(1, 1)), [])
        self.assertEqual(fires(self.TEXT, event(0, 1), event(0, 2)), ["c@1"])

    def test_over_hosts_order_is_restored(self) -> None:
        text = self.TEXT.replace("Computer", "User")
        texts = (event(3, 1, "x", User="u"), event(1, 2, "y", User="U"), event(9, 2, "z", User="u"))
        self.assertEqual(fires(text, *texts), ["c@2"])


if __name__ == "__main__":
    unittest.main()
