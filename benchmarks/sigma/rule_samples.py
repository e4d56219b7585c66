"""What an event must hold for a Sigma rule to fire, taken from the rule's own detection: one branch of its condition, at random.

This is no evaluator: what a branch must *not* hold is left out and hoped for, so that some samples do not fire. Needs PyYAML.
"""

from __future__ import annotations

import base64
import fnmatch
import ipaddress
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import yaml

from windows_events import (
    CLASSIC_CATEGORIES,
    POWERSHELL_CATEGORIES,
    SYSMON_CATEGORIES,
    SYSMON_CHANNEL,
    Event,
    Maker,
    tags_of,
)

PROVIDERS = {
    "sysmon": "Microsoft-Windows-Sysmon",
    "security": "Microsoft-Windows-Security-Auditing",
    "system": "Service Control Manager",
    "powershell": "Microsoft-Windows-PowerShell",
    "powershell-classic": "PowerShell",
}
CHANNEL_OF = {
    "sysmon": SYSMON_CHANNEL,
    "security": "Security",
    "system": "System",
    "application": "Application",
    "powershell": "Microsoft-Windows-PowerShell/Operational",
    "powershell-classic": "Windows PowerShell",
}
TOKEN = re.compile(r"\(|\)|[A-Za-z0-9_*-]+")


class Unsupported(Exception):
    """The rule asks for something of which no sample is made here."""


@dataclass
class Text:
    """What the text of one field must begin with, contain, end with, or be."""

    exact: Optional[Any] = None
    begin: str = ""
    parts: list[str] = field(default_factory=list)
    end: str = ""
    is_absent: bool = False

    def build(self, tail: str) -> Any:
        if self.exact is not None:
            return self.exact
        inner = " ".join(self.parts)
        open_end = "" if self.end else tail
        return f"{self.begin}{inner}{' ' if self.end and inner else ''}{self.end}{open_end}"


Wish = dict[str, Text]


def plain(value: str) -> str:
    """A text that a Sigma value with wildcards and escapes meets."""
    out = re.sub(r"\\([\\*?])|(\*)|(\?)", lambda m: m[1] or ("xy" if m[2] else "x"), value)
    return out


def add_value(wish: Text, value: Any, modifiers: list[str], rng: random.Random) -> None:
    if value is None:
        wish.is_absent = True
        return
    if "re" in modifiers or "expand" in modifiers or "fieldref" in modifiers:
        raise Unsupported
    if "cidr" in modifiers:
        wish.exact = str(next(iter(ipaddress.ip_network(str(value), strict=False).hosts())))
        return
    if not isinstance(value, str):
        wish.exact = value
        return
    text = plain(value)
    if "base64offset" in modifiers or "base64" in modifiers:
        encoding = "utf-16le" if {"wide", "utf16le"} & set(modifiers) else "utf-8"
        text = base64.b64encode((text + "AAA"[: -len(text.encode(encoding)) % 3]).encode(encoding)).decode().rstrip("=")
    if "startswith" in modifiers:
        wish.begin = text
    elif "endswith" in modifiers:
        wish.end = text
    elif "contains" in modifiers:
        wish.parts.append(text)
    else:
        wish.exact = text


def add_item(wish: Wish, key: str, value: Any, rng: random.Random) -> None:
    name, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    chosen = values if "all" in modifiers else [rng.choice(values)] if values else []
    text = wish.setdefault(name or "Message", Text())
    if not name:
        modifiers.append("contains")
    if "exists" in modifiers:
        text.exact = "there"
        return
    if {"lt", "lte", "gt", "gte", "neq"} & set(modifiers):
        raise Unsupported
    for one in chosen:
        add_value(text, one, modifiers, rng)


def add_selection(wish: Wish, selection: Any, rng: random.Random) -> None:
    if isinstance(selection, list):
        if selection and all(not isinstance(one, dict) for one in selection):
            add_item(wish, "|contains", selection, rng)
        else:
            add_selection(wish, rng.choice(selection), rng)
    elif isinstance(selection, dict):
        for key, value in selection.items():
            add_item(wish, str(key), value, rng)
    else:
        add_item(wish, "|contains", selection, rng)


