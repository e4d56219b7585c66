"""Processing pipelines, in pySigma's own YAML. They work on rules that are read (modifiers
applied), before names become paths; a name that one sets is the path itself (§6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Optional, cast

from .condition import All, Not, Some, Tree, evaluate, parse_condition
from .detection import Detection, Item, each_item, read_selection
from .documents import List, Map, Node, RuleError, Scalar, parse_documents, text_at, texts_at
from .fields import Source
from .items import BooleanTest, FieldTest, NullTest, NumberTest, Test, TextTest
from .modifiers import Placeholders
from .patterns import ANY, ONE, is_plain, joined, parse_pattern, spelled
from .values import BOOLEAN, NULL, NUMBER, TEXT, is_json_number, parse_number

if TYPE_CHECKING:
    from .rules import Rule

Change = Callable[[Item], Optional[Tree[Item]]]  # None: the item is dropped
ItemCondition = Callable[[Item], bool]
RuleCondition = Callable[["Rule"], bool]


@dataclass
class State:
    """What one rule has been through: items of the pipelines that applied, and set states."""

    applied: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Step:
    id: str
    type: str
    node: Map
    for_rule: Callable[[Rule, State], bool]
    for_item: Callable[[Item, State], bool]


@dataclass
class Pipeline:
    priority: int
    steps: list[Step]
    variables: dict[str, list[Scalar]]


def _is(node: Optional[Node], default: bool = False) -> bool:
    return default if not isinstance(node, Scalar) else node.text.lower() == "true"


def _joined_conditions(
    node: Map, kind: str, make: Callable[[Map], Callable[..., bool]]
) -> Callable[..., bool]:
    """`<kind>_conditions` with `<kind>_cond_op`, `_cond_not` or `_cond_expr`."""
    section = node.get(f"{kind}_conditions")
    negate = _is(node.get(f"{kind}_cond_not"))
    expression = text_at(node.get(f"{kind}_cond_expr"), "expression")
    if section is None:
        return lambda *args: True
    if isinstance(section, Map):
        named = {name: make(child) for name, child in section.items() if isinstance(child, Map)}
        tree = parse_condition(expression or " and ".join(named), named, quantifiers=False)
        return lambda *args: evaluate(tree, lambda name: named[name](*args)) != negate
    if not isinstance(section, List):
        raise RuleError(f"{kind}_conditions is a list or a map", node.line)
    made = [make(child) for child in section if isinstance(child, Map)]
    join = any if text_at(node.get(f"{kind}_cond_op"), "op") == "or" else all
    return lambda *args: join(condition(*args) for condition in made) != negate


def _rule_condition(node: Map) -> Callable[[Rule, State], bool]:
    kind = text_at(node.get("type"), "type", node.line)
    if kind == "logsource":
        wanted = tuple(text_at(node.get(k), k) for k in ("product", "category", "service"))
        return lambda rule, state: all(w in (None, s) for w, s in zip(wanted, rule.source))
    if kind in ("contains_field", "contains_detection_item"):
        name = text_at(node.get("field"), "field")
        value = node.get("value") if kind == "contains_detection_item" else None
        return lambda rule, state: any(
            item.field == name and (value is None or _has_value(item, value))
            for tree in rule.detection.selections.values()
            for item in each_item(tree)
        )
    if kind == "tag":
        return lambda rule, state: False
    if kind in ("is_sigma_rule", "is_sigma_correlation_rule"):
        return lambda rule, state: kind == "is_sigma_rule"
    return _state_condition(node, kind)


def _state_condition(node: Map, kind: Optional[str]) -> Callable[..., bool]:
    if kind == "processing_item_applied":
        wanted = text_at(node.get("processing_item_id"), "id") or ""
        return lambda thing, state: (
            wanted in (thing.applied if isinstance(thing, Item) else state.applied)
        )
    if kind == "processing_state":
        key, value = text_at(node.get("key"), "key"), text_at(node.get("val"), "val")
        return lambda thing, state: state.values.get(key or "") == value
    raise RuleError(f"condition {kind!r} is not known", node.line)


def _has_value(item: Item, node: Node) -> bool:
    wanted = node.text if isinstance(node, Scalar) else ""
    return any(_plain(test) == wanted for tests in item.values for test in tests)


def _plain(test: Test) -> Optional[str]:
    """The value as pySigma's conditions see it."""
    if isinstance(test, TextTest):
        return spelled(test.pattern)
    return test.spelling if isinstance(test, NumberTest) else None


