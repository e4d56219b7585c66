"""Correlation documents: reading and checking (R1-R5, R15-R19)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Optional, Union

from .condition import All, Not, Some, Tree, evaluate, parse_condition
from .documents import List, Map, Node, RuleError, Scalar, text_at, texts_at
from .values import BOOLEAN, NUMBER, parse_number

if TYPE_CHECKING:
    from .rules import Rule

TYPES = (
    "event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile",
    "temporal", "temporal_ordered",
)  # fmt: skip
OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
SECONDS = {
    "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "M": 30 * 86400, "y": 365 * 86400
}  # fmt: skip

# Names of the endpoint itself, which a collector does not fill in with its own (R9).
HOST_FIELDS = ("Event.System.Computer", "winlog.computer_name", "Computer")

Producer = Union["Rule", "Correlation"]


@dataclass
class Correlation:
    id: str
    name: str
    title: str
    type: str
    references: list[str]
    group_by: list[str]
    fields: list[str]
    timespan: int  # microseconds
    bounds: list[tuple[str, Fraction]]
    boolean: Optional[Tree[str]]
    percentile: Fraction
    aliases: dict[str, dict[str, str]]
    generate: bool
    place: str
    inputs: list[Producer] = field(default_factory=list)
    generates: bool = True  # R19

    def is_called(self, reference: str) -> bool:
        return reference in (self.id, self.name)

    @property
    def at_close(self) -> bool:
        """R8, R17: decided when the window closes."""
        if self.boolean is not None:
            return _has_not(self.boolean)
        return len(self.bounds) == 2 or (
            bool(self.bounds) and self.bounds[0][0] not in ("gt", "gte")
        )

    @property
    def within_host(self) -> bool:
        """R9: runs by the host's own clock, on arrival."""
        below = (i for i in self.inputs if isinstance(i, Correlation))
        grouped = {name for alias in self.group_by for name in self._meant(alias)}
        return bool(grouped & set(HOST_FIELDS)) and all(i.within_host for i in below)

    def _meant(self, name: str) -> list[str]:
        return list(self.aliases[name].values()) if name in self.aliases else [name]

    def field_of(self, name: str, producer: Producer) -> str:
        """R4: the alias for this rule, else its own field of that name."""
        for reference, target in self.aliases.get(name, {}).items():
            if producer.is_called(reference):
                return target
        return name


def _has_not(tree: Tree[str]) -> bool:
    if isinstance(tree, (All, Some)):
        return any(map(_has_not, tree.children))
    return isinstance(tree, Not)


def positive_names(tree: Tree[str], positive: bool = True) -> set[str]:
    """Names that stand without `not`: those that open a window (R17)."""
    if isinstance(tree, (All, Some)):
        return {name for child in tree.children for name in positive_names(child, positive)}
    if isinstance(tree, Not):
        return positive_names(tree.child, not positive)
    return {tree} if positive else set()


def _timespan(node: Optional[Node], line: int) -> int:
    text = text_at(node, "timespan", line)
    match = re.fullmatch(r"([0-9]+)([smhdwMy])", text or "")
    if not match or int(match[1]) == 0:
        raise RuleError(f"timespan {text!r}: a number above zero and s, m, h or d", line)  # R5
    return int(match[1]) * SECONDS[match[2]] * 1_000_000


def _number(node: Node, what: str, line: int) -> Fraction:
    found = parse_number(node.text) if isinstance(node, Scalar) and node.kind == NUMBER else None
    if found is None:
        raise RuleError(f"{what} takes a number", line)
    return Fraction(found)


@dataclass
class _Condition:
    bounds: list[tuple[str, Fraction]]
    fields: list[str]
    percentile: Fraction
    boolean: Optional[Tree[str]] = None


def _condition_map(node: Map, kind: str) -> _Condition:
    for key in node:
        if key not in (*OPERATORS, "field", "percentile"):
            raise RuleError(f"condition: {key!r} is not known", node.line)
    bounds = [(key, _number(node[key], key, node.line)) for key in node if key in OPERATORS]
    if len(bounds) > 2 or not bounds:
        raise RuleError("a condition has one operator, or two for a range", node.line)
    fields = [name.replace(" ", "") for name in texts_at(node.get("field"), "field", node.line)]
    percentile = Fraction(50)
    if "percentile" in node:
        percentile = _number(node["percentile"], "percentile", node.line)
        if not 0 <= percentile <= 100:
            raise RuleError("percentile is from 0 to 100", node.line)
    if kind.startswith("value_"):
        if not fields or (len(fields) > 1 and kind != "value_count"):
            raise RuleError(f"{kind} needs its field", node.line)
    return _Condition(bounds, fields, percentile)


