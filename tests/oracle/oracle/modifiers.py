"""From the text of an item (`Field|modifier|...: values`) to what it asks (§3)."""

from __future__ import annotations

import base64
import difflib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Optional

from . import patterns
from .documents import RuleError, Scalar
from .items import (
    BooleanTest,
    CompareTest,
    FieldTest,
    NetworkTest,
    NullTest,
    NumberTest,
    RegexTest,
    Test,
    TextTest,
    TimeTest,
)
from .patterns import ANY, Pattern, Placeholder, joined, parse_pattern
from .regex import Regex
from .values import BOOLEAN, NULL, NUMBER, TEXT, is_json_number, parse_number

# What a name between percent signs stands for; None: nothing is known of it.
Placeholders = Callable[[str], Optional[list[Scalar]]]

SIDES = ("contains", "startswith", "endswith")
WIDE = ("utf16le", "wide", "utf16be", "utf16")
BASE64 = ("base64", "base64offset")
ORDERS = ("lt", "lte", "gt", "gte")
PARTS = ("minute", "hour", "day", "week", "month", "year")
FLAGS = {"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}
ALONE = ("exists", "cidr")
KNOWN = (
    SIDES + WIDE + BASE64 + ORDERS + PARTS + tuple(FLAGS) + ALONE
    + ("all", "cased", "neq", "windash", "re", "fieldref", "expand")
)  # fmt: skip


@dataclass
class Chain:
    """The modifiers of one item, looked through for order and company."""

    core: list[str]  # without all, neq, cased, expand
    all: bool
    neq: bool
    cased: bool
    expand: bool

    @property
    def kind(self) -> str:
        for name in ("re", "fieldref", "cidr", "exists"):
            if name in self.core:
                return name
        for names, kind in ((PARTS, "time"), (ORDERS, "order"), (WIDE + BASE64, "bytes")):
            if any(m in names for m in self.core):
                return kind
        return "text" if self.core else "plain"


def _fits(core: list[str], *steps: tuple[str, ...]) -> bool:
    """The modifiers are at most one of each step, in the order of the steps."""
    left = list(core)
    for step in steps:
        if left and left[0] in step:
            left.pop(0)
    return not left


def _order_is_listed(kind: str, core: list[str]) -> bool:
    if kind in ("plain", "exists", "cidr", "order"):
        return len(core) <= 1
    if kind == "text":
        return _fits(core, SIDES, ("windash",)) or _fits(core, ("windash",), SIDES)
    if kind == "bytes":
        return _fits(core, ("windash",), WIDE, BASE64, SIDES)
    if kind == "time":
        return _fits(core, PARTS, ORDERS)
    if kind == "fieldref":
        return _fits(core, ("fieldref",), SIDES) or _fits(core, SIDES, ("fieldref",))
    flags = [m for m in core if m in FLAGS]
    return _fits(core, ("re",), *[(flag,) for flag in flags], SIDES)


def read_chain(modifiers: list[str], line: int = 0) -> Chain:
    for name in modifiers:
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RuleError(f"unknown modifier {name!r}{hint}", line)  # M16
    if len({FLAGS.get(m, m) for m in modifiers}) != len(modifiers):
        raise RuleError("a modifier twice", line)
    aside = ("all", "neq", "cased", "expand")
    core = [m for m in modifiers if m not in aside]
    chain = Chain(core, *(name in modifiers for name in aside))
    kind = chain.kind
    if not _order_is_listed(kind, core):
        raise RuleError(f"modifiers {'|'.join(modifiers)}: not in this order or company", line)
    if chain.cased and kind not in ("plain", "text", "fieldref"):
        raise RuleError("cased has no meaning here", line)  # M3
    if chain.neq and any(m in ORDERS for m in core):
        raise RuleError("neq with a comparison", line)  # M5
    if chain.expand and kind in ("exists", "order", "time", "fieldref"):
        raise RuleError("expand has no meaning here", line)
    return chain


def _values_of(piece: Placeholder, scalar: Scalar, placeholders: Placeholders) -> list[Scalar]:
    found = placeholders(piece.name)
    if found is None:
        raise RuleError(f"placeholder %{piece.name}% has no values", scalar.line)
    return found


def _expanded(scalar: Scalar, placeholders: Placeholders) -> list[Scalar | Pattern]:
    """M15: every value of every placeholder, as the product over those in one value."""
    pattern = parse_pattern(scalar.text, expand=True)
    choices: list[list[Scalar]] = []
    for piece in pattern:
        if isinstance(piece, Placeholder):
            choices.append(_values_of(piece, scalar, placeholders))
    if len(pattern) == 1 and choices:
        return list(choices[0])
    out: list[Scalar | Pattern] = []
    for chosen in itertools.product(*choices):
        left = iter(chosen)
        pieces: list[patterns.Piece] = []
        for piece in pattern:
            pieces += parse_pattern(next(left).text) if isinstance(piece, Placeholder) else [piece]
        out.append(joined(pieces))
    return out


@dataclass
class _Draft:
    """A text value on its way through the modifiers."""

    pattern: Pattern
    cased: bool = False
    encoded: Optional[bytes] = None  # the bytes of an encoding, until something takes them
    options: list[str] = field(default_factory=list)


def _plain_bytes(draft: _Draft, line: int) -> bytes:
    if draft.encoded is not None:
        return draft.encoded
    if not patterns.is_plain(draft.pattern):
        raise RuleError("wildcards in a value that is encoded", line)
    return patterns.plain_text(draft.pattern).encode("utf-8")


def _as_wide(draft: _Draft, name: str, line: int) -> _Draft:
    text = _plain_bytes(draft, line).decode("utf-8")
    codec = "utf-16-be" if name == "utf16be" else "utf-16-le"
    mark = b"\xff\xfe" if name == "utf16" else b""
    return replace(draft, encoded=mark + text.encode(codec))


def _offsets(data: bytes, line: int) -> list[str]:
    """M8: what of the encoding does not depend on what stands before and behind."""
    out = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).decode("ascii")
        first = (0, 2, 3)[shift]
        last = (0, 3, 2)[(len(data) + shift) % 3]
        out.append(text[first : len(text) - last])
    if "" in out:
        raise RuleError("nothing of the value remains at each offset", line)
    return out


