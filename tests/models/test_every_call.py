"""Under every cost model: what is planned is what is charged, and a run priced again is a run under that model."""

from __future__ import annotations

import operator
from fractions import Fraction

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, Call
from flopscope import Shaped
from flopscope.arrays.callbacks import _CALLBACKS
from parity import Array, made

pytestmark = pytest.mark.filterwarnings("ignore")

OWN = flops.cost_model("fma2-complex").derive(
    "own",
    weights={"exp": 20, "sort": Fraction(1, 3), "linalg.qr": Fraction(5, 2)},
    dtype_factors={"float32": Fraction(1, 2), "integer": Fraction(2, 3), ("add", "bool"): 7},
)
MODELS = [*map(flops.cost_model, ("fma1", "fma2", "fma1-complex", "fma2-complex")), OWN]
_SHAPES_ONLY = MODELS[:2]


def shaped(value):
    if isinstance(value, Array):
        return Shaped(value.values.shape, value.values.dtype)
    return type(value)(map(shaped, value)) if isinstance(value, (list, tuple)) else value


def run(call, **options):
    """The budget of two calls in a row, the second of which finds its price in the cache."""
    args, kwargs = call.arguments
    with flops.BudgetContext(10**15, **options) as budget:
        for _ in range(2):
            operator.attrgetter(call.name)(fnp)(*made(args, fnp.asarray), **made(kwargs, fnp.asarray))
    return budget


def charges(summary):
    return [(record.op_name, record.flop_cost, record.cumulative) for record in summary.log]


@pytest.mark.parametrize("call", COUNTED_CALLS, ids=str)
def test_plan_charge_and_repricing_agree_under_every_model(call: Call):
    args, kwargs = call.arguments
    by_shapes, by_dtypes = run(call), run(call, count_bytes=True)
    for model in MODELS:
        real = run(call, cost_model=model)
        assert len(real.op_log) == 2
        planned = flops.cost(
            call.name, *map(shaped, args), cost_model=model, **{key: shaped(value) for key, value in kwargs.items()}
        )
        assert [record.flop_cost for record in real.op_log] == [planned] * 2, model
        expected = charges(real.report())
        assert charges(by_dtypes.reprice(model)) == expected, model
        if model in _SHAPES_ONLY:
            assert charges(by_shapes.reprice(model)) == expected, model
            # And back again.
            assert charges(real.reprice("fma1")) == charges(by_shapes.report()), model
        assert by_dtypes.reprice(model).flops_used == real.flops_used


@pytest.mark.parametrize("call", [call for call in COUNTED_CALLS if call.name not in _CALLBACKS], ids=str)
def test_bytes_written_are_those_of_the_results(call: Call):
    args, kwargs = call.arguments
    with flops.BudgetContext(10**15, count_bytes=True) as budget:
        result = operator.attrgetter(call.name)(fnp)(*made(args, fnp.asarray), **made(kwargs, fnp.asarray))
    (moved,) = budget.report().moved
    if result is not None:
        assert moved.bytes_written == _nbytes(result)


def _nbytes(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.size * value.dtype.itemsize
    return sum(map(_nbytes, value)) if isinstance(value, (list, tuple)) else 0
