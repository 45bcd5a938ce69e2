"""``flopscope.stats`` against ``scipy.stats``: values, shapes, dtypes, variates; and what it is charged."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.costs.table import TABLE

scipy_stats = pytest.importorskip("scipy.stats")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:scipy")

# Shape parameters to try each distribution with.
SHAPES: dict[str, list[tuple[float, ...]]] = {
    "norm": [()],
    "uniform": [()],
    "expon": [()],
    "cauchy": [()],
    "logistic": [()],
    "laplace": [()],
    "lognorm": [(0.3,), (1.0,), (2.5,)],
    "truncnorm": [
        (-1, 2), (0.5, 3), (-5, -2), (-8, 9), (-30, -20), (20, 40), (0, 1), (-1, 0),
        (-np.inf, 1), (2, np.inf), (30, np.inf), (-np.inf, np.inf),
    ],
}  # fmt: skip
METHODS = ("pdf", "logpdf", "cdf", "sf", "ppf")
ALL = [(name, shapes) for name, several in SHAPES.items() for shapes in several]

LINE = np.concatenate(
    [
        np.linspace(-50, 50, 501),
        np.logspace(-10, 300, 621),
        -np.logspace(-10, 300, 621),
        [0.0, -0.0, 1.0, np.inf, -np.inf, np.nan],
    ]
)
UNIT = np.concatenate([np.linspace(-0.1, 1.1, 601), np.logspace(-300, 0, 601), 1 - np.logspace(-16, -1, 100), [np.nan]])


def pair(name: str, method: str) -> tuple[Any, Any]:
    return getattr(getattr(flops.stats, name), method), getattr(getattr(scipy_stats, name), method)


def points(method: str) -> np.ndarray:
    return UNIT if method == "ppf" else LINE


@pytest.mark.parametrize("loc, scale", [(0, 1), (1.5, 2.0), (-3, 1e-3), (0.25, 1e6)])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, shapes", ALL)
def test_values_are_those_of_scipy_also_in_the_tails(name, shapes, method, loc, scale):
    ours, theirs = pair(name, method)
    x = points(method)
    found, expected = ours(x, *shapes, loc, scale), theirs(x, *shapes, loc, scale)
    assert type(found) is flops.FlopscopeArray
    assert found.dtype == expected.dtype
    found = np.asarray(found)
    known = np.ones(x.shape, bool)
    if (name, method) == ("laplace", "logpdf"):  # SciPy takes the logarithm of a density that underflows
        known = expected > -700
        z = abs(x - loc) / scale
        np.testing.assert_allclose(found[~np.isnan(z)], (-z - np.log(2 * scale))[~np.isnan(z)], rtol=1e-12, atol=0)
    # What cancels in both (the share of a narrow slice, x - a) is compared in units of the whole.
    atol = 1e-15 if name == "truncnorm" and method in ("cdf", "sf") else 1e-300
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-12, atol=atol)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, shapes", [(name, several[0]) for name, several in SHAPES.items()])
def test_scalars_lists_and_every_kind_of_array_are_taken(name, shapes, method):
    ours, theirs = pair(name, method)
    values = [0.25, 0.5, 0.75]
    expected = theirs(values, *shapes)
    for x in (values, tuple(values), np.array(values), fnp.array(values), [fnp.float64(v) for v in values]):
        found = ours(x, *shapes)
        assert type(found) is flops.FlopscopeArray
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)
    for x in (0.25, np.float64(0.25), fnp.array(0.25)):
        found = ours(x, *shapes)
        assert isinstance(found, float)
        assert found == pytest.approx(expected[0], rel=1e-12)
    assert ours(1, *shapes) == pytest.approx(theirs(1, *shapes), rel=1e-12)
    assert ours(fnp.zeros((0, 3)), *shapes).shape == (0, 3)


class Series:
    """An array of another library, as pandas' Series: NumPy's protocol, and a shape."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)
        self.shape = self.values.shape

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.values.astype(dtype or self.values.dtype)

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("SciPy's distributions convert their arguments, and so do ours")


def test_an_array_of_another_library_is_converted_and_charged():
    with flops.BudgetContext(100) as budget:
        found = flops.stats.norm.cdf(Series([0.0, 1.0, 2.0]))
    assert type(found) is flops.FlopscopeArray
    np.testing.assert_allclose(np.asarray(found), scipy_stats.norm.cdf([0.0, 1.0, 2.0]), rtol=1e-12)
    assert budget.flops_used == 3