def _text_of_bytes(draft: _Draft, line: int) -> _Draft:
    """M9: an encoding that nothing takes is compared as the text that its bytes are."""
    if draft.encoded is None:
        return draft
    try:
        text = draft.encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise RuleError("the encoding's bytes are no UTF-8", line) from None
    return _Draft(joined([text]), cased=True)


def _side(draft: _Draft, name: str) -> _Draft:
    before = (ANY,) if name in ("contains", "endswith") else ()
    behind = (ANY,) if name in ("contains", "startswith") else ()
    return replace(draft, pattern=joined([*before, *draft.pattern, *behind]))


def _apply(draft: _Draft, name: str, line: int) -> list[_Draft]:
    if name in WIDE:
        return [_as_wide(draft, name, line)]
    if name == "base64":
        text = base64.b64encode(_plain_bytes(draft, line)).decode("ascii")
        return [_Draft(joined([text]), cased=True)]
    if name == "base64offset":
        return [_Draft(joined([t]), cased=True) for t in _offsets(_plain_bytes(draft, line), line)]
    draft = _text_of_bytes(draft, line)
    if name == "windash":
        try:
            return [replace(draft, pattern=p) for p in patterns.windash(draft.pattern)]
        except ValueError as error:
            raise RuleError(str(error), line) from None
    return [_side(draft, name)]


def _text_tests(value: Scalar | Pattern, chain: Chain, line: int) -> list[Test]:
    """Chains of texts and encodings (M1, M6-M9), in the order written."""
    if isinstance(value, Scalar):
        if value.kind == NULL:
            raise RuleError("null with a modifier for texts", line)
        if value.kind != TEXT and any(name not in SIDES for name in chain.core):
            raise RuleError(f"{chain.core[0]} takes texts", line)  # M18
        value = parse_pattern(value.text)
    drafts = [_Draft(value)]
    for name in chain.core:
        drafts = [after for draft in drafts for after in _apply(draft, name, line)]
    drafts = [_text_of_bytes(draft, line) for draft in drafts]
    return [TextTest(d.pattern, d.cased or chain.cased) for d in drafts]


