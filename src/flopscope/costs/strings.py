"""Text: what the functions of ``numpy.strings`` and ``numpy.char`` cost.

A string is an element like any other, and what a function does with it is one scalar operation, however long it is: so
``strings.find`` costs what ``add`` of two arrays of strings costs, which is the same ufunc as that of numbers. Lengths
of strings are matters of data; shapes and dtypes do not tell them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .elementwise import elementwise, pointwise
from .table import aliases, ops, unsupported


def text(*operands: Any, **others: Any) -> int:
    """numel(result): 1 per string of the broadcast of all arguments, however long the strings are.

    Source: the loops of ``numpy.strings`` are ufuncs since NumPy 2.0; one scalar operation on one element.
    Example: find of (3, 1) strings in (5,) positions: 3*5 = 15.
    """
    return pointwise(*operands, **others)


def coded(a: Any, encoding: Any = None, errors: Any = None) -> int:
    """numel(result): 1 per string, however long the strings are.

    Source: priced as any other function of text; `errors` without `encoding` is not looked at.
    Example: (4, 8) strings: 32.
    """
    return elementwise(a, encoding) if encoding is None else elementwise(a, encoding, errors)


def translate(a: Any, table: Any, deletechars: Any = None) -> int:
    """numel(result): 1 per string, however long the strings are.

    Source: priced as any other function of text; `deletechars` is for bytes alone.
    Example: (4, 8) strings: 32.
    """
    of_bytes = (a if hasattr(a, "dtype") else np.asarray(a)).dtype.kind != "U"
    return elementwise(a, table, deletechars if of_bytes else None)


def compare_chararrays(a1: Any, a2: Any, cmp: str, rstrip: bool) -> int:
    """numel(result): 1 per pair of strings.

    Source: priced as the comparison of the same operands.
    Example: (4, 8) and (4, 8): 32.
    """
    return elementwise(a1, a2)


_TESTS = "isalnum isalpha isdecimal isdigit islower isnumeric isspace istitle isupper"
_SHARED = """
    capitalize center count endswith expandtabs find index ljust lower lstrip mod replace rfind rindex
    rjust rstrip startswith strip swapcase title upper zfill
"""
_COMPARISONS = "equal not_equal less less_equal greater greater_equal"

for _name in f"{_TESTS} str_len".split():
    ops(elementwise, f"strings.{_name}")
for _name in f"{_SHARED} multiply partition rpartition slice".split():
    ops(text, f"strings.{_name}")
ops(coded, "strings.decode strings.encode")
ops(translate, "strings.translate")
aliases(
    {f"char.{_name}": f"strings.{_name}" for _name in f"{_TESTS} str_len {_SHARED} decode encode translate".split()}
)
# The ufuncs of numbers take strings as well.
aliases({f"strings.{_name}": _name for _name in f"add {_COMPARISONS}".split()} | {"char.add": "add"})

# Functions of ``numpy.char`` that differ from their namesakes: in trailing blanks, or in what they return.
for _name in f"{_COMPARISONS} multiply partition rpartition join split rsplit splitlines".split():
    ops(text, f"char.{_name}")
ops(compare_chararrays, "char.compare_chararrays")
unsupported(
    "chararray char.chararray char.array char.asarray",
    "np.chararray is a class of its own, whose methods would not be counted, and deprecated in NumPy; use arrays of "
    "dtype str or bytes with the functions of fnp.strings",
)
