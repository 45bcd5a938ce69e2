"""What NumPy refuses is refused with NumPy's own exception, and is free."""

from __future__ import annotations

import inspect
import operator
import re
import subprocess
import sys
import traceback
import warnings

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

BAD = {
    "shapes that do not broadcast": lambda xp: xp.add(xp.ones(3), xp.ones(4)),
    "an operator on shapes that do not broadcast": lambda xp: xp.ones(3) + xp.ones(4),
    "a comparison of shapes that do not broadcast": lambda xp: xp.ones(3) < xp.ones(4),
    "equality of shapes that do not broadcast": lambda xp: xp.ones(3) == xp.ones(4),
    "a list that does not broadcast": lambda xp: xp.ones(3) * [1, 2],
    "matrices that do not fit": lambda xp: xp.ones((2, 3)) @ xp.ones((2, 3)),
    "matmul of a scalar": lambda xp: xp.matmul(xp.ones(3), 2.0),
    "dot of vectors that do not fit": lambda xp: xp.dot(xp.ones(3), xp.ones(4)),
    "tensordot of axes that do not fit": lambda xp: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), 1),
    "einsum of sizes that do not fit": lambda xp: xp.einsum("ij,jk->ik", xp.ones((2, 3)), xp.ones((2, 3))),
    "einsum into what cannot be written": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), out=read_only(xp)),
    "einsum into an array of another shape": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), out=xp.ones(4)),
    "einsum into an array of other axes": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), out=xp.ones((3, 1))),
    "einsum into a dtype that cannot hold it": lambda xp: xp.einsum(
        "i,i->i", xp.ones(3), xp.ones(3), out=xp.ones(3, "f4")
    ),
    "einsum into a tuple": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), out=(xp.ones(3),)),
    "einsum into text": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), out="x"),
    "einsum in an unknown order": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), order="Q"),
    "einsum with an unknown keyword": lambda xp: xp.einsum("i,i->i", xp.ones(3), xp.ones(3), nonsense=1),
    "einsum of durations": lambda xp: xp.einsum("i,i->i", xp.ones(3, "m8[s]"), xp.ones(3, "m8[s]")),
    "einsum of text": lambda xp: xp.einsum("ij,jk->ik", xp.ones((2, 2), "U3"), xp.ones((2, 2))),
    "einsum of records": lambda xp: xp.einsum("i,i->i", xp.zeros(3, "i4,f8"), xp.ones(3)),
    "pieces that do not fit the conditions": lambda xp: xp.piecewise(xp.ones(3), [[True, False, True]], [1, 2, 3]),
    "indices of a mask of negative size": lambda xp: xp.mask_indices(-1, xp.triu),
    "an SVD of nothing": lambda xp: xp.linalg.svd(),
    "einsum without operands": lambda xp: xp.einsum("ij"),
    "einsum of a wrong number of axes": lambda xp: xp.einsum("ijk->i", xp.ones((2, 3))),
    "einsum with a label that is not there": lambda xp: xp.einsum("ij->k", xp.ones((2, 3))),
    "an axis that is not there": lambda xp: xp.sum(xp.ones(3), axis=1),
    "an axis that is not there, by position": lambda xp: xp.sum(xp.ones(3), 1),
    "an axis twice": lambda xp: xp.sum(xp.ones((3, 3)), axis=(0, 0)),
    "an axis that is a string": lambda xp: xp.mean(xp.ones(3), axis="x"),
    "an axis that is a float": lambda xp: xp.sum(xp.ones(3), axis=1.0),
    "a scan over two axes": lambda xp: xp.cumsum(xp.ones((3, 3)), axis=(0, 1)),
    "sorting along an axis that is not there": lambda xp: xp.sort(xp.ones(3), axis=2),
    "sorting in an unknown way": lambda xp: xp.sort(xp.ones(3), kind="bogo"),
    "a maximum of nothing": lambda xp: xp.max(xp.zeros(0)),
    "an argmax of nothing": lambda xp: xp.argmax(xp.zeros((0, 3))),
    "a method on an axis that is not there": lambda xp: xp.ones(3).sum(5),
    "a partition beyond the end": lambda xp: xp.partition(xp.ones(3), 7),
    "an in-place operator that would cast": lambda xp: operator.iadd(xp.ones(3, int), 1.5),
    "an out that would be cast": lambda xp: xp.add(xp.ones(3), 1.5, out=xp.ones(3, int)),
    "a dtype that there is no loop for": lambda xp: xp.add(xp.ones(3), 1, dtype="U3"),
    "a dtype that is not one": lambda xp: xp.add(xp.ones(3), 1, dtype="nonsense"),
    "an operand that there is no loop for": lambda xp: xp.sin(xp.asarray(["a"])),
    "text minus text": lambda xp: xp.asarray(["a"]) - xp.asarray(["b"]),
    "shifting floats": lambda xp: xp.ones(3) << 1,
    "inverting floats": lambda xp: ~xp.ones(3),
    "subtracting booleans": lambda xp: xp.ones(3, bool) - xp.ones(3, bool),
    "integers to negative powers": lambda xp: xp.ones(3, int) ** -1,
    "an unknown keyword": lambda xp: xp.add(xp.ones(3), 1, nonsense=2),
    "an unknown keyword of a reduction": lambda xp: xp.sum(xp.ones(3), nonsense=2),
    "too few arguments": lambda xp: xp.hypot(xp.ones(3)),
    "no arguments": lambda xp: xp.exp(),
    "too many arguments": lambda xp: xp.exp(xp.ones(3), xp.ones(3), xp.ones(3), xp.ones(3)),
    "where that is no mask": lambda xp: xp.add(xp.ones(3), 1, where=xp.ones(3)),
    "clip without bounds that broadcast": lambda xp: xp.clip(xp.ones(3), xp.ones(4), 2),
    "a singular matrix": lambda xp: xp.linalg.inv(xp.zeros((3, 3))),
    "a singular system": lambda xp: xp.linalg.solve(xp.zeros((3, 3)), xp.ones(3)),
    "a matrix that is not positive definite": lambda xp: xp.linalg.cholesky(-xp.eye(3)),
    "a matrix that is not square": lambda xp: xp.linalg.inv(xp.ones((2, 3))),
    "a vector for a matrix": lambda xp: xp.linalg.eig(xp.ones(3)),
    "eigenvalues of infinities": lambda xp: xp.linalg.eigvals(xp.full((2, 2), xp.inf)),
    "qr in an unknown mode": lambda xp: xp.linalg.qr(xp.ones((2, 2)), mode="nonsense"),
    "a norm of an unknown order": lambda xp: xp.linalg.norm(xp.ones((2, 2)), "nonsense"),
    "equations and right-hand sides that do not fit": lambda xp: xp.linalg.solve(xp.eye(3), xp.ones(2)),
    "a transform to no points": lambda xp: xp.fft.fft(xp.ones(3), n=0),
    "a transform along an axis that is not there": lambda xp: xp.fft.fft(xp.ones(3), axis=3),
    "a negative bin count": lambda xp: xp.bincount(xp.asarray([-1])),
    "bins that go back and forth": lambda xp: xp.histogram(xp.ones(3), bins=[2, 1, 3]),
    "a convolution of nothing": lambda xp: xp.convolve(xp.ones(3), xp.zeros(0)),
    "choices out of bounds": lambda xp: xp.choose(xp.asarray([5]), [1, 2]),
    "a ragged list": lambda xp: xp.add([[1, 2], [3]], 1),
    "reduceat out of bounds": lambda xp: xp.add.reduceat(xp.ones(3), [7]),
    "at out of bounds": lambda xp: xp.add.at(xp.ones(3), 7, 1),
    "a reduction by a ufunc that cannot": lambda xp: xp.divmod.reduce(xp.ones(3)),
    "a reshape that does not fit": lambda xp: xp.reshape(xp.ones(3), (2, 2)),
    "a concatenation that does not fit": lambda xp: xp.concatenate([xp.ones((2, 2)), xp.ones((3, 3))]),
    "an index that is not there": lambda xp: xp.ones(3)[7],
    "a mask that does not fit": lambda xp: xp.ones(3)[xp.ones(4, bool)],
    "floats for indices": lambda xp: xp.ones(3)[1.0],
    "a parameter that is negative": lambda xp: xp.random.normal(scale=-1.0, size=3),
    "probabilities that do not sum to 1": lambda xp: xp.random.choice(3, p=[0.5, 0.1, 0.1]),
    "a sample larger than the population": lambda xp: xp.random.default_rng(0).choice(3, 5, replace=False),
    "a size that is negative": lambda xp: xp.random.default_rng(0).normal(size=-1),
    "a division under errstate": lambda xp: raising(xp, lambda: xp.ones(3) / 0),
    "an overflow under errstate": lambda xp: raising(xp, lambda: xp.exp(xp.full(3, 1e9))),
    "an invalid sum under errstate": lambda xp: raising(xp, lambda: xp.sum(xp.asarray([xp.inf, -xp.inf]))),
    "an invalid product under errstate": lambda xp: raising(xp, lambda: operator.imul(xp.asarray([xp.inf]), 0)),
    "an object whose arithmetic fails": lambda xp: xp.asarray([Failing()], dtype=object) + 1,
    "an object whose comparison fails": lambda xp: xp.sort(xp.asarray([Failing(), Failing()], dtype=object)),
}