def _read_condition(section: Map, kind: str, references: list[str]) -> _Condition:
    node = section.get("condition")
    number = Fraction(len(references))
    if isinstance(node, List):
        raise RuleError("a condition is a map or a text", section.line)
    if kind.startswith("temporal") and isinstance(node, Scalar) and node.text:
        if kind == "temporal_ordered":
            raise RuleError("temporal_ordered takes no boolean condition", section.line)
        tree = parse_condition(node.text, references, quantifiers=False)
        if evaluate(tree, lambda name: False):
            raise RuleError("the condition holds where nothing matched", section.line)  # R17
        return _Condition([], [], Fraction(50), tree)
    if isinstance(node, Map):
        found = _condition_map(node, kind)
    elif kind.startswith("temporal"):
        found = _Condition([("gte", number)], [], Fraction(50))
    else:
        raise RuleError(f"{kind} needs a condition", section.line)
    if kind == "temporal_ordered" and found.bounds != [("gte", number)]:
        raise RuleError("temporal_ordered is about all rules", section.line)  # R16
    return found


def _aliases(node: Optional[Node]) -> dict[str, dict[str, str]]:
    if node is None:
        return {}
    if not isinstance(node, Map):
        raise RuleError("aliases is a map", node.line)
    out: dict[str, dict[str, str]] = {}
    for alias, fields in node.items():
        if not isinstance(fields, Map):
            raise RuleError(f"alias {alias!r} is a map of rules to fields", node.line)
        out[alias] = {
            rule: (text_at(name, alias, fields.line) or "").replace(" ", "")
            for rule, name in fields.items()
        }
    return out


def read_correlation(node: Map, place: str) -> Correlation:
    section = node["correlation"]
    if not isinstance(section, Map):
        raise RuleError("correlation is a map", node.line)
    kind = text_at(section.get("type"), "type", section.line) or ""
    kind = "temporal" if kind == "temporal_extended" else kind
    if kind not in TYPES:
        raise RuleError(f"correlation type {kind!r} is not known", section.line)
    references = texts_at(section.get("rules"), "rules", section.line)
    if not references:
        raise RuleError("a correlation names its rules", section.line)
    if len(set(references)) != len(references):
        raise RuleError("a rule twice", section.line)
    condition = _read_condition(section, kind, references)
    generate = node.get("generate", section.get("generate"))
    if generate is not None and not (isinstance(generate, Scalar) and generate.kind == BOOLEAN):
        raise RuleError("generate takes true or false", section.line)
    name = text_at(node.get("name"), "name") or ""
    title = text_at(node.get("title"), "title", node.line)
    if not title:
        raise RuleError("a title is needed", node.line)
    return Correlation(
        id=text_at(node.get("id"), "id") or name or place,
        name=name,
        title=title,
        type=kind,
        references=references,
        group_by=[
            n.replace(" ", "") for n in texts_at(section.get("group-by"), "group-by", section.line)
        ],
        fields=condition.fields,
        timespan=_timespan(section.get("timespan"), section.line),
        bounds=condition.bounds,
        boolean=condition.boolean,
        percentile=condition.percentile,
        aliases=_aliases(section.get("aliases")),
        generate=isinstance(generate, Scalar) and generate.text.lower() == "true",
        place=place,
    )


def _resolve(one: Correlation, producers: Sequence[Producer]) -> Optional[str]:
    """Fills in the inputs; answers what is missing."""
    one.inputs = []
    for reference in one.references:
        found = [p for p in producers if p.is_called(reference)]
        if not found:
            return f"{one.place}: no rule or correlation {reference!r}"
        one.inputs.append(found[0])
    return None


def _in_ring(one: Correlation, above: tuple[Correlation, ...] = ()) -> bool:
    below = [i for i in one.inputs if isinstance(i, Correlation)]
    return any(one is a for a in above) or any(_in_ring(b, above + (one,)) for b in below)


def check_references(correlations: list[Correlation], rules: list[Rule]) -> list[str]:
    """R1: joins correlations to what they name; those that cannot be are taken out and told."""
    notes: list[str] = []
    while True:
        wrong: list[Correlation] = []
        for one in correlations:
            problem = _resolve(one, [*rules, *correlations])
            if problem:
                notes.append(problem)
                wrong.append(one)
        if not wrong:
            wrong = [one for one in correlations if _in_ring(one)]
            notes += [f"{one.place}: a ring of correlations" for one in wrong]
        if not wrong:
            break
        correlations[:] = [one for one in correlations if one not in wrong]
    producers: list[Producer] = [*rules, *correlations]
    for producer in producers:
        above = [c for c in correlations if any(i is producer for i in c.inputs)]
        producer.generates = not above or any(c.generate for c in above)  # R19
    return notes
