"""Conditions (C1-C5): from text to a tree over selections.

or    := and ("or" and)*
and   := not ("and" not)*
not   := "not" not | quantifier | name | "(" or ")"
quantifier := ("1" | "any" | "all") "of" ("them" | pattern)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, Union

from .documents import RuleError

Leaf = TypeVar("Leaf")


@dataclass
class All(Generic[Leaf]):
    children: list[Tree[Leaf]] = field(default_factory=list)


@dataclass
class Some(Generic[Leaf]):
    children: list[Tree[Leaf]] = field(default_factory=list)


@dataclass
class Not(Generic[Leaf]):
    child: Tree[Leaf]


Tree = Union[All[Leaf], Some[Leaf], Not[Leaf], Leaf]

NAME = re.compile(r"[A-Za-z0-9_-]+\Z")
RESERVED = ("and", "or", "not", "of", "them", "all", "any", "1", "condition")
_TOKEN = re.compile(r"[()]|[^\s()]+")


class _Parser:
    def __init__(self, text: str, names: Iterable[str], quantifiers: bool) -> None:
        if "|" in text or re.search(r"(?i)\bnear\b\s", text):
            raise RuleError("aggregations in a condition: write a correlation")  # C5
        self.tokens: list[str] = _TOKEN.findall(text)
        self.names = list(names)
        self.quantifiers = quantifiers
        self.at = 0

    def word(self) -> str:
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else ""

    def whole(self) -> Tree[str]:
        tree = self.either()
        if self.at != len(self.tokens):
            raise RuleError(f"condition: {self.tokens[self.at]!r} is not expected")
        return tree

    def _joined(self, word: str, part: Callable[[], Tree[str]]) -> list[Tree[str]]:
        parts = [part()]
        while self.word() == word:
            self.at += 1
            parts.append(part())
        return parts

    def either(self) -> Tree[str]:
        parts = self._joined("or", self.both)
        return parts[0] if len(parts) == 1 else Some(parts)

    def both(self) -> Tree[str]:
        parts = self._joined("and", self.negated)
        return parts[0] if len(parts) == 1 else All(parts)

    def negated(self) -> Tree[str]:
        if self.word() == "not":
            self.at += 1
            return Not(self.negated())
        return self.primary()

    def primary(self) -> Tree[str]:
        if self.at >= len(self.tokens):
            raise RuleError("condition: something is missing at the end")
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            tree = self.either()
            if self.word() != ")":
                raise RuleError("condition: a ) is missing")
            self.at += 1
            return tree
        if self.word() == "of" and self.quantifiers:
            self.at += 1
            return self.quantified(token)
        return self.named(token)

    def named(self, token: str) -> str:
        if not NAME.match(token) or token not in self.names:
            near = difflib.get_close_matches(token, self.names, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RuleError(f"condition: no selection {token!r}{hint}")  # C2
        return token

    def quantified(self, count: str) -> Tree[str]:
        """C3."""
        if count.lower() not in ("1", "any", "all"):
            raise RuleError(f"condition: {count} of ... is not known")
        if self.at >= len(self.tokens):
            raise RuleError("condition: of what?")
        token = self.tokens[self.at]
        self.at += 1
        if token.lower() == "them":
            fitting = [name for name in self.names if not name.startswith("_")]
        elif "*" in token:
            if not NAME.match(token.replace("*", "")) and token.strip("*"):
                raise RuleError(f"condition: {token!r} is no pattern of names")
            shape = re.compile(".*".join(map(re.escape, token.split("*"))) + r"\Z")
            fitting = [name for name in self.names if shape.match(name)]
        else:
            return self.named(token)
        if not fitting:
            raise RuleError(f"condition: no selection fits {token!r}")
        parts: list[Tree[str]] = list(fitting)
        return All(parts) if count.lower() == "all" else Some(parts)


def parse_condition(text: str, names: Iterable[str], quantifiers: bool = True) -> Tree[str]:
    """RuleError if the text is no condition over these names."""
    return _Parser(text, names, quantifiers).whole()


def check_names(names: Iterable[str]) -> None:
    """C2. Other characters than those of `NAME` are for patterns to reach (`x.conf`)."""
    for name in names:
        if not re.match(r"[^\s()*]+\Z", name) or name.lower() in RESERVED:
            raise RuleError(f"a selection may not be called {name!r}")


def evaluate(tree: Tree[Leaf], holds: Callable[[Leaf], bool]) -> bool:
    """Plain recursion; leaves are asked when they are needed."""
    if isinstance(tree, All):
        return all(evaluate(child, holds) for child in tree.children)
    if isinstance(tree, Some):
        return any(evaluate(child, holds) for child in tree.children)
    if isinstance(tree, Not):
        return not evaluate(tree.child, holds)
    return holds(tree)


def replace_leaves(tree: Tree[str], leaf: Callable[[str], Tree[Leaf]]) -> Tree[Leaf]:
    if isinstance(tree, All):
        return All([replace_leaves(child, leaf) for child in tree.children])
    if isinstance(tree, Some):
        return Some([replace_leaves(child, leaf) for child in tree.children])
    if isinstance(tree, Not):
        return Not(replace_leaves(tree.child, leaf))
    return leaf(tree)