def read_only(xp):
    array = xp.ones(3)
    array.flags.writeable = False
    return array


class Failing:
    """Fails at any arithmetic with a KeyError, which flopscope must not mistake for its own."""

    def __add__(self, other):
        raise KeyError("add")

    def __lt__(self, other):
        raise KeyError("lt")


def raising(xp, call):
    with xp.errstate(all="raise"):
        return call()


def outcome(call, xp):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as caught:
            call(xp)
    return caught.value


@pytest.mark.parametrize("name", BAD)
def test_what_numpy_refuses_is_numpy_s_own_error_and_charges_nothing(name):
    theirs = outcome(BAD[name], np)
    with flops.BudgetContext(10**9, namespace="outer") as budget, fnp.namespace("inner"):
        for _ in range(2):
            ours = outcome(BAD[name], fnp)
            assert type(ours) is type(theirs)
            assert str(ours).replace("FlopscopeArray", "numpy.ndarray") == str(theirs)
            text = "".join(traceback.format_exception(ours))
            assert "During handling" not in text or "During handling" in "".join(traceback.format_exception(theirs))
            assert ours.__cause__ is None or theirs.__cause__ is not None
        charged = [record.op_name for record in budget.op_log if record.op_name != "eye"]
        assert sum(record.flop_cost for record in budget.op_log if record.op_name in charged) == budget.flops_used
        fnp.exp(fnp.ones(5))
        assert budget.op_log[-1].namespace == "outer.inner"
    # -eye(3) is charged for its own sake
    assert budget.flops_used == 5 + (18 if name == "a matrix that is not positive definite" else 0)


