"""What may be given as a limit, a multiplier or a namespace, and what is said about everything else."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

# Every one of them is refused as a number of FLOPs: the value, what the message calls it, and which error.
NO_BUDGET = [
    (float("nan"), "nan (float)", ValueError),
    (float("inf"), "inf (float)", ValueError),
    (float("-inf"), "-inf (float)", ValueError),
    (np.float64("nan"), "np.float64(nan) (float64)", ValueError),
    (np.float32("inf"), "np.float32(inf) (float32)", ValueError),
    (0, "0 (int)", ValueError),
    (-1, "-1 (int)", ValueError),
    (np.int64(-7), "np.int64(-7) (int64)", ValueError),
    (0.0, "0.0 (float)", ValueError),
    (-1e9, "-1000000000.0 (float)", ValueError),
    (0.5, "0.5 (float)", ValueError),
    (10.5, "10.5 (float)", ValueError),
    (True, "True (bool)", TypeError),
    (False, "False (bool)", TypeError),
    (np.True_, "np.True_ (bool)", TypeError),
    ("1000", "'1000' (str)", TypeError),
    (b"1000", "b'1000' (bytes)", TypeError),
    (None, "None (NoneType)", TypeError),
    (1e9 + 0j, "(1000000000+0j) (complex)", TypeError),
    (Decimal(1000), "Decimal('1000') (Decimal)", TypeError),
    (Fraction(1000), "Fraction(1000, 1) (Fraction)", TypeError),
    ([1000], "[1000] (list)", TypeError),
    (np.array(1000), "array(1000) (ndarray)", TypeError),
    (np.array([1000.0]), "array([1000.]) (ndarray)", TypeError),
    (np.datetime64("2020-01-01"), "np.datetime64('2020-01-01') (datetime64)", TypeError),
]


def refused(error, text):
    return pytest.raises(error, match=f"^{_escaped(text)}$")


def _escaped(text):
    import re

    return re.escape(text)


@pytest.mark.parametrize("make", [flops.BudgetContext, flops.budget], ids=["context", "decorator"])
@pytest.mark.parametrize("value, shown, error", NO_BUDGET, ids=[shown for _, shown, _ in NO_BUDGET])
def test_a_flop_budget_that_is_no_positive_whole_number_is_refused_by_name(make, value, shown, error):
    with refused(error, f"flop_budget must be a positive integer, or an integral float such as 1e9; got {shown}"):
        make(flop_budget=value)


@pytest.mark.parametrize(
    "value, limit",
    [
        (1, 1),
        (10**30, 10**30),
        (10**400, 10**400),
        (1e9, 10**9),
        (2.0**70, 2**70),
        (np.int8(5), 5),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.float64(1e3), 1000),
        (np.float16(8), 8),
        (np.longdouble(2**60), 2**60),
    ],
)
def test_integers_and_integral_floats_are_flop_budgets(value, limit):
    budget = flops.BudgetContext(value)
    assert budget.flop_budget == budget.flops_remaining == limit
    assert type(budget.flop_budget) is int


def test_a_long_value_is_abbreviated_in_the_message():
    with pytest.raises(TypeError) as caught:
        flops.BudgetContext(np.arange(100_000))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("name", ["wall_time_limit_s", "flop_multiplier"])
@pytest.mark.parametrize(
    "value, error",
    [
        (0, ValueError),
        (0.0, ValueError),
        (-1.0, ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (10**400, ValueError),
        (True, TypeError),
        (np.False_, TypeError),
        ("2", TypeError),
        (Decimal(2), TypeError),
        (1j, TypeError),
        (np.array(2.0), TypeError),
    ],
)
def test_a_limit_or_multiplier_that_is_no_positive_finite_number_is_refused_by_name(name, value, error):
    shown = f"{value!r:.60} ({type(value).__name__})"
    with refused(error, f"{name} must be a positive, finite number; got {shown}"):
        flops.BudgetContext(10, **{name: value})


def test_none_means_no_time_limit_but_is_no_multiplier():
    assert flops.BudgetContext(10, wall_time_limit_s=None).wall_time_limit_s is None
    with pytest.raises(TypeError, match="flop_multiplier must be"):
        flops.BudgetContext(10, flop_multiplier=None)


@pytest.mark.parametrize("value", [2, 0.25, np.float32(1.5), np.int16(3)])
def test_numbers_of_any_kind_are_time_limits(value):
    assert flops.BudgetContext(10, wall_time_limit_s=value).wall_time_limit_s == float(value)


@pytest.mark.parametrize("make", [flops.namespace, fnp.namespace, lambda n: flops.BudgetContext(10, namespace=n)])
@pytest.mark.parametrize("name", ["a", "a.b.c", "step 1", "größe", "a-b", "x" * 200])
def test_any_printable_dotted_path_is_a_namespace(make, name):
    made = make(name)
    assert name in (getattr(made, "name", None), getattr(made, "namespace", None))


@pytest.mark.parametrize("make", [flops.namespace, fnp.namespace, lambda n: flops.BudgetContext(10, namespace=n)])
@pytest.mark.parametrize(
    "name, segment",
    [
        ("", ""),
        (".", ""),
        ("a.", ""),
        (".a", ""),
        ("a..b", ""),
        (" a", " a"),
        ("a .b", "a "),
        ("a.\n", "\n"),
        ("a\tb", "a\tb"),
        ("a\x00", "a\x00"),
    ],
)
def test_a_namespace_with_an_empty_or_unprintable_segment_is_refused_by_segment(make, name, segment):
    with pytest.raises(ValueError) as caught:
        make(name)
    assert f"namespace {name!r} has the invalid segment {segment!r}" in str(caught.value)


@pytest.mark.parametrize("name", [5, b"a", ["a"], object, len])
def test_a_namespace_that_is_no_string_is_refused(name):
    with pytest.raises(TypeError, match="a namespace is a string such as 'train' or 'train.step', got"):
        flops.namespace(name)


def test_a_budget_without_namespace_has_none():
    assert flops.BudgetContext(10).namespace is None


def test_forgetting_the_parentheses_of_the_decorator_says_what_is_missing():
    with pytest.raises(TypeError, match="flop_budget must be a positive integer.*got <function"):

        @flops.budget
        def step():
            pass
