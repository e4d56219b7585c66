"""The evaluator on hand-written detections, a row of the semantics page each."""

import unittest

from oracle.events import parse_event
from oracle.rules import load_texts


def load(detection: str, logsource: str = "{category: vector}", more: str = "", **options):
    text = f"title: t\nid: t\nlogsource: {logsource}\ndetection:\n"
    text += "".join(f"  {line}\n" for line in detection.splitlines()) + more
    return load_texts([(text, "test")], **options)


def matches(detection: str, event: str, **options) -> bool:
    if "condition" not in detection:
        detection += "\ncondition: s"
    rules = load(detection, **options)
    assert not rules.errors, rules.errors
    return rules.rules[0].matches(parse_event(event))


class Cases(unittest.TestCase):
    def hit(self, detection: str, *events: str) -> None:
        for event in events:
            self.assertTrue(matches(detection, event), (detection, event))

    def miss(self, detection: str, *events: str) -> None:
        for event in events:
            self.assertFalse(matches(detection, event), (detection, event))

    def refused(self, *details: str) -> None:
        for detection in details:
            if "condition" not in detection:
                detection += "\ncondition: s"
            self.assertTrue(load(detection).errors, detection)


class Fields(Cases):
    def test_paths(self) -> None:
        self.hit("s: {a.b: x}", '{"a": {"b": "x"}}', '{"a.b": "x"}', '{"a": [{"b": ["y", "x"]}]}')
        self.hit("s: {a.b: x}", '{"a": {"b": "y"}, "a.b": "X"}', '{"a": {"b": "y", "b": "x"}}')
        self.miss("s: {a.b: x}", '{"A": {"b": "x"}}', '{"a": {"b": {"c": "x"}}}')
        self.hit("s: {ThreatName: x}", '{"Threat Name": "x"}')

    def test_first_spelling_present(self) -> None:
        self.miss("s: {F: x}", '{"F": "y", "Event": {"EventData": {"F": "x"}}}')
        self.hit("s: {F: x}", '{"Event": {"UserData": {"Any": {"F": "x"}}}}')
        self.hit("s: {F: x}", '{"Event": {"EventData": {"Data": [{"@Name": "F", "#text": "x"}]}}}')
        self.hit("s: {F: null}", '{"Event": {"EventData": {"Data": [{"@Name": "F"}]}}}')

    def test_missing_and_null(self) -> None:
        self.hit("s: {F: null}", "{}", '{"F": null}', '{"F": []}', '{"F": ["x", null]}')
        self.miss("s: {F: null}", '{"F": ""}', '{"F": {}}', '{"F": [{}]}')
        self.hit("s: {F|exists: true}", '{"F": null}', '{"F": {}}')
        self.hit("s: {F|neq: x}", "{}", '{"F": "y"}')
        self.miss("s: {F: ''}", "{}", '{"F": null}')
        self.hit("s: {F: '*'}", '{"F": ""}', '{"F": 0}')


class Values(Cases):
    def test_folding(self) -> None:
        self.hit("s: {F: Kä}", '{"F": "\\u212aÄ"}')
        self.miss("s: {F: ß}", '{"F": "ss"}')
        self.hit("s: {F: ẞ}", '{"F": "ß"}')
        self.miss("s: {F: İ}", '{"F": "i"}')

    def test_backslashes(self) -> None:
        self.hit("s: {F: 'a\\*'}", '{"F": "a*"}')
        self.miss("s: {F: 'a\\*'}", '{"F": "ab"}')
        self.hit("s: {F: 'a\\\\*'}", '{"F": "a\\\\b"}')
        self.hit("s: {F: 'a\\\\\\*'}", '{"F": "a\\\\*"}')
        self.hit("s: {F: '\\\\\\x'}", '{"F": "\\\\\\\\x"}')
        self.hit("s: {F: 'a?c'}", '{"F": "a\\ud83d\\ude00c"}', '{"F": "a\\nc"}')

    def test_numbers(self) -> None:
        self.hit("s: {F: 4624}", '{"F": 4624}', '{"F": "4624"}', '{"F": 4624.0}')
        self.miss("s: {F: 4624}", '{"F": "04624"}', '{"F": " 4624"}', '{"F": true}')
        self.hit("s: {F: '46*'}", '{"F": 4624}')
        self.miss("s: {F: '1'}", '{"F": 1.0}')
        self.hit("s: {F: true}", '{"F": true}', '{"F": "TRUE"}')
        self.miss("s: {F: 9007199254740993}", '{"F": 9007199254740992}')
        self.hit("s: {F: 0x1F}", '{"F": "0X1f"}')
        self.hit("s: {F: yes}", '{"F": "Yes"}')

    def test_lists(self) -> None:
        self.refused("s: {F: []}", "s: {F: [a, null]}", "s: {F: {a: b}}", "s: {F: [[a]]}", "s: []")


