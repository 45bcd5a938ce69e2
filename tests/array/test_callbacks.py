"""Functions that call back into user code, and classes that compute: what they charge, exactly and once."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import FlopscopeArray

RAW = np.arange(12.0).reshape(3, 4)


def charged(function):
    """What a call gives, and the names and prices of the ops that it was charged."""
    with flops.BudgetContext(10**6) as budget:
        result = function()
    return result, [(record.op_name, record.flop_cost) for record in budget.op_log]


def fill_by_sum(line, width, axis, kwargs):
    line[: width[0]] = (2 * line).sum()


CALLS = [  # call on the module and an array, what it is charged
    (lambda np, x: np.apply_along_axis(lambda row: (row * row).sum(), 1, x), [("multiply", 4), ("sum", 4)] * 3),
    (lambda np, x: np.apply_over_axes(np.sum, x, [0, 1]), [("sum", 12), ("sum", 4)]),
    (lambda np, x: np.fromfunction(lambda i, j: i + j, (3, 4)), [("add", 12)]),
    (lambda np, x: np.mask_indices(3, np.triu), [("mask_indices", 2 * 9)]),
    (lambda np, x: np.piecewise(x, [x < 3], [lambda v: 2 * v]), [("less", 12), ("multiply", 3)]),
    (  # 3 below, 4 above, 5 between; any of 2 conditions of 12, and not
        lambda np, x: np.piecewise(x, [x < 3, x > 7], [lambda v: 2 * v, -1, lambda v: v + 1]),
        [("less", 12), ("greater", 12), ("piecewise", 2 * 12 + 12), ("multiply", 3), ("add", 5)],
    ),
    (lambda np, x: np.pad(x[0], 1, fill_by_sum), [("multiply", 6), ("sum", 6)]),
    (lambda np, x: np.vectorize(lambda a, b: a + b)(x, x[0]), [("vectorize", 12)]),
    (
        lambda np, x: np.vectorize(lambda row: (2 * row).sum(), signature="(n)->()")(x),
        [("multiply", 4), ("sum", 4)] * 3,
    ),
    (lambda np, x: np.vectorize(lambda a, b: a + b, excluded=[1])(x, 5), [("vectorize", 12)]),
    (lambda np, x: np.frompyfunc(lambda a, b: a + b, 2, 1)(x, 1), [("<lambda> (vectorized)", 12)]),
    (lambda np, x: np.frompyfunc(lambda a, b: a + b, 2, 1).reduce(x), [("<lambda> (vectorized).reduce", 12)]),
    (  # 5 points, matrix to degree 4, product, scaling: 2*5 + 2*4*5 + 5*5 + 5
        lambda np, x: np.polynomial.chebyshev.chebinterpolate(lambda t: t * t, 4),
        [("polynomial.chebyshev.chebinterpolate", 80), ("multiply", 5)],
    ),
    (lambda np, x: np.emath.sqrt(-x), [("negative", 12), ("emath.sqrt", 12)]),
    (lambda np, x: np.lib.stride_tricks.sliding_window_view(x[0], 2).sum(axis=1), [("sum", 3 * 2)]),
]


@pytest.mark.parametrize("call, log", CALLS)
def test_what_is_called_is_charged_as_itself_and_the_rest_once(call, log):
    expected = call(np, RAW)
    for x in (fnp.asarray(RAW), RAW):
        found, ours = charged(lambda x=x: call(fnp, x))
        # On a plain array NumPy's own operators are not counted, what fnp hands to the function is.
        assert ours == log or (x is RAW and [op for op in log if op[0] not in ("less", "greater", "negative")] == ours)
        for one, other in zip(*((r if isinstance(r, tuple) else (r,)) for r in (found, expected)), strict=True):
            assert type(one) is FlopscopeArray
            assert one.dtype == other.dtype
            assert one.tolist() == other.tolist()


def test_a_vectorized_function_is_numpy_s_and_refuses_as_numpy_s():
    @fnp.vectorize
    def larger(a, b):
        """The larger."""
        return a if a > b else b

    assert isinstance(larger, np.vectorize)
    assert larger.__doc__ == "The larger."
    with flops.BudgetContext(100) as budget, pytest.raises(ValueError, match="could not be broadcast"):
        larger(RAW, [1, 2])
    assert budget.flops_used == len(budget.op_log) == 0
    calls = []
    with flops.BudgetContext(11), pytest.raises(flops.BudgetExhaustedError, match="vectorize would cost 12"):
        fnp.vectorize(calls.append)(RAW)
    assert calls == []


# -- series ----------------------------------------------------------------------------------------------------------

SERIES = [  # on p of 3 terms and q of 2: call, what it is charged
    (lambda P, p, q: p + q, [("polyadd", 3)]),
    (lambda P, p, q: 1 - p, [("polysub", 3)]),
    (lambda P, p, q: p * q, [("polymul", 3 * 2)]),
    (lambda P, p, q: 2 * p, [("polymul", 3)]),
    (lambda P, p, q: p // q, [("polydiv", 2 * 2)]),
    (lambda P, p, q: divmod(p, q), [("polydiv", 2 * 2)]),
    (lambda P, p, q: q**3, [("polypow", 2 * 2 + 2 * 3)]),
    (lambda P, p, q: -p, [("negative", 3)]),
    (lambda P, p, q: p(RAW), [("mapdomain", 2 * 12 + 7), ("polyval", 2 * 12)]),
    (lambda P, p, q: p(2.0), [("mapdomain", 2 + 7), ("polyval", 2)]),
    (lambda P, p, q: p.deriv(), [("mapparms", 7), ("polyder", 2)]),
    (lambda P, p, q: p.integ(), [("mapparms", 7), ("divide", 1), ("polyint", 2 * 3)]),
    (lambda P, p, q: p.roots(), [("polyroots", 2**3 + 2 * 2 + 2 * 1), ("mapdomain", 2 * 2 + 7)]),
    (lambda P, p, q: p.trim(), [("trimcoef", 2 * 3)]),
    (lambda P, p, q: p.linspace(5), [("mapdomain", 2 * 5 + 7), ("polyval", 2 * 5)]),
    (lambda P, p, q: P.identity(), [("mapparms", 7)]),
    (lambda P, p, q: P.basis(4), []),
    (lambda P, p, q: (p.copy(), p.degree(), p.cutdeg(1), p.truncate(2), len(p), str(p), repr(p), f"{p:ascii}"), []),
]


def coefficients(value):
    if isinstance(value, tuple):
        return list(map(coefficients, value))
    return coefficients(value.coef) if hasattr(value, "coef") else np.asarray(value).tolist()


@pytest.mark.parametrize("call, log", SERIES)
def test_a_series_is_charged_as_the_functions_of_its_module(call, log):
    theirs, ours = np.polynomial.Polynomial, fnp.polynomial.Polynomial
    expected = call(theirs, theirs([1, 2, 3]), theirs([1, 1]))
    found, charges = charged(lambda: call(ours, ours([1, 2, 3]), ours([1, 1])))
    assert [(name.rpartition(".")[2], cost) for name, cost in charges] == log
    assert coefficients(found) == coefficients(expected)
    if isinstance(expected, theirs):
        assert type(found) is ours
        assert type(found.coef) is FlopscopeArray


@pytest.mark.parametrize("name", ["Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre"])
def test_the_six_classes_are_numpy_s_and_counted(name):
    ours, theirs = getattr(fnp.polynomial, name), getattr(np.polynomial, name)
    p, q = ours([1, 2, 3]), theirs([1, 2, 3])
    assert issubclass(ours, theirs)
    assert (p(0.5), p.domain.tolist(), str(p), repr(p)) == (q(0.5), q.domain.tolist(), str(q), repr(q))
    x, y = fnp.linspace(0, 1, 6), np.linspace(0, 1, 6) ** 2
    fitted, log = charged(lambda: ours.fit(x, y, 2))
    assert fitted.coef.tolist() == theirs.fit(x, y, 2).coef.tolist()
    assert [name.rpartition(".")[2] for name, _ in log[:2]] == ["getdomain", "mapdomain"]
    assert log[2][0].endswith("fit")
    assert len(log) == 3
    for twin in (copy.copy(p), copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert type(twin) is ours
        assert twin == p
        assert type(twin.coef) is FlopscopeArray
    assert fnp.polynomial.Polynomial([1, 2]).convert(kind=ours).coef.tolist() == (
        np.polynomial.Polynomial([1, 2]).convert(kind=theirs).coef.tolist()
    )


POLY1D = [
    (lambda P, p: p(RAW), [("polyval", 2 * 12)]),
    (lambda P, p: p * p, [("polymul", 3 * 3)]),
    (lambda P, p: 1 + p, [("polyadd", 3)]),
    (lambda P, p: p / P([1, 1]), [("polydiv", 2 * 2)]),
    (lambda P, p: p.deriv(), [("polyder", 2)]),
    (lambda P, p: p.integ(), [("polyint", 3)]),
    (lambda P, p: 2 * p, [("multiply", 3)]),
    (lambda P, p: (str(p), repr(p), p.order, p[1]), []),
]


@pytest.mark.parametrize("call, log", POLY1D)
def test_poly1d_is_charged_as_the_functions_of_polynomials(call, log):
    def text(value):
        return repr(value.tolist() if isinstance(value, np.ndarray) else value)

    expected = call(np.poly1d, np.poly1d([1, 2, 3]))
    found, charges = charged(lambda: call(fnp.poly1d, fnp.poly1d([1, 2, 3])))
    assert charges == log
    assert text(found) == text(expected)
    assert type(expected) is not np.poly1d or type(found) is fnp.poly1d
    assert type(fnp.polymul(fnp.poly1d([1, 2]), [1, 2])) is fnp.poly1d
    assert type(fnp.poly1d([1, 2]).r) is FlopscopeArray


@pytest.mark.parametrize("kind", [np.poly1d, fnp.poly1d])
def test_a_polynomial_of_a_polynomial_is_charged_whosever_class_it_is(kind):
    found, charges = charged(lambda: fnp.polyval([1, 2, 3], kind([1, 2])))
    assert found == np.polyval([1, 2, 3], np.poly1d([1, 2]))
    # 0*x + 1, then (1)*x + 2, then (1, 4)*x + 3
    assert [cost for _, cost in charges] == [2, 1, 2, 2, 4, 3]


# -- arrays of classes of their own ----------------------------------------------------------------------------------


def test_records_hand_out_counted_fields():
    records = fnp.rec.fromarrays([[1, 2], [3.0, 4.0]], names="a,b")
    assert type(records) is fnp.recarray is fnp.rec.recarray
    assert isinstance(records, np.recarray)
    for field in (records.b, records["b"], records[:1].b):
        assert type(field) is FlopscopeArray
    assert charged(lambda: records.b * 2)[1] == [("multiply", 2)]
    records.b = [7, 8]
    assert records.tolist() == [(1, 7), (2, 8)]
    assert repr(records) == repr(np.rec.fromarrays([[1, 2], [7.0, 8.0]], names="a,b"))
    assert type(pickle.loads(pickle.dumps(records))) is fnp.recarray


def test_arrays_in_files_are_counted(tmp_path):
    array = fnp.memmap(tmp_path / "data", dtype=float, mode="w+", shape=(3, 4))
    array[:] = RAW
    assert isinstance(array, np.memmap)
    assert charged(lambda: (array * 2, array.sum()))[1] == [("multiply", 12), ("sum", 12)]
    array.flush()
    assert np.fromfile(tmp_path / "data").tolist() == RAW.ravel().tolist()
    fnp.save(tmp_path / "saved.npy", RAW)
    for opened in (fnp.load(tmp_path / "saved.npy", mmap_mode="r"), fnp.lib.format.open_memmap(tmp_path / "saved.npy")):
        assert type(opened) is fnp.memmap
        assert charged(lambda opened=opened: opened + 1)[1] == [("add", 12)]


def test_a_buffered_iterator_hands_out_counted_blocks():
    blocks = list(fnp.lib.Arrayterator(RAW, 4))
    assert {type(block) for block in blocks} == {FlopscopeArray}
    assert [block.ravel().tolist() for block in blocks] == RAW.tolist()


def test_parts_of_a_file_that_are_copies_are_arrays_in_memory(tmp_path):
    array = fnp.memmap(tmp_path / "data", dtype=float, mode="w+", shape=(3, 4))
    theirs = np.memmap(tmp_path / "data", dtype=float, mode="r", shape=(3, 4))
    kinds = {np.memmap: fnp.memmap, np.ndarray: FlopscopeArray, np.float64: np.float64}
    for index in ([0, 1], 0, slice(1), (0, 0), theirs > 0, (slice(None), [0, 2]), ...):
        assert type(array[index]) is kinds[type(theirs[index])]
        assert np.array_equal(array[index], theirs[index])


def test_a_polynomial_is_formatted_with_its_own_attributes():
    class Loud(fnp.polynomial.Polynomial):
        basis_name = "X"

        @staticmethod
        def _repr_latex_scalar(x, parens=False):
            return f"<{x}>"

    p, q = (module.polynomial.Polynomial([1.0, 2.0]) for module in (fnp, np))
    for polynomial in (p, q):
        polynomial._repr_latex_scalar = lambda x, parens=False: f"<{x}>"
    with flops.BudgetContext(1) as budget:
        assert p._repr_latex_() == q._repr_latex_() != np.polynomial.Polynomial([1.0, 2.0])._repr_latex_()
        assert Loud([1.0, 2.0])._repr_latex_() == q._repr_latex_()
    assert len(budget.op_log) == 0


def test_domains_and_windows_of_polynomials_are_counted_arrays():
    p, q = fnp.polynomial.Chebyshev([1.0, 2.0], domain=[0, 4]), fnp.polynomial.Chebyshev([1.0, 2.0], domain=[0, 4])
    for found in (p.domain, p.window, fnp.polynomial.Chebyshev.domain, (p + q).domain):
        assert type(found) is FlopscopeArray
    with flops.BudgetContext(1000) as budget:
        _ = p + q, p - q, 2 * p
    assert [record.op_name for record in budget.op_log] == [
        f"polynomial.chebyshev.cheb{name}" for name in ("add", "sub", "mul")
    ]
