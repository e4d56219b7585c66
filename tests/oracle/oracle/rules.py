"""Documents of rules, filters and correlations become a rule set (C7-C10, X1-X4, R1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from .condition import All, Tree
from .correlations import Correlation, check_references, read_correlation
from .detection import Detection, Item, each_item, matches, read_detection
from .documents import (
    List,
    Map,
    Node,
    RuleError,
    Scalar,
    parse_documents,
    text_at,
    texts_at,
    yaml_files,
)
from .events import Event
from .fields import Source, paths_of
from .modifiers import Placeholders
from .pipelines import Pipeline, placeholders_of, run_pipelines
from .values import NULL

PlaceholderValues = dict[str, list[Scalar]]

LEVELS = ("informational", "low", "medium", "high", "critical")


@dataclass
class Rule:
    id: str
    name: str
    title: str
    level: str
    source: Source
    detection: Detection
    place: str
    expression: Tree[Item] = field(default_factory=All)
    generates: bool = True  # R19

    def matches(self, event: Event) -> bool:
        return matches(self.expression, event)

    def is_called(self, reference: str) -> bool:
        return reference in (self.id, self.name)


@dataclass
class Filter:
    source: Source
    targets: Optional[list[str]]  # None: any
    document: Map
    place: str


@dataclass
class RuleSet:
    rules: list[Rule] = field(default_factory=list)
    correlations: list[Correlation] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def by_source(self) -> dict[Source, list[Rule]]:
        out: dict[Source, list[Rule]] = {}
        for rule in self.rules:
            out.setdefault(rule.source, []).append(rule)
        return out


def read_source(node: Optional[Node]) -> Source:
    """C7."""
    if not isinstance(node, Map):
        raise RuleError("a log source is needed")
    parts = tuple(
        text_at(node.get(k), k, node.line) or "" for k in ("product", "category", "service")
    )
    if not any(parts):
        raise RuleError("the log source names no product, category or service", node.line)
    return parts[0], parts[1], parts[2]


def _title(node: Map) -> str:
    title = text_at(node.get("title"), "title", node.line)
    if not title:
        raise RuleError("a title is needed", node.line)
    return title


def lies_in(rule: Source, outer: Source) -> bool:
    """X2: each part that the filter names is the same in the rule."""
    return all(not wanted or wanted == found for wanted, found in zip(outer, rule))


class _Reader:
    """Collects documents of all files, then joins what names each other."""

    def __init__(self, values: PlaceholderValues, pipelines: list[Pipeline]) -> None:
        self.out = RuleSet()
        self.values = values
        self.pipelines = pipelines
        self.filters: list[Filter] = []
        self.names: set[str] = set()

    def file(self, text: str, place: str) -> None:
        try:
            for number, node in enumerate(parse_documents(text)):
                self._document(node, f"{place}#{number}" if number else place)
        except RuleError as error:
            self.out.errors.append(f"{place}: {error}")

    def _document(self, node: Node, place: str) -> None:
        try:
            if not isinstance(node, Map):
                raise RuleError("a document is a map")
            if "correlation" in node:
                self._take_names(node)
                self.out.correlations.append(read_correlation(node, place))
            elif "filter" in node:
                self.filters.append(self._filter(node, place))
            else:
                self._take_names(node)
                self.out.rules.append(self._rule(node, place))
        except RuleError as error:
            self.out.errors.append(f"{place}: {error}")

    def _take_names(self, node: Map) -> None:
        """C8: two documents of one id or name."""
        own = {text_at(node.get(key), key, node.line) for key in ("id", "name")} - {None, ""}
        twice = own & self.names
        if twice:
            raise RuleError(f"{twice.pop()!r} is another document's id or name", node.line)
        self.names |= {name for name in own if name}

    def _rule(self, node: Map, place: str) -> Rule:
        level = text_at(node.get("level"), "level") or "medium"  # C10
        if level not in LEVELS:
            raise RuleError(f"level {level!r} is not known")
        name = text_at(node.get("name"), "name") or ""
        source = read_source(node.get("logsource"))
        if "detection" not in node:
            raise RuleError("neither detection nor correlation nor filter")
        detection = read_detection(node["detection"], self._placeholders(source))
        title = _title(node)
        own = text_at(node.get("id"), "id") or name or place
        return Rule(own, name, title, level, source, detection, place)

    def _filter(self, node: Map, place: str) -> Filter:
        section = node["filter"]
        if not isinstance(section, Map):
            raise RuleError("filter is a map", node.line)
        if "rules" not in section:
            raise RuleError("a filter names its rules, or any", section.line)
        rules = section["rules"]
        is_any = isinstance(rules, Scalar) and rules.kind != NULL and rules.text.lower() == "any"
        targets = None if is_any else texts_at(rules, "rules", section.line)
        if targets is not None and not targets:
            raise RuleError("a filter names its rules, or any", section.line)
        source = read_source(node.get("logsource"))
        read_detection(section, self._placeholders(source), ("rules",))  # only to refuse it here
        return Filter(source, targets, section, place)

    def _placeholders(self, source: Source) -> Placeholders:
        return placeholders_of(self.pipelines, source, self.values.get)

    def finish(self) -> RuleSet:
        for rule in list(self.out.rules):
            try:
                self._finish_rule(rule)
            except RuleError as error:
                self.out.errors.append(f"{rule.place}: {error}")
                self.out.rules.remove(rule)
        for note in check_references(self.out.correlations, self.out.rules):
            self.out.errors.append(note)
        return self.out

    def _finish_rule(self, rule: Rule) -> None:
        unchanged = rule.source
        run_pipelines(self.pipelines, rule)
        parts = [rule.detection.whole()]
        for one in self.filters:
            if not (one.targets is None or any(map(rule.is_called, one.targets))):
                continue
            if not lies_in(unchanged, one.source):
                continue
            # Read anew for each rule: fields are bound by the rule's log source (X4).
            filter_detection = read_detection(
                one.document, self._placeholders(rule.source), ("rules",)
            )
            joined = Rule("", "", "", "", rule.source, filter_detection, one.place)
            run_pipelines(self.pipelines, joined)
            parts.append(joined.detection.whole())
        rule.expression = parts[0] if len(parts) == 1 else All(parts)
        for item in each_item(rule.expression):
            item.bind(lambda name: paths_of(name, rule.source))


def load_texts(
    texts: list[tuple[str, str]],
    placeholders: Optional[PlaceholderValues] = None,
    pipelines: Optional[list[Pipeline]] = None,
) -> RuleSet:
    """(text, where it is from) of each file."""
    reader = _Reader(placeholders or {}, pipelines or [])
    for text, place in texts:
        reader.file(text, place)
    return reader.finish()


def load_paths(
    paths: list[Path],
    placeholders: Optional[PlaceholderValues] = None,
    pipelines: Optional[list[Pipeline]] = None,
) -> RuleSet:
    files = [(f.read_text(encoding="utf-8"), str(f)) for f in yaml_files(paths)]
    return load_texts(files, placeholders, pipelines)


def read_placeholders(node: Optional[Node]) -> PlaceholderValues:
    """{name: value or list of values} of a document."""
    if not isinstance(node, Map):
        return {}
    return {
        name: [v for v in (value if isinstance(value, List) else [value]) if isinstance(v, Scalar)]
        for name, value in node.items()
    }
