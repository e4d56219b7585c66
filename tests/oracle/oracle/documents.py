"""YAML files as plain trees, scalars typed by YAML 1.2's core schema as V12 has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

import yaml

from .values import BOOLEAN, NULL, NUMBER, TEXT


class RuleError(Exception):
    """A document that is refused; where, if it is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)


@dataclass(frozen=True)
class Scalar:
    """A plain value of a document: kind, and spelling (escapes of quotes resolved)."""

    kind: str
    text: str
    line: int = 0


class Map(dict):
    """Names to nodes, in order. `line` is where it begins."""

    line = 0


class List(list):
    line = 0


Node = Union[Scalar, Map, List]

_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """Only the four kinds of V12; hexadecimal, octal, dates and `yes` stay texts."""

    yaml_implicit_resolvers: dict = {}


for _name, _pattern in (
    ("null", r"null|Null|NULL|~|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), None)

_KINDS = {"null": NULL, "bool": BOOLEAN, "int": NUMBER, "float": NUMBER}


def _plain(node: yaml.Node) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        kind = _KINDS.get(node.tag.removeprefix(_TAG), TEXT)
        return Scalar(kind, "" if kind == NULL else node.value, line)
    if isinstance(node, yaml.SequenceNode):
        items = List(_plain(child) for child in node.value)
        items.line = line
        return items
    members = Map()
    members.line = line
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise RuleError("a name that is no plain value", key.start_mark.line + 1)
        if key.value in members:
            raise RuleError(f"{key.value!r} twice", key.start_mark.line + 1)
        members[key.value] = _plain(value)
    return members


def parse_documents(text: str) -> Iterator[Node]:
    """Each document of a text; empty ones are left out."""
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            if node is not None and not (
                isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"
            ):
                yield _plain(node)
    except yaml.YAMLError as error:
        raise RuleError(f"not YAML: {error}") from None
    except RecursionError:
        raise RuleError("nested too deep") from None


def yaml_files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".yaml"))
        else:
            yield path


def text_at(node: Optional[Node], name: str, line: int = 0) -> Optional[str]:
    """The spelling of a plain value; None if it is not there or null."""
    if node is None:
        return None
    if not isinstance(node, Scalar):
        raise RuleError(f"{name} is no plain value", line)
    return None if node.kind == NULL else node.text


def texts_at(node: Optional[Node], name: str, line: int = 0) -> list[str]:
    """A plain value, or a list of them."""
    if isinstance(node, List):
        found = [text_at(child, name, node.line) for child in node]
        if None in found:
            raise RuleError(f"{name} holds a null", node.line)
        return [text for text in found if text is not None]
    one = text_at(node, name, line)
    return [] if one is None else [one]