def _item_condition(node: Map) -> Callable[[Item, State], bool]:
    kind = text_at(node.get("type"), "type", node.line)
    join = all if text_at(node.get("cond"), "cond") == "all" else any

    def over(check: Callable[[Test], bool]) -> Callable[[Item, State], bool]:
        return lambda item, state: join(check(t) for tests in item.values for t in tests)

    if kind == "match_string":
        shape = re.compile(text_at(node.get("pattern"), "pattern") or "")
        negate = _is(node.get("negate"))
        return over(
            lambda t: (
                isinstance(t, TextTest) and (shape.match(spelled(t.pattern)) is not None) != negate
            )
        )
    if kind == "is_null":
        return over(lambda t: isinstance(t, NullTest))
    if kind == "contains_wildcard":
        return over(lambda t: isinstance(t, TextTest) and not is_plain(t.pattern))
    return _state_condition(node, kind)


def _field_condition(node: Map) -> Callable[[Item, State], bool]:
    kind = text_at(node.get("type"), "type", node.line)
    if kind not in ("include_fields", "exclude_fields"):
        return _state_condition(node, kind)
    fields = texts_at(node.get("fields"), "fields", node.line)
    mode = text_at(node.get("mode"), "mode") or "plain"
    if mode not in ("plain", "re", "regex"):
        raise RuleError(f"mode {mode!r} is not known", node.line)
    is_regex = mode != "plain"

    def named(item: Item) -> bool:
        if item.field is None:
            return False
        name = item.field
        return any(re.match(f, name) for f in fields) if is_regex else name in fields

    return lambda item, state: named(item) == (kind == "include_fields")


def read_pipeline(text: str) -> Pipeline:
    node = next(parse_documents(text), None)
    if not isinstance(node, Map):
        raise RuleError("a pipeline is a map")
    section = node.get("transformations", List())
    steps = []
    for child in section if isinstance(section, List) else []:
        if not isinstance(child, Map):
            raise RuleError("a transformation is a map", node.line)
        steps.append(_read_step(child))
    priority = int(text_at(node.get("priority"), "priority") or 0)
    return Pipeline(priority, steps, _variables(node.get("vars")))


def _variables(node: Optional[Node]) -> dict[str, list[Scalar]]:
    if not isinstance(node, Map):
        return {}
    return {
        name: [v for v in (value if isinstance(value, List) else [value]) if isinstance(v, Scalar)]
        for name, value in node.items()
    }


def _read_step(node: Map) -> Step:
    kind = text_at(node.get("type"), "type", node.line) or ""
    if kind not in CHANGES and kind not in RULE_CHANGES and kind not in WITHOUT_EFFECT:
        raise RuleError(f"transformation {kind!r} is not known", node.line)
    in_items = _joined_conditions(node, "detection_item", _item_condition)
    in_fields = _joined_conditions(node, "field_name", _field_condition)
    return Step(
        text_at(node.get("id"), "id") or "",
        kind,
        node,
        _joined_conditions(node, "rule", _rule_condition),
        lambda item, state: in_items(item, state) and in_fields(item, state),
    )


def _renamed(item: Item, names: list[str]) -> Tree[Item]:
    """One item for each name; several are OR, and `neq` is about all of them."""
    made: list[Tree[Item]] = []
    for name in names:
        other = copy(item)
        other.field, other.fixed, other.neq = name.replace(" ", ""), True, False
        made.append(other)
    tree = made[0] if len(made) == 1 else Some(made)
    return Not(tree) if item.neq else tree


def _rename(names_of: Callable[[str], Optional[list[str]]]) -> Change:
    def change(item: Item) -> Tree[Item]:
        for tests in item.values:
            for test in tests:
                found = names_of(test.name) if isinstance(test, FieldTest) else None
                if isinstance(test, FieldTest) and found:
                    test.name, test.fixed = found[0].replace(" ", ""), True
        names = None if item.field is None else names_of(item.field)
        return item if names is None else _renamed(item, names)

    return change


