"""Arguments that make no sense: NumPy's own exception and nothing charged, or NumPy's result at its price.

Every counted function is called with one argument of a good call, or one option that it did not have, replaced by each
of the oddities. What a cost rule cannot price, NumPy has to refuse.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, Call
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import ALIASES
from parity import Array, Counted, check

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings are compared with NumPy's

ODD: list[Any] = [
    None, (), 1j, "a", float("nan"), True, -7, 2.5, int, np.bool(1), (0, 0), [1, [2]],
    *map(Array, (
        np.array(1.5), np.array([0, 1]), np.arange(6.0).reshape(2, 3), np.array([1j, 2]),
        np.array([1, None, "a"], dtype=object), np.array([(1, 2.0)], "i4,f8"),
    )),
]  # fmt: skip
if np.lib.NumpyVersion(np.__version__) >= "2.2.0":  # before, its truth is deprecated, and rules ask for it as well
    ODD.append(Array(np.zeros(0)))
#: Parameters left alone: memory that NumPy does not initialize or writes to beyond its bounds (`cumsum` into a scalar).
LEFT_ALONE = {"where", "out"}
#: Functions left alone: with state or files, ours by design, or their callbacks raise after they have been charged.
NOT_HERE = ("random.", "einsum", "mask_indices", "piecewise", "lib.recfunctions.join_by")


def names_of(call: Call) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(numpy_attribute(call.name)).parameters.values())
    except ValueError:  # NumPy does not tell
        return []


def oddly(call: Call) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The call with one argument replaced, given besides, taken away or given twice."""
    args, kwargs = call.arguments
    parameters = names_of(call)
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    for odd in ODD:
        for place in range(len(args)):
            if positional[place : place + 1] not in (["out"], ["where"]):
                yield (*args[:place], odd, *args[place + 1 :]), kwargs
        for name in {*kwargs, *named} - {*positional[: len(args)]} - LEFT_ALONE:
            yield args, kwargs | {name: odd}
    yield args[:-1], kwargs
    yield args[::-1], kwargs
    yield args, kwargs | {"nonsense": 1}


CALLS: dict[str, Call] = {}
for _call in COUNTED_CALLS:
    kind = "ufunc" if isinstance(numpy_attribute(_call.name), np.ufunc) else _call.name
    if _call.name not in ALIASES and not _call.name.startswith(NOT_HERE):
        CALLS.setdefault(kind, _call)


@pytest.mark.parametrize("name", CALLS)
def test_what_makes_no_sense_is_refused_as_numpy_refuses_it_or_priced(name):
    call = CALLS[name]
    ours, theirs = operator.attrgetter(call.name)(fnp), numpy_attribute(call.name)
    for args, kwargs in oddly(call):
        try:
            check(ours, theirs, *args, **kwargs)
        except Exception as error:
            error.add_note(f"{call.name}(*{args}, **{kwargs})")
            raise


# -- what they compute with arrays in the place of parameters --------------------------------------------------------


@pytest.mark.parametrize(
    "function, array, parameter, flops_of_it",
    [
        (lambda x, order: fnp.linalg.norm(x, order), (3, 4), 1.0, 3 * 4),
        (lambda x, order: fnp.linalg.norm(x, order), (3, 4), 2.0, 3 * 4 * 3),  # by the SVD, after 1.0 of one shape
        (lambda x, sizes: fnp.fft.fftn(x, sizes), (3, 4), [4, 4], 5 * 3 * 4 * 2 + 5 * 4 * 4 * 2),
        (lambda x, points: fnp.fft.fft(x, points), (3, 4), 8, 5 * 3 * 8 * 3),
        (lambda x, ind: fnp.linalg.tensorinv(x, ind), (2, 3, 6), 2, 6**3),
    ],
)
def test_a_parameter_that_is_an_array_is_read_and_not_charged(function, array, parameter, flops_of_it):
    x = fnp.asarray(np.random.default_rng(0).normal(size=array))
    for given in (parameter, fnp.asarray(parameter), np.asarray(parameter)):
        with flops.BudgetContext(10**6) as budget:
            function(x, given)
        assert (budget.flops_used, len(budget.op_log)) == (flops_of_it, 1)


def test_a_parameter_that_is_a_counted_array_of_nonsense_is_refused_and_free():
    with flops.BudgetContext(10**6) as budget:
        for order in (Counted([1.0, 2.0]), Counted(["a"])):
            with pytest.raises(ValueError):
                fnp.linalg.norm(np.ones((3, 4)), order.make(fnp.asarray))
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)
