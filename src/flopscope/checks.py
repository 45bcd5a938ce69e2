"""What users may hand over to a budget: names, FLOPs, times and factors, and how a message says that they may not."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

_INTEGERS: tuple[type[Any], ...] = (int, np.integer)
_NUMBERS: tuple[type[Any], ...] = (*_INTEGERS, float, np.floating)


def valid_namespace(path: Any) -> str:
    """Check a dotted path: segments that are not empty and have no blanks at their ends."""
    if not isinstance(path, str):
        raise TypeError(f"a namespace is a string such as 'train' or 'train.step', got {path!r}")
    for segment in path.split("."):
        if not segment or segment != segment.strip() or not segment.isprintable():
            raise ValueError(
                f"namespace {path!r} has the invalid segment {segment!r}: segments between dots must not be empty "
                "and must not begin or end with blanks, as in 'train.step'"
            )
    return path


def _python_number(value: Any, wanted: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise TypeError(wanted)
    return int(value) if isinstance(value, _INTEGERS) else float(value)


def whole_flops(name: str, value: Any) -> int:
    """A limit in FLOPs, given as `name`."""
    wanted = f"{name} must be a positive integer, or an integral float such as 1e9; got {shown(value)}"
    number = _python_number(value, wanted)
    if not 0 < number < math.inf or number != math.floor(number):
        raise ValueError(wanted)
    return int(number)


def positive(name: str, value: Any) -> float:
    """A time or a factor, given as `name`."""
    wanted = f"{name} must be a positive, finite number; got {shown(value)}"
    number = _python_number(value, wanted)
    if not 0 < number <= sys.float_info.max:
        raise ValueError(wanted)
    return float(number)


def shown(value: Any) -> str:
    """A value as messages show it: what it is, and not too much of it."""
    return f"{value!r:.60} ({type(value).__name__})"


def flops_from_text(text: str) -> int:
    """FLOPs as people write them: 1000000, 1_000_000, 1,000,000 or 1e6.

    Raises
    ------
    ValueError
        For anything but a positive whole number.
    """
    digits = text.strip().replace(",", "").replace("_", "")
    try:
        number = int(digits) if digits.isdecimal() else float(digits)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0 and number == math.floor(number)):
        raise ValueError(f"must be a positive whole number such as 1000000 or 1e9; got {text!r:.60}")
    return int(number)