def _mapping(node: Map, key: str = "mapping") -> dict[str, list[str]]:
    section = node.get(key)
    if not isinstance(section, Map):
        raise RuleError(f"{key} is a map", node.line)
    return {name: texts_at(value, name, section.line) for name, value in section.items()}


def _field_name_mapping(node: Map) -> Change:
    mapping = _mapping(node)
    return _rename(lambda name: mapping.get(name))


def _field_name_prefix_mapping(node: Map) -> Change:
    mapping = _mapping(node)

    def names_of(name: str) -> Optional[list[str]]:
        for prefix, others in mapping.items():
            if name.startswith(prefix):
                return [other + name[len(prefix) :] for other in others]
        return None

    return _rename(names_of)


def _field_name_prefix(node: Map) -> Change:
    prefix = text_at(node.get("prefix"), "prefix") or ""
    return _rename(lambda name: [prefix + name])


def _field_name_suffix(node: Map) -> Change:
    suffix = text_at(node.get("suffix"), "suffix") or ""
    return _rename(lambda name: [name + suffix])


def _on_texts(change: Callable[[TextTest], list[Test]]) -> Change:
    def whole(item: Item) -> Item:
        item.values = [
            [after for t in tests for after in (change(t) if isinstance(t, TextTest) else [t])]
            for tests in item.values
        ]
        return item

    return whole


def _replace_string(node: Map) -> Change:
    shape = re.compile(text_at(node.get("regex"), "regex") or "")
    replacement = text_at(node.get("replacement"), "replacement") or ""
    skip_special = _is(node.get("skip_special"))
    interpret = _is(node.get("interpret_special"))

    def change(test: TextTest) -> list[Test]:
        if skip_special:
            pieces: list[Any] = []
            for piece in test.pattern:
                if piece in (ANY, ONE):
                    pieces.append(piece)
                else:
                    text = shape.sub(replacement, str(piece))
                    pieces += parse_pattern(text) if interpret else [text]
            return [TextTest(joined(pieces), test.cased)]
        text = shape.sub(replacement, spelled(test.pattern))
        return [TextTest(parse_pattern(re.sub(r"\\(?![*?])", r"\\\\", text)), test.cased)]

    return _on_texts(change)


def _map_string(node: Map) -> Change:
    mapping = _mapping(node)

    def change(test: TextTest) -> list[Test]:
        found = mapping.get(spelled(test.pattern))
        return [test] if found is None else [TextTest(parse_pattern(t), test.cased) for t in found]

    return _on_texts(change)


def _test_of(scalar: Scalar, force: Optional[str]) -> Test:
    if scalar.kind == NULL:
        return NullTest()
    if scalar.kind == BOOLEAN and force is None:
        return BooleanTest(scalar.text.lower() == "true")
    number = parse_number(scalar.text) if is_json_number(scalar.text) else None
    if number is not None and (force == "num" or (scalar.kind == NUMBER and force is None)):
        return NumberTest(number, scalar.text)
    return TextTest(parse_pattern(scalar.text))


def _set_value(node: Map) -> Change:
    value = node.get("value")
    force = text_at(node.get("force_type"), "force_type")
    if not isinstance(value, Scalar):
        raise RuleError("set_value takes a plain value", node.line)
    scalar = value

    def change(item: Item) -> Item:
        item.values = [[_test_of(scalar, force)] for _ in item.values]
        return item

    return change


def _convert_type(node: Map) -> Change:
    target = text_at(node.get("target_type"), "target_type")

    def convert(test: Test) -> Test:
        if target == "str" and isinstance(test, NumberTest):
            return TextTest(parse_pattern(test.spelling))
        if target == "num" and isinstance(test, TextTest):
            text = spelled(test.pattern)
            number = parse_number(text) if is_json_number(text) else None
            return test if number is None else NumberTest(number, text)
        return test

    def change(item: Item) -> Item:
        item.values = [[convert(test) for test in tests] for tests in item.values]
        return item

    return change


def _failing(node: Map) -> Change:
    def change(item: Item) -> Optional[Tree[Item]]:
        raise RuleError(text_at(node.get("message"), "message") or "refused by a pipeline")

    return change