def test_a_warning_is_numpy_s_and_the_op_is_charged():
    with flops.BudgetContext(100) as budget:
        for _ in range(2):
            with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
                assert (fnp.ones(3) / 0).tolist() == [np.inf] * 3
            with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
                fnp.mean(fnp.zeros(0))
            with pytest.warns(RuntimeWarning, match="invalid value encountered in log"):
                fnp.log(fnp.asarray([-1.0]))
    assert budget.flops_used == 2 * (3 + 0 + 1)


BLAMED = """
import {numpy} as xp

def to_infinity(x):
    return x / 0

for _ in range(3):
    to_infinity(xp.ones(3))
    xp.log(xp.zeros(2))
    xp.log(xp.zeros(2))
x = xp.ones(3)
x /= 0
xp.sqrt(-x, out=x)
xp.divide.outer(x, [0, 1])
"""


@pytest.mark.parametrize(
    "action", ["default", "always", "module", "once", "ignore", "error", "error:::__main__", "ignore:::__main__"]
)
def test_a_warning_blames_the_line_that_it_would_blame_with_numpy(action, tmp_path):
    script, said = tmp_path / "script.py", []
    for numpy in ("numpy", "flopscope.numpy"):
        script.write_text(BLAMED.format(numpy=numpy))
        done = subprocess.run([sys.executable, "-W", action, script], capture_output=True, text=True)
        said.append((done.returncode, re.sub(r' *File ".*flopscope.*\n(  .*\n)+', "", done.stderr)))
    assert said[0] == said[1]
    assert said[0][0] == ("error" in action)
    assert ("script.py" in said[0][1]) == ("ignore" not in action)


def test_a_recorded_warning_names_the_user_s_line():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        fnp.ones(3) / 0
        warnings.warn("another's", stacklevel=1)
    assert [(warning.filename, warning.lineno) for warning in told] == [(__file__, line), (__file__, line + 1)]


def test_an_error_does_not_spoil_the_op_that_comes_after():
    x = fnp.ones((3, 3))
    with flops.BudgetContext(1000) as budget:
        for _ in range(3):
            with pytest.raises(np.exceptions.AxisError):
                x.sum(4)
            assert float(x.sum()) == 9
            with pytest.raises(ValueError, match="broadcast"):
                x + fnp.ones(4)
            assert (x + x).tolist() == [[2] * 3] * 3
    assert budget.flops_used == 3 * (9 + 9)


def test_a_budget_error_says_nothing_of_how_it_was_found():
    with flops.BudgetContext(5), pytest.raises(flops.BudgetExhaustedError) as caught:
        fnp.ones(6) + 1
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_numpy_s_error_comes_first_where_the_budget_would_do_too():
    with flops.BudgetContext(1), pytest.raises(ValueError, match="broadcast"):
        fnp.ones(3) + fnp.ones(4)


@pytest.mark.parametrize("a, k, error, message", [
    (np.ones(3), 1, np.linalg.LinAlgError, "at least two-dimensional"),
    (np.full((3, 3), np.nan), 1, np.linalg.LinAlgError, "did not converge"),
    (np.ones((4, 3)), 4, ValueError, r"k must be from 1 to min\(m, n\) = 3, got 4"),
    (np.ones((4, 3)), 1.5, TypeError, "cannot be interpreted as an integer"),
])  # fmt: skip
def test_leading_triplets_are_refused_as_numpy_refuses_all_of_them(a, k, error, message):
    with flops.BudgetContext(10**6) as budget, pytest.raises(error, match=message):
        fnp.linalg.svd(a, k=k)
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)