@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 8), (), ()),
        ((3, 1), (4,), ()),
        ((), (4,), (2, 1)),
        ((5, 1, 1), (1, 3, 1), (1, 1, 2)),
        ((0, 3), (3,), ()),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_the_argument_broadcasts_with_location_and_scale(method, shapes):
    x, loc, scale = (np.full(shape, value) for shape, value in zip(shapes, (0.25, -0.5, 2.0), strict=True))
    ours, theirs = pair("norm", method)
    expected = theirs(x, loc, scale)
    with flops.BudgetContext(1000) as budget:
        found = ours(x, loc=fnp.asarray(loc), scale=scale)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)
    assert budget.flops_used == expected.size


def test_shape_parameters_broadcast():
    x, s = np.linspace(0.1, 3, 5), np.array([[0.5], [1.0]])
    np.testing.assert_allclose(np.asarray(flops.stats.lognorm.pdf(x, s)), scipy_stats.lognorm.pdf(x, s), rtol=1e-12)
    a, b = np.array([-1.0, 0.0, 1.0]), np.array([[2.0], [np.inf]])
    with flops.BudgetContext(100) as budget:
        found = flops.stats.truncnorm.cdf(1.5, a, b, loc=np.zeros((4, 1, 1)))
    np.testing.assert_allclose(
        np.asarray(found), scipy_stats.truncnorm.cdf(1.5, a, b, loc=np.zeros((4, 1, 1))), rtol=1e-12
    )
    assert budget.flops_used == 24  # 4*2*3