def _plain_test(value: Scalar | Pattern, chain: Chain, line: int) -> Test:
    if not isinstance(value, Scalar):
        return TextTest(value, chain.cased)
    if chain.cased and value.kind != TEXT:
        raise RuleError("cased takes texts", line)  # M3
    if value.kind == NULL:
        return NullTest()
    if value.kind == BOOLEAN:
        return BooleanTest(value.text.lower() == "true")
    if value.kind == NUMBER:
        number = parse_number(value.text)
        if number is None:
            raise RuleError("a number beyond any double", line)
        return NumberTest(number, value.text)
    return TextTest(parse_pattern(value.text), chain.cased)


def _scalar_of(value: Scalar | Pattern, what: str, line: int) -> Scalar:
    """Modifiers that take the value raw; after `expand` the text without wildcards."""
    if isinstance(value, Scalar):
        if value.kind == NULL:
            raise RuleError(f"null with {what}", line)
        return value
    return Scalar(TEXT, patterns.spelled(value), line)


def _regex_test(scalar: Scalar, chain: Chain, line: int) -> Test:
    flags = "".join(sorted(FLAGS[m] for m in chain.core if m in FLAGS))
    try:
        regex = Regex(scalar.text, flags, "startswith" in chain.core, "endswith" in chain.core)
    except ValueError as error:
        raise RuleError(f"regular expression: {error}", line) from None
    return RegexTest(regex, scalar.text, flags)


def _compare_test(scalar: Scalar, chain: Chain, line: int) -> Test:
    is_number = scalar.kind == NUMBER or (scalar.kind == TEXT and is_json_number(scalar.text))
    number = parse_number(scalar.text) if is_number else None
    if number is None:
        raise RuleError(f"{scalar.text!r} is no number", line)
    return CompareTest(chain.core[0], number)


def _time_test(scalar: Scalar, chain: Chain, line: int) -> Test:
    number = parse_number(scalar.text) if scalar.kind == NUMBER else None
    if not isinstance(number, int):
        raise RuleError("a part of a time is compared with an integer", line)
    operator = chain.core[1] if len(chain.core) == 2 else "eq"
    return TimeTest(chain.core[0], operator, number)


def _expanded_raw(scalar: Scalar, placeholders: Placeholders) -> list[Scalar | Pattern]:
    """Of a regular expression: the placeholder's text is put in as it is."""
    texts = [""]
    for piece in patterns.split_placeholders(scalar.text):
        if isinstance(piece, Placeholder):
            values = _values_of(piece, scalar, placeholders)
            texts = [t + v.text for t in texts for v in values]
        else:
            texts = [t + str(piece) for t in texts]
    return [Scalar(TEXT, text, scalar.line) for text in texts]


def tests_of(value: Scalar, chain: Chain, placeholders: Placeholders) -> list[Test]:
    """What one value of an item asks: any of the answers is enough."""
    line = value.line
    values: list[Scalar | Pattern] = [value]
    if chain.expand and value.kind == TEXT:
        expand = _expanded_raw if chain.kind == "re" else _expanded
        values = expand(value, placeholders)
    out: list[Test] = []
    for one in values:
        if chain.kind == "plain":
            out.append(_plain_test(one, chain, line))
        elif chain.kind in ("text", "bytes"):
            out += _text_tests(one, chain, line)
        else:
            scalar = _scalar_of(one, chain.core[0], line)
            out.append(_typed_test(scalar, chain, line))
    return out


def _typed_test(scalar: Scalar, chain: Chain, line: int) -> Test:
    if chain.kind == "re":
        return _regex_test(scalar, chain, line)
    if chain.kind == "order":
        return _compare_test(scalar, chain, line)
    if chain.kind == "time":
        return _time_test(scalar, chain, line)
    if scalar.kind != TEXT:
        raise RuleError(f"{chain.kind} takes texts", line)
    if chain.kind == "cidr":
        try:
            return NetworkTest(scalar.text)
        except ValueError as error:
            raise RuleError(f"network: {error}", line) from None
    relation = next((m for m in chain.core if m in SIDES), "")
    name = scalar.text.replace(" ", "")
    if not name:
        raise RuleError("fieldref names a field", line)
    return FieldTest(name, relation, chain.cased)