CHANGES: dict[str, Callable[[Map], Change]] = {
    "field_name_mapping": _field_name_mapping,
    "field_name_prefix_mapping": _field_name_prefix_mapping,
    "field_name_prefix": _field_name_prefix,
    "field_name_suffix": _field_name_suffix,
    "drop_detection_item": lambda node: lambda item: None,
    "replace_string": _replace_string,
    "map_string": _map_string,
    "set_value": _set_value,
    "convert_type": _convert_type,
    "detection_item_failure": _failing,
}


def _changed(tree: Tree[Item], change: Change) -> Optional[Tree[Item]]:
    """The tree with each item changed; what is left without children is dropped too."""
    if isinstance(tree, (All, Some)):
        children = [_changed(child, change) for child in tree.children]
        left = [child for child in children if child is not None]
        return type(tree)(left) if left else None
    if isinstance(tree, Not):
        child = _changed(tree.child, change)
        return None if child is None else Not(child)
    return change(tree)


def _on_items(step: Step, rule: Rule, state: State) -> None:
    change = CHANGES[step.type](step.node)

    def guarded(item: Item) -> Optional[Tree[Item]]:
        if not step.for_item(item, state):
            return item
        after = change(item)
        for each in [] if after is None else each_item(after):
            each.applied |= {step.id}
        return after

    for name, tree in list(rule.detection.selections.items()):
        rule.detection.selections[name] = _changed(tree, guarded) or All()


def _add_condition(node: Map, rule: Rule, state: State) -> None:
    section = node.get("conditions")
    if not isinstance(section, Map):
        raise RuleError("add_condition has a map of conditions", node.line)
    tree = read_selection(section, lambda name: None)
    for item in each_item(tree):
        item.fixed = True
    name = f"(added {len(rule.detection.selections)})"
    rule.detection.selections[name] = tree
    added: Tree[str] = Not(name) if _is(node.get("negated")) else name
    rule.detection.condition = All([added, rule.detection.condition])


def _change_logsource(node: Map, rule: Rule, state: State) -> None:
    parts = (text_at(node.get(k), k) or "" for k in ("product", "category", "service"))
    rule.source = tuple(parts)  # type: ignore[assignment]


def _rule_failure(node: Map, rule: Rule, state: State) -> None:
    raise RuleError(text_at(node.get("message"), "message") or "refused by a pipeline")


def _set_state(node: Map, rule: Rule, state: State) -> None:
    state.values[text_at(node.get("key"), "key") or ""] = text_at(node.get("val"), "val") or ""


RULE_CHANGES: dict[str, Callable[[Map, Rule, State], None]] = {
    "add_condition": _add_condition,
    "change_logsource": _change_logsource,
    "rule_failure": _rule_failure,
    "set_state": _set_state,
}
FOR_PLACEHOLDERS = ("value_placeholders", "wildcard_placeholders")
WITHOUT_EFFECT = (
    *FOR_PLACEHOLDERS,
    "add_field",
    "remove_field",
    "set_field",
    "set_custom_attribute",
)


def _handles(step: Step, name: str) -> bool:
    include, exclude = (step.node.get(key) for key in ("include", "exclude"))
    if include is not None:
        return name in texts_at(include, "include")
    return exclude is None or name not in texts_at(exclude, "exclude")


def placeholders_of(
    pipelines: list[Pipeline], source: Source, configured: Placeholders
) -> Placeholders:
    """M15: the first step for placeholders that takes a name, else the configuration. Conditions of
    such a step are asked of the log source only."""
    stub = cast("Rule", SimpleNamespace(source=source, detection=Detection({}, "")))

    def find(name: str) -> Optional[list[Scalar]]:
        for pipeline in sorted(pipelines, key=lambda p: p.priority):
            for step in pipeline.steps:
                if step.type not in FOR_PLACEHOLDERS or not _handles(step, name):
                    continue
                if not step.for_rule(stub, State()):
                    continue
                if step.type == "wildcard_placeholders":
                    return [Scalar(TEXT, "*")]
                return pipeline.variables.get(name)
        return configured(name)

    return find


def run_pipelines(pipelines: list[Pipeline], rule: Rule) -> None:
    state = State()
    for pipeline in sorted(pipelines, key=lambda p: p.priority):
        for step in pipeline.steps:
            if not step.for_rule(rule, state):
                continue
            if step.type in RULE_CHANGES:
                RULE_CHANGES[step.type](step.node, rule, state)
            elif step.type in CHANGES:
                _on_items(step, rule, state)
            state.applied.add(step.id)