@pytest.mark.parametrize(
    "dtypes, expected",
    [
        (["f4"], "f4"),
        (["f8"], "f8"),
        (["f2"], "f2"),
        (["i4"], "f8"),
        (["i1"], "f8"),
        (["?"], "f8"),
        (["f4", "f4"], "f4"),
        (["f4", "f8"], "f8"),
        (["f4", "i8"], "f8"),
        (["f2", "f4", "f4"], "f4"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_floating_dtypes_are_kept_and_the_others_become_float64(method, dtypes, expected):
    operands = [np.ones(3, dtype) for dtype in dtypes]
    ours, theirs = pair("norm", method)
    found = ours(*operands)
    assert found.dtype == np.dtype(expected)
    np.testing.assert_array_equal(np.asarray(found), theirs(*operands).astype(expected))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, shapes", [(name, several[0]) for name, several in SHAPES.items()])
def test_the_longest_floats_are_kept_also_where_scipy_has_no_function_for_them(name, shapes, method):
    ours, theirs = pair(name, method)
    found = ours(np.array([0.25, 0.5], "g"), *shapes)
    assert found.dtype == np.longdouble
    np.testing.assert_allclose(np.asarray(found, float), theirs([0.25, 0.5], *shapes), rtol=1e-12)


def test_python_numbers_do_not_widen_a_dtype():
    x = fnp.ones(3, dtype="f4")
    assert flops.stats.norm.pdf(x, 0.5, 2).dtype == np.float32
    assert flops.stats.truncnorm.pdf(x, -1.0, 2, loc=0, scale=1.5).dtype == np.float32
    assert flops.stats.norm.pdf(np.float32(1)).dtype == np.float32


def test_the_tails_survive_single_precision():
    # computed in double precision: 1 - cdf would be 0 from 5.5 on in single precision
    x = fnp.asarray(np.array([5.0, 8.0, 10.0], "f4"))
    expected = scipy_stats.norm.sf([5.0, 8.0, 10.0]).astype("f4")
    np.testing.assert_array_equal(np.asarray(flops.stats.norm.sf(x)), expected)


@pytest.mark.parametrize("scale", [0, -1, np.nan, -np.inf])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, shapes", [(name, several[0]) for name, several in SHAPES.items()])
def test_an_impossible_scale_gives_nan(name, shapes, method, scale):
    ours, theirs = pair(name, method)
    x = np.array([0.0, 0.25, 1.0])
    np.testing.assert_array_equal(np.asarray(ours(x, *shapes, 0, scale)), [np.nan] * 3)
    np.testing.assert_array_equal(theirs(x, *shapes, 0, scale), [np.nan] * 3)
    mixed = np.asarray(ours(0.25, *shapes, 0, [1.0, scale]))
    assert np.isnan(mixed).tolist() == [False, True]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "name, shapes",
    [("lognorm", (0,)), ("lognorm", (-1,)), ("lognorm", (np.nan,)), ("truncnorm", (2, 1)), ("truncnorm", (1, 1))],
)
def test_impossible_shape_parameters_give_nan(name, shapes, method):
    ours, theirs = pair(name, method)
    assert np.isnan(ours(0.5, *shapes))
    assert np.isnan(theirs(0.5, *shapes))


# Variates


def sources() -> list[Any]:
    """Makers of ``random_state``, of ours and of NumPy's for the same numbers."""
    return [
        (lambda: 0, lambda: 0),
        (lambda: np.int64(7), lambda: 7),
        (lambda: np.random.default_rng(3), lambda: np.random.default_rng(3)),
        (lambda: fnp.random.default_rng(3), lambda: np.random.default_rng(3)),
        (lambda: np.random.RandomState(5), lambda: np.random.RandomState(5)),
        (lambda: fnp.random.RandomState(5), lambda: np.random.RandomState(5)),
    ]


@pytest.mark.parametrize("ours, numpys", sources())
@pytest.mark.parametrize("name, shapes", ALL)
def test_variates_are_scipys_for_the_same_seed(name, shapes, ours, numpys):
    mine, theirs = pair(name, "rvs")
    expected = theirs(*shapes, 1.5, 2.0, size=(10, 20), random_state=numpys())
    with flops.BudgetContext(10_000) as budget:
        found = mine(*shapes, 1.5, 2.0, size=(10, 20), random_state=ours())
    assert type(found) is flops.FlopscopeArray
    assert found.dtype == expected.dtype
    # cauchy and truncnorm invert a probability, so rounding may differ; the others are the same operations
    np.testing.assert_allclose(
        np.asarray(found), expected, rtol=1e-12 if name in ("cauchy", "truncnorm") else 0, atol=0
    )
    assert budget.flops_used == 200  # 10*20, also where our own Generator draws
    assert [record.op_name for record in budget.op_log] == [f"stats.{name}.rvs"]


def test_a_source_goes_on_where_it_was():
    rng, reference = fnp.random.default_rng(1), np.random.default_rng(1)
    first, second = (flops.stats.norm.rvs(size=3, random_state=rng) for _ in range(2))
    np.testing.assert_array_equal(np.concatenate([first, second]), reference.standard_normal(6))


@pytest.mark.parametrize("source", [None, np.random, fnp.random])
def test_without_a_source_the_global_one_is_used(source):
    fnp.random.seed(11)
    found = flops.stats.laplace.rvs(size=4, random_state=source)
    np.random.seed(11)
    np.testing.assert_array_equal(found, scipy_stats.laplace.rvs(size=4))


@pytest.mark.parametrize(
    "parameters, size, shape",
    [
        ((), None, ()),
        ((), 3, (3,)),
        ((), (2, 3), (2, 3)),
        ((), (), ()),
        ((np.zeros(4),), None, (4,)),
        ((np.zeros(4), np.ones((3, 1))), None, (3, 4)),
        ((np.zeros(4),), (3, 4), (3, 4)),
        ((np.zeros((1, 4)),), None, (4,)),
        ((np.zeros((1, 1, 4)),), 4, (4,)),
        (([[2.0]],), None, ()),
        ((0, 0), (2, 3), (2, 3)),
        ((), (0, 3), (0, 3)),
    ],
)
def test_variates_have_the_shape_that_scipy_gives_them(parameters, size, shape):
    expected = scipy_stats.norm.rvs(*parameters, size=size, random_state=1)
    with flops.BudgetContext(1000) as budget:
        found = flops.stats.norm.rvs(*parameters, size=size, random_state=1)
    assert np.shape(found) == np.shape(expected) == shape
    np.testing.assert_array_equal(np.asarray(found), expected)
    assert budget.flops_used == int(np.prod(shape))


@pytest.mark.parametrize(
    "call",
    [
        lambda stats: stats.norm.rvs(scale=-1, size=3),
        lambda stats: stats.norm.rvs(scale=[1, -1]),
        lambda stats: stats.lognorm.rvs(0, size=3),
        lambda stats: stats.truncnorm.rvs(2, 1, size=3),
        lambda stats: stats.norm.rvs(loc=np.zeros(4), size=3),
        lambda stats: stats.norm.rvs(size=-1),
        lambda stats: stats.norm.rvs(random_state="seed"),
        lambda stats: stats.norm.pdf(np.zeros(3), np.zeros(4)),
        lambda stats: stats.norm.cdf(np.zeros(3), scale=np.ones((2, 2))),
    ],
)
def test_what_scipy_refuses_is_refused_and_not_charged(call):
    with pytest.raises(ValueError):
        call(scipy_stats)
    with flops.BudgetContext(1000) as budget, pytest.raises(ValueError):
        call(flops.stats)
    assert budget.flops_used == 0
    assert len(budget.op_log) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda stats: stats.norm.pdf(),
        lambda stats: stats.lognorm.pdf(1.0),
        lambda stats: stats.norm.pdf(1.0, 0, 1, 2),
        lambda stats: stats.norm.pdf(1.0, sigma=2),
        lambda stats: stats.truncnorm.ppf(0.5, 1),
        lambda stats: stats.norm.cdf("text"),
        lambda stats: stats.norm.ppf(q=0.5, x=1),
    ],
)
def test_wrong_arguments_are_a_type_error_and_not_charged(call):
    with flops.BudgetContext(1000) as budget, pytest.raises(TypeError):
        call(flops.stats)
    assert budget.flops_used == 0


