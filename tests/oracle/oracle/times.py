"""Times as they are written (M14)."""

from __future__ import annotations

import datetime
import math
import re
from fractions import Fraction
from typing import Optional

from .values import NUMBER, Num, Value, is_json_number

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?\Z"
)
_EPOCH = datetime.datetime(1970, 1, 1)


def _from_number(number: Num) -> Optional[datetime.datetime]:
    """Seconds, milli-, micro- or nanoseconds since 1970 or before it, by size."""
    count = Fraction(number)
    unit = 10**9
    for limit, each in ((10**11, 1), (10**14, 10**3), (10**17, 10**6)):
        if abs(count) < limit:
            unit = each
            break
    try:
        return _EPOCH + datetime.timedelta(seconds=math.floor(count / unit))
    except OverflowError:
        return None


def time_part(part: str, value: Value) -> Optional[int]:
    """The part of a time, or None if the value is none or has not that part."""
    if value.kind == NUMBER or is_json_number(value.text):
        moment = None if value.number is None else _from_number(value.number)
        has_clock = True
    else:
        match = _ISO.match(value.text)
        if not match:
            return None
        has_clock = match[4] is not None
        year, month, day = (int(match[i]) for i in (1, 2, 3))
        hour, minute, second = (int(match[i] or 0) for i in (4, 5, 6))
        try:
            moment = datetime.datetime(year, month, day, hour, minute, min(second, 59))
        except ValueError:
            return None
        if second > 60:
            return None
    if moment is None or (part in ("hour", "minute") and not has_clock):
        return None
    if part == "week":
        return moment.isocalendar()[1]
    found: int = getattr(moment, part)
    return found
