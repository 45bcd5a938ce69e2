"""Elementwise functions: what NumPy's ufuncs, and the functions that work like one, cost.

A ufunc turns a loop over the broadcast of everything it is given, and each turn is 1 FLOP, whatever the function:
unit weights keep the model portable (``exp`` costs what ``add`` costs). Functions that NumPy composes of several
ufuncs but that answer element by element (``isclose``, ``sinc``, ``nan_to_num``) are priced as one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, cast

from . import groups
from .shapes import Shape, broadcast, numel, shape
from .table import aliases, ops


def members(operands: Any) -> list[Shape]:
    """Shapes of a sequence of operands, or of the slices of one array along its first axis."""
    try:
        count, *sizes = operands.shape
    except AttributeError:
        return [shape(operand) for operand in operands]
    return [tuple(sizes)] * count


def outputs(out: Any) -> tuple[Any, ...]:
    """The output arrays, which a ufunc takes bare or in a tuple."""
    return cast("tuple[Any, ...]", out) if isinstance(out, tuple) else (out,)


# Universal functions


def elementwise(*operands: Any, out: Any = None, where: Any = True, **_: Any) -> int:
    """numel(result): 1 per element of the broadcast of the operands, `out` and `where`.

    A function with two results (divmod, modf, frexp) counts once per element, as its loop turns. Of a result that has
    the symmetry of its operands, the unique elements count.

    Source: the loop of a ufunc, NumPy Reference, "Universal functions".
    Example: (3, 1, 7) with (5, 7): 3*5*7 = 105.
    """
    if where is not True:
        operands += (where,)
    sizes = broadcast(*map(shape, operands), *map(shape, outputs(out) if out is not None else ()))
    group = groups.common(sizes, operands)
    return group.unique_elements(sizes) if group else prod(sizes)


ops(
    elementwise,
    """
    add subtract multiply divide floor_divide remainder divmod fmod power float_power
    negative positive absolute fabs sign heaviside reciprocal square sqrt cbrt conjugate
    exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2
    sin cos tan arcsin arccos arctan arctan2 hypot sinh cosh tanh arcsinh arccosh arctanh
    degrees radians deg2rad rad2deg
    rint floor ceil trunc modf frexp ldexp nextafter spacing
    maximum minimum gcd lcm
    bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift right_shift
    logical_and logical_or logical_xor logical_not
    equal not_equal less less_equal greater greater_equal
    isfinite isinf isnan isnat
    """,
    symmetry=groups.joint,
)
# NumPy's vector loops choose among 0.0 and -0.0, and give NaN a sign, otherwise at the end of a row.
ops(elementwise, "fmax fmin copysign signbit", symmetry=groups.joint_by_value)
aliases(
    {
        "abs": "absolute",
        "acos": "arccos",
        "acosh": "arccosh",
        "asin": "arcsin",
        "asinh": "arcsinh",
        "atan": "arctan",
        "atan2": "arctan2",
        "atanh": "arctanh",
        "bitwise_invert": "invert",
        "bitwise_left_shift": "left_shift",
        "bitwise_not": "invert",
        "bitwise_right_shift": "right_shift",
        "conj": "conjugate",
        "mod": "remainder",
        "pow": "power",
        "true_divide": "divide",
    }
)


# Functions that work like a ufunc


def pointwise(*operands: Any, out: Any = None, **others: Any) -> int:
    """numel(result): 1 per element of the broadcast of all arguments.

    ``where`` with the condition alone looks at each of its elements, as nonzero.

    Source: priced as a ufunc of the same operands.
    Example: sinc of (3, 5, 7): 3*5*7 = 105.
    """
    return elementwise(*operands, *others.values(), out=out)


def rounded(a: Any, decimals: Any = 0, out: Any = None) -> int:
    """numel(a): 1 per element, to however many decimals.

    Source: priced as a ufunc of the one operand.
    Example: (4, 8) to 2 decimals: 32.
    """
    return elementwise(a, out=out)


def angle(z: Any, deg: Any = False) -> int:
    """numel(z): 1 per element, in radians or degrees.

    Source: priced as a ufunc of the one operand.
    Example: (4, 8): 32.
    """
    return elementwise(z)


def real_if_close(a: Any, tol: Any = 100) -> int:
    """numel(a): 1 per element.

    Source: priced as a ufunc of the one operand.
    Example: (4, 8): 32.
    """
    return elementwise(a)


def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> int:
    """numel(x): 1 per element; what is put in its place broadcasts to it.

    Source: priced as a ufunc of the same operands.
    Example: (4, 8): 32.
    """
    return elementwise(x, nan, posinf, neginf)


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: Any = False) -> int:
    """numel(result): 1 per element of the broadcast of both arrays and their tolerances.

    Source: priced as a ufunc of the same operands.
    Example: (3, 1, 7) and (5, 7): 3*5*7 = 105.
    """
    return elementwise(a, b, rtol, atol)


ops(pointwise, "fix sinc i0 isneginf isposinf isreal iscomplex", symmetry=groups.pointwise)
ops(rounded, "round", symmetry=groups.rounded)
ops(angle, "angle", symmetry=groups.kept)
ops(real_if_close, "real_if_close", symmetry=groups.kept)
ops(nan_to_num, "nan_to_num", symmetry=groups.replaced)
ops(isclose, "isclose", symmetry=groups.close)
ops(pointwise, "where", symmetry=groups.chosen)
aliases({"around": "round"})


def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    where: Any = True,
    **_: Any,
) -> int:
    """numel(result): 1 per element of the broadcast of `a` and its bounds.

    Source: a ufunc of three operands.
    Example: (4, 8) between two scalars: 32.
    """
    return elementwise(a, a_min, a_max, min, max, out=out, where=where)


ops(clip, "clip", symmetry=groups.clipped)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> int:
    """c*numel(result) for c choices: a ``where`` for each.

    Source: written out as c nested calls of where.
    Example: 2 conditions and choices of (10,): 2*10 = 20.
    """
    conditions, choices = members(condlist), members(choicelist)
    if len(conditions) != len(choices):
        raise ValueError(f"select needs a choice for each condition, got {len(choices)} for {len(conditions)}")
    if not choices:
        raise ValueError("select needs at least one condition")
    return len(choices) * prod(broadcast(*conditions, *choices, shape(default)))


def choose(a: Any, choices: Sequence[Any], out: Any = None, mode: str = "raise") -> int:
    """numel(result): 1 per element of the broadcast of `a` and the choices.

    Source: priced as where, however many the choices.
    Example: (5,) among 2 choices: 5.
    """
    return prod(broadcast(shape(a), *members(choices)))


def piecewise(x: Any, condlist: Any, funclist: Any, *_: Any, **__: Any) -> int:
    """What the functions charge; with a default function (c + 1)*numel(x) for c conditions: any of them, and not.

    Source: written out as choices by mask; the default applies where ``~any(condlist, axis=0)``.
    Example: 2 conditions of (10,) and 2 functions: 0; and 3 functions: 3*10 = 30.
    """
    if hasattr(condlist, "shape"):
        several = len(shape(condlist)) > 1 or not shape(x)
    else:
        several = isinstance(condlist, (list, tuple)) and (bool(shape(condlist[0])) or not shape(x))
    c = len(members(condlist)) if several else 1
    return (c + 1) * numel(x) if len(funclist) == c + 1 else 0


def vectorize(*args: Any, **kwargs: Any) -> int:
    """numel(result): 1 per call of the function, whose arithmetic on Python's numbers cannot be seen.

    What the function calls in `fnp` is charged as itself. With a `signature` it is given arrays, which are counted, so
    that nothing is charged for the call.

    Source: priced as any ufunc is, one scalar operation per element.
    Example: (3, 1) with (5,): 15.
    """
    return pointwise(*args, **kwargs)


ops(select, "select")
ops(piecewise, "piecewise")
ops(vectorize, "vectorize")
ops(choose, "choose")


# Business days: the calendar (weekmask, holidays) is no operand of the loop.


def is_busday(
    dates: Any, weekmask: Any = "1111100", holidays: Any = None, busdaycal: Any = None, out: Any = None
) -> int:
    """numel(dates): 1 per date.

    Source: priced as a ufunc of the dates.
    Example: (4, 8): 32.
    """
    return elementwise(dates, out=out)


def busday_offset(
    dates: Any,
    offsets: Any,
    roll: str = "raise",
    weekmask: Any = "1111100",
    holidays: Any = None,
    busdaycal: Any = None,
    out: Any = None,
) -> int:
    """numel(result): 1 per element of the broadcast of dates and offsets.

    Source: priced as a ufunc of the two.
    Example: (3, 1) with (5,): 15.
    """
    return elementwise(dates, offsets, out=out)


def busday_count(
    begindates: Any,
    enddates: Any,
    weekmask: Any = "1111100",
    holidays: Any = (),
    busdaycal: Any = None,
    out: Any = None,
) -> int:
    """numel(result): 1 per element of the broadcast of first and last dates.

    Source: priced as a ufunc of the two.
    Example: (3, 1) with (5,): 15.
    """
    return elementwise(begindates, enddates, out=out)


ops(is_busday, "is_busday")
ops(busday_offset, "busday_offset")
ops(busday_count, "busday_count")


# Functions that leave the real numbers where they must (numpy.emath)


def logn(n: Any, x: Any) -> int:
    """numel(n) + numel(x) + numel(result): two logarithms and their quotient.

    Source: the definition, log(x)/log(n).
    Example: (10,) to base 2: 1 + 10 + 10 = 21.
    """
    return elementwise(n) + elementwise(x) + elementwise(n, x)


for _name in "arccos arcsin arctanh log log10 log2 power sqrt".split():
    ops(pointwise, f"emath.{_name}")
ops(logn, "emath.logn")
aliases(
    {
        f"lib.scimath.{_name}": f"emath.{_name}"
        for _name in "arccos arcsin arctanh log log10 log2 logn power sqrt".split()
    }
)
