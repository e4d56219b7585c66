"""Runs the golden cases of tests/vectors/sigma."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from .correlate import Firing, correlate
from .documents import List, Map, Node, RuleError, Scalar, parse_documents, yaml_files
from .events import Event, parse_event
from .pipelines import read_pipeline
from .rules import RuleSet, load_texts, read_placeholders
from .values import BOOLEAN

SOURCE = "title: vector\nlogsource:\n    category: vector\ndetection:\n"


@dataclass
class Report:
    cases: int = 0
    checks: int = 0
    problems: list[str] = field(default_factory=list)


def _text(case: Map, key: str) -> str:
    node = case.get(key)
    return node.text if isinstance(node, Scalar) else ""


def _texts(case: Map, key: str) -> list[str]:
    node = case.get(key)
    if isinstance(node, Scalar):
        return [node.text]
    return (
        [child.text for child in node if isinstance(child, Scalar)]
        if isinstance(node, List)
        else []
    )


def _is_true(node: Optional[Node]) -> bool:
    return isinstance(node, Scalar) and node.kind == BOOLEAN and node.text.lower() == "true"


def _documents(case: Map) -> str:
    if "rules" in case:
        return _text(case, "rules")
    text = _text(case, "detection")
    if text.lstrip().startswith("detection:"):
        return SOURCE.replace("detection:\n", "") + text
    return SOURCE + "".join(f"    {line}\n" for line in text.splitlines())


def _load(case: Map) -> RuleSet:
    try:
        pipelines = [read_pipeline(text) for text in _texts(case, "pipelines")]
    except RuleError as error:
        return RuleSet(errors=[f"pipeline: {error}"])
    return load_texts(
        [(_documents(case), "vector")], read_placeholders(case.get("placeholders")), pipelines
    )


def _events(case: Map, key: str) -> list[Event]:
    return [parse_event(text, str(i), i) for i, text in enumerate(_texts(case, key))]


def _matching(rules: RuleSet, event: Event) -> bool:
    return any(rule.matches(event) for rule in rules.rules)


def _check_rule(case: Map, rules: RuleSet, report: Report, name: str) -> None:
    for key in ("match", "miss"):
        for text in _texts(case, key):
            report.checks += 1
            if _matching(rules, parse_event(text)) != (key == "match"):
                report.problems.append(f"{name}: {key} {text}")


def _spelled(firing: Firing) -> str:
    end = ":end" if firing.at_end else ""
    return f"{firing.correlation.name or firing.correlation.id}@{firing.newest.ref}{end}"


def _own_alerts(rules: RuleSet, events: list[Event]) -> list[str]:
    return [
        f"{rule.name or rule.id}@{i}"
        for i, event in enumerate(events)
        for rule in rules.rules
        if rule.generates and rule.matches(event)
    ]


def _by_name(fires: list[str]) -> dict[str, list[str]]:
    """Order is told within one correlation; between two it is that of their time or arrival."""
    out: dict[str, list[str]] = {}
    for fire in fires:
        out.setdefault(fire.partition("@")[0], []).append(fire)
    return out


def _check_correlation(case: Map, rules: RuleSet, report: Report, name: str) -> None:
    """`fires`: what gives alerts (R19), rules too; `alerts`: also what is silent."""
    events = _events(case, "events")
    close = not _is_true(case.get("no_close"))
    fired = correlate(rules, events, close)
    found = [_spelled(f) for f in fired if f.correlation.generates]
    found += _own_alerts(rules, events)
    wanted = _texts(case, "fires")
    report.checks += 1
    if _by_name(found) != _by_name(wanted):
        report.problems.append(f"{name}: fires {wanted}, found {found}")


def check_case(case: Map, report: Report, place: str) -> None:
    name = f"{place}: {_text(case, 'case')}"
    report.cases += 1
    rules = _load(case)
    if "error" in case:
        report.checks += 1
        if not rules.errors:
            report.problems.append(f"{name}: not refused")
        return
    if rules.errors:
        report.problems.append(f"{name}: refused: {rules.errors[0]}")
    elif "events" in case:
        _check_correlation(case, rules, report, name)
    else:
        _check_rule(case, rules, report, name)


def run(paths: list[Path]) -> Report:
    report = Report()
    for file in yaml_files(paths):
        for cases in parse_documents(file.read_text(encoding="utf-8")):
            if not isinstance(cases, List):
                report.problems.append(f"{file}: no list of cases")
                continue
            for case in cases:
                if isinstance(case, Map):
                    try:
                        check_case(case, report, file.name)
                    except (RuleError, ValueError) as error:
                        report.problems.append(f"{file.name}: {_text(case, 'case')}: {error!r}")
    return report