def test_a_missing_parameter_is_named_with_its_method():
    with pytest.raises(TypeError, match=r"^lognorm\.pdf\(\): missing a required argument: 's'"):
        flops.stats.lognorm.pdf(1.0)


def test_complex_numbers_are_refused():
    with flops.BudgetContext(1000) as budget, pytest.raises(TypeError, match="real numbers, got dtype complex128"):
        flops.stats.norm.pdf(1j)
    assert budget.flops_used == 0


# Costs


@pytest.mark.parametrize("name", SHAPES)
def test_a_method_has_scipys_parameters_and_a_row(name):
    shapes = {"lognorm": ["s"], "truncnorm": ["a", "b"]}.get(name, [])
    distribution = getattr(flops.stats, name)
    for method in METHODS:
        first = "q" if method == "ppf" else "x"
        assert list(inspect.signature(getattr(distribution, method)).parameters) == [first, *shapes, "loc", "scale"]
        assert f"stats.{name}.{method}" in TABLE
    signature = inspect.signature(distribution.rvs)
    assert list(signature.parameters) == [*shapes, "loc", "scale", "size", "random_state"]
    assert "[FLOPs] numel(result)" in distribution.pdf.__doc__


@pytest.mark.parametrize(
    "op, operands, parameters, flops_expected",
    [
        ("stats.norm.pdf", [(4, 8)], {}, 32),  # 4*8
        ("stats.norm.ppf", [(5,)], {}, 5),
        ("stats.norm.cdf", [(3, 1), (4,)], {}, 12),  # 3*4
        ("stats.norm.cdf", [(3, 1)], {"scale": flops.Shaped((4,))}, 12),  # 3*4
        ("stats.expon.sf", [()], {}, 1),
        ("stats.lognorm.logpdf", [(10,), 0.5], {}, 10),
        ("stats.truncnorm.ppf", [(7,), (2, 1), 3.0], {}, 14),  # 2*7
        ("stats.norm.pdf", [(10**6, 10**6)], {}, 10**12),
        ("stats.norm.rvs", [], {"size": (10, 20)}, 200),  # 10*20
        ("stats.norm.rvs", [(3, 1), (4,)], {}, 12),  # 3*4
        ("stats.cauchy.rvs", [], {}, 1),
        ("stats.truncnorm.rvs", [-1, 2], {"size": 9}, 9),
    ],
)
def test_a_price_is_the_number_of_elements_of_the_result(op, operands, parameters, flops_expected):
    assert flops.cost(op, *operands, **parameters) == flops_expected


def test_planning_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="do not broadcast"):
        flops.cost("stats.norm.pdf", (3,), (4,))
    with pytest.raises(TypeError, match=r"stats\.norm\.pdf"):
        flops.cost("stats.norm.pdf", (3,), sigma=1)


def test_an_overrun_is_refused_before_anything_is_drawn():
    rng = np.random.default_rng(0)
    with flops.BudgetContext(10) as budget, pytest.raises(flops.BudgetExhaustedError, match=r"stats\.norm\.rvs"):
        flops.stats.norm.rvs(size=11, random_state=rng)
    assert budget.flops_used == 0
    assert rng.random() == np.random.default_rng(0).random()


def test_a_call_is_logged_once_with_the_shapes_of_its_operands():
    with flops.BudgetContext(100) as budget:
        flops.stats.norm.cdf(fnp.ones((3, 1)), loc=fnp.ones(4))
    (record,) = budget.op_log
    assert (record.op_name, record.flop_cost, record.shapes) == ("stats.norm.cdf", 12, ((3, 1), (4,)))


def test_distributions_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(flops.stats.norm)) is flops.stats.norm
    assert repr(flops.stats.norm) == "flopscope.stats.norm"


# Without SciPy


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] == "scipy":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import flopscope as flops
with flops.BudgetContext(100) as budget:
    for name in "norm uniform expon cauchy logistic laplace".split():
        for method in "pdf logpdf cdf sf ppf".split():
            try:
                getattr(getattr(flops.stats, name), method)(0.5)
            except ImportError as error:
                assert type(error) is ImportError
                message = str(error)
            else:
                raise SystemExit(f"{name}.{method} ran")
print(budget.flops_used, flops.cost("stats.norm.pdf", (4, 8)), message)
"""


def test_without_scipy_a_call_says_which_extra_to_install_and_charges_nothing():
    run = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout == (
        "0 32 flopscope.stats.laplace needs SciPy (No module named 'scipy'); "
        "install it with: pip install 'flopscope[stats]'\n"
    )


def test_scipy_is_not_imported_before_it_is_needed():
    program = "import sys, flopscope; flopscope.stats.norm; print('scipy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
