"""The detection section: selections as trees of items, joined by the condition (D1-D4, C1-C6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from .condition import All, Not, Some, Tree, check_names, evaluate, parse_condition, replace_leaves
from .documents import List, Map, Node, RuleError, Scalar
from .events import Event, Reached
from .items import BooleanTest, FieldTest, NullTest, NumberTest, Test, TextTest
from .modifiers import SIDES, Chain, Placeholders, read_chain, tests_of
from .patterns import ANY, joined, parse_pattern
from .values import BOOLEAN, NULL, TEXT, Value

PathsOf = Callable[[str], tuple[str, ...]]


def _contained(test: Test) -> Test:
    """D2, of a keyword as pipelines have left it."""
    if isinstance(test, NullTest):
        raise RuleError("a keyword is not null")
    if isinstance(test, NumberTest):
        test = TextTest(parse_pattern(test.spelling))
    if isinstance(test, BooleanTest):
        test = TextTest(parse_pattern(test.wanted))
    if isinstance(test, TextTest):
        return TextTest(joined([ANY, *test.pattern, ANY]), test.cased)
    return test


@dataclass
class Item:
    """One `Field|modifiers: values`; without a field: keywords.

    `values` has for each value of the rule its tests, any of which is enough.
    """

    key: str
    field: Optional[str]
    values: list[list[Test]] = dataclasses.field(default_factory=list)
    raw: list[Scalar] = dataclasses.field(default_factory=list)  # as the rule has them
    all: bool = False
    neq: bool = False
    exists: Optional[bool] = None
    fixed: bool = False  # a pipeline has set the name: it is the path itself
    paths: tuple[str, ...] = ()
    chain: Optional[Chain] = None
    contained: bool = False  # a keyword (D2) whose modifiers say nothing else
    applied: frozenset[str] = frozenset()  # steps of pipelines

    def bind(self, paths_of: PathsOf) -> None:
        """Names to paths; of the fields that are referred to as well."""
        names = [t.name for tests in self.values for t in tests if isinstance(t, FieldTest)]
        for name in [self.field or "", *names]:
            if "*" in name.split("."):
                raise RuleError(f"{name!r} has a part that is '*'")  # F10
        if self.field is not None:
            self.paths = (self.field,) if self.fixed else paths_of(self.field)
        if self.contained:
            self.values = [[_contained(test) for test in tests] for tests in self.values]
        for tests in self.values:
            for test in tests:
                if isinstance(test, FieldTest):
                    test.other = (test.name,) if test.fixed else paths_of(test.name)

    def holds(self, event: Event) -> bool:
        return self._holds(event) != self.neq  # M5

    def _holds(self, event: Event) -> bool:
        if self.field is None:
            return self._keywords(event)
        if self.exists is not None:
            # Any of the spellings (M4): the first present one is present.
            return (event.field(self.paths) is not None) == self.exists
        reached = event.field(self.paths)
        join = all if self.all else any
        return join(any(t.holds(event, reached) for t in tests) for tests in self.values)

    def _keywords(self, event: Event) -> bool:
        everything = Reached()
        everything.values = event.scalars
        join = all if self.all else any
        return join(any(t.holds(event, everything) for t in tests) for tests in self.values)

    def first_value(self, event: Event) -> Optional[Value]:
        reached = event.field(self.paths)
        values = [] if reached is None else [v for v in reached.values if v.kind != NULL]
        return values[0] if values else None


def _values_of(node: Node) -> list[Scalar]:
    """V10, D1."""
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Map) or not node:
        raise RuleError("a map or nothing where values are expected", node.line)
    for child in node:
        if not isinstance(child, Scalar):
            raise RuleError("a map or list inside a value", node.line)
        if child.kind == NULL and len(node) > 1:
            raise RuleError("null in a list of values", node.line)
    return [child for child in node if isinstance(child, Scalar)]


def read_item(key: str, node: Node, placeholders: Placeholders) -> Item:
    name, *modifiers = key.split("|")
    if name and not name.strip(" "):
        raise RuleError("a name of spaces alone", node.line)
    values = _values_of(node)
    line = values[0].line
    chain = read_chain(modifiers, line)
    item = Item(key, name.replace(" ", "") or None, all=chain.all, neq=chain.neq, raw=values)
    item.chain = chain
    if item.field is None:
        if chain.kind not in ("plain", "text", "bytes", "re"):
            raise RuleError(f"{'|'.join(modifiers)} without a field", line)  # D3
        item.contained = chain.kind != "re" and not any(m in SIDES for m in chain.core)
        if any(value.kind == NULL for value in values):
            raise RuleError("a keyword is not null", line)
        if chain.kind == "plain":
            values = [Scalar(TEXT, value.text, value.line) for value in values]
    if chain.kind == "exists":
        if len(values) != 1 or values[0].kind != BOOLEAN:
            raise RuleError("exists takes true or false", line)
        item.exists = values[0].text.lower() == "true"
    else:
        item.values = [tests_of(value, chain, placeholders) for value in values]
    return item


def _read_map(node: Map, placeholders: Placeholders) -> Tree[Item]:
    if not node:
        raise RuleError("an empty map", node.line)
    return All([read_item(key, value, placeholders) for key, value in node.items()])


def read_selection(node: Node, placeholders: Placeholders) -> Tree[Item]:
    if isinstance(node, Map):
        return _read_map(node, placeholders)
    if isinstance(node, Scalar):
        return read_item("", node, placeholders)
    if not node:
        raise RuleError("an empty list", node.line)
    parts: list[Tree[Item]] = []
    for child in node:
        if isinstance(child, List):
            raise RuleError("a list in a list", node.line)
        is_map = isinstance(child, Map)
        parts.append(
            _read_map(child, placeholders) if is_map else read_item("", child, placeholders)
        )
    return Some(parts)


@dataclass
class Detection:
    """Selections by name, and the condition over those names."""

    selections: dict[str, Tree[Item]]
    condition: Tree[str]

    def whole(self) -> Tree[Item]:
        return replace_leaves(self.condition, lambda name: self.selections[name])


def read_detection(
    node: Optional[Node], placeholders: Placeholders, skip: tuple[str, ...] = ()
) -> Detection:
    """`skip`: members that are no selections (a filter's `rules`)."""
    if not isinstance(node, Map):
        raise RuleError("a detection is a map")
    if "timeframe" in node:
        raise RuleError("timeframe is refused: write a correlation", node.line)  # C5
    conditions = node.get("condition")
    texts = conditions if isinstance(conditions, List) else [conditions]
    names = [name for name in node if name != "condition" and name not in skip]
    check_names(names)
    selections = {name: read_selection(node[name], placeholders) for name in names}
    trees: list[Tree[str]] = []
    for text in texts:
        if not isinstance(text, Scalar) or text.kind == NULL:
            raise RuleError("a condition is a text", node.line)
        trees.append(parse_condition(text.text, names))
    if not trees:
        raise RuleError("an empty list of conditions", node.line)
    return Detection(selections, trees[0] if len(trees) == 1 else Some(trees))  # C4


def each_item(tree: Tree[Item]) -> list[Item]:
    if isinstance(tree, (All, Some)):
        return [item for child in tree.children for item in each_item(child)]
    return each_item(tree.child) if isinstance(tree, Not) else [tree]


def matches(tree: Tree[Item], event: Event) -> bool:
    return evaluate(tree, lambda item: item.holds(event))