class Condition:
    """Walks a condition once and adds to the wish what one branch of it asks for."""

    def __init__(self, text: str, selections: dict[str, Any], rng: random.Random) -> None:
        self.tokens = TOKEN.findall(text)
        self.at = 0
        self.selections = selections
        self.rng = rng

    def peek(self) -> str:
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self) -> list[str]:
        branches = [self.both()]
        while self.peek() == "or":
            self.take()
            branches.append(self.both())
        return self.rng.choice(branches)

    def both(self) -> list[str]:
        names = self.single()
        while self.peek() == "and":
            self.take()
            names = names + self.single()
        return names

    def single(self) -> list[str]:
        word = self.take()
        if word.lower() == "not":
            self.single()
            return []
        if word == "(":
            names = self.either()
            self.take()
            return names
        if self.peek() == "of":
            self.take()
            pattern = self.take()
            fitting = [
                n for n in self.selections if (not n.startswith("_") if pattern == "them" else fnmatch.fnmatch(n, pattern))
            ]
            if not fitting:
                raise Unsupported
            return fitting if word.lower() == "all" else [self.rng.choice(fitting)]
        return [word]


@dataclass(frozen=True)
class Place:
    """The channel of a rule's events, and their id if the category says it."""

    service: str
    event_id: Optional[int]


def place_of(logsource: dict[str, Any]) -> Optional[Place]:
    category, service = logsource.get("category"), logsource.get("service")
    if logsource.get("product") != "windows":
        return None
    if category == "registry_event":
        return Place("sysmon", 13)
    for known, name in (
        (SYSMON_CATEGORIES, "sysmon"),
        (POWERSHELL_CATEGORIES, "powershell"),
        (CLASSIC_CATEGORIES, "powershell-classic"),
    ):
        for event_id, known_category in known.items():
            if category == known_category:
                return Place(name, event_id)
    return Place(service, None) if category is None and service in CHANNEL_OF else None


@dataclass
class Rule:
    identity: str
    place: Place
    detection: dict[str, Any]

    def wish(self, rng: random.Random) -> Wish:
        condition = self.detection["condition"]
        text = rng.choice(condition) if isinstance(condition, list) else str(condition)
        selections = {name: value for name, value in self.detection.items() if name not in ("condition", "timeframe")}
        wish: Wish = {}
        for name in Condition(text, selections, rng).either():
            add_selection(wish, selections[name], rng)
        return wish


def read_rules(folder: Path) -> Iterator[Rule]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(folder.rglob("*.yml")):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), loader):
            place = place_of(document.get("logsource", {})) if isinstance(document, dict) and "detection" in document else None
            if place is not None:
                yield Rule(str(document["id"]), place, document["detection"])


class HotMaker:
    """Events in which the rules fire, one after another, and what else fires then."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.base = Maker(seed, unique=True)
        self.rules = list(read_rules(folder))
        self.rng.shuffle(self.rules)
        self.next = 0

    def event(self) -> Event:
        """An event for the next rule of which one can be made."""
        while True:
            rule = self.rules[self.next % len(self.rules)]
            self.next += 1
            try:
                return self.dress(rule)
            except Unsupported:
                continue

    def dress(self, rule: Rule) -> Event:
        wish = rule.wish(self.rng)
        place = rule.place
        asked = wish.pop("EventID", None)
        event_id = asked.exact if asked is not None and asked.exact is not None else place.event_id
        if event_id is None or not str(event_id).isdigit():
            raise Unsupported
        if place.service == "sysmon":
            event = self.base.sysmon(int(event_id))
        else:
            event = self.base.head(
                int(event_id),
                CHANNEL_OF[place.service],
                PROVIDERS.get(place.service, place.service),
            )
            event |= self.base.security(int(event_id)) if event_id == 4688 else {}
        for name, text in wish.items():
            if text.is_absent:
                event.pop(name, None)
            else:
                event[name] = text.build(
                    self.base.unique_arguments() if name.endswith("CommandLine") or name == "ScriptBlockText" else ""
                )
        return event | tags_of(event)