class Modifiers(Cases):
    def test_windash(self) -> None:
        self.hit("s: {F|windash: 'x -a'}", *(f'{{"F": "x {d}a"}}' for d in "-/–—―"))
        self.miss("s: {F|windash: 'x-a'}", '{"F": "x/a"}')
        self.refused("s: {F|windash: '-a -b -c -d -e -f'}")

    def test_encodings(self) -> None:
        self.hit("s: {F|base64: foo}", '{"F": "Zm9v"}')
        self.miss("s: {F|base64: foo}", '{"F": "zm9v"}')
        self.hit("s: {F|base64offset|contains: foobar}", '{"F": "xZm9vYmFyx"}', '{"F": "mb29iYX"}')
        self.hit("s: {F|wide|base64offset|contains: ping}", '{"F": "cABpAG4AZw"}')
        self.hit("s: {F|wide: ab}", '{"F": "a\\u0000b\\u0000"}')
        self.refused("s: {F|utf16: ab}", "s: {F|base64: 'a*'}", "s: {F|wide: é}")

    def test_regex(self) -> None:
        self.hit("s: {F|re: 'a.c$'}", '{"F": "xabc"}')
        self.miss("s: {F|re: 'a.c$'}", '{"F": "ABC"}', '{"F": "abc\\n"}')
        self.hit("s: {F|re|i: 'a.c'}", '{"F": "ABC"}')
        self.refused("s: {F|re: '(?=a)'}", "s: {F|re|cased: a}", "s: {F|re: '(a)\\1'}")

    def test_networks(self) -> None:
        self.hit("s: {F|cidr: 10.0.0.0/8}", '{"F": "10.1.2.3"}', '{"F": "::ffff:10.0.0.1"}')
        self.miss("s: {F|cidr: 10.0.0.0/8}", '{"F": "11.0.0.0"}', '{"F": "10."}')
        self.hit("s: {F|cidr: 'fe80::/10'}", '{"F": "fe80::1%eth0"}')
        self.refused("s: {F|cidr: 10.0.0.1/8}", "s: {F|cidr: x}")

    def test_the_rest(self) -> None:
        self.hit("s: {F|fieldref: G}", '{"F": "A", "G": "a"}', '{"F": 1, "G": 1.0}')
        self.miss("s: {F|fieldref: G}", '{"F": "A"}', '{"F": 1, "G": true}')
        self.hit("s: {F|lt: 5}", '{"F": "4.5"}')
        self.miss("s: {F|lt: 5}", '{"F": "x"}', "{}", '{"F": 5}')
        self.hit("s: {F|hour: 22}", '{"F": "2024-03-01T22:15:00+02:00"}', '{"F": 1709331300000}')
        self.hit("s: {F|week|gte: 9}", '{"F": "2024-03-01 00:00:00"}')
        self.refused("s: {F|neq|lt: 5}", "s: {F|nosuch: 5}", "s: {F|contains: null}")

    def test_expand(self) -> None:
        from oracle.documents import Scalar

        values = {"p": [Scalar("text", "a*"), Scalar("text", "b")]}
        self.assertTrue(matches("s: {F|expand: '%p%x'}", '{"F": "aax"}', placeholders=values))
        self.assertTrue(matches("s: {F|expand: '\\%p%'}", '{"F": "%p%"}', placeholders=values))
        self.refused("s: {F|expand: '%p%'}")


class Conditions(Cases):
    def test_keywords(self) -> None:
        self.hit("s: [EVIL, 46]", '{"a": [{"b": "an evil x"}]}', '{"a": 4624}')
        self.miss("s: [evil]", '{"evil": 1}')
        self.hit("s: {'|all': [x, y]}", '{"a": "x", "b": "Y"}')
        self.miss("s: {'|all': [x, y]}", '{"a": "x"}')

    def test_grammar(self) -> None:
        parts = "a: {A: 1}\nb: {B: 1}\n_c: {C: 1}\n"
        self.hit(parts + "condition: a or b and not a", '{"A": 1}')
        self.miss(parts + "condition: (a or b) and not a", '{"A": 1}')
        self.hit(parts + "condition: ALL of them", '{"A": 1, "B": 1}')
        self.hit(parts + "condition: 1 of _*", '{"C": 1}')
        self.hit(parts + "condition: [a, b]", '{"B": 1}')
        self.refused(
            parts + "condition: 2 of them", parts + "condition: x", parts + "condition: a |"
        )


if __name__ == "__main__":
    unittest.main()
