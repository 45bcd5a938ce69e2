"""Random draws, methods, operators, in-place operations and indexing of abstract arrays: as those of arrays."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.planning import AbstractArray
from operands import quick, thorough
from planned import charges, same

DRAWS = """
random.Generator: random() | random(5) | random((2, 3)) | random(size=()) | random((2, 3), dtype="f4")
random.Generator: standard_normal((2, 3)) | normal(size=(10, 20)) | normal(x, 1.0) | normal() | normal(0.0, 1.0, 4)
random.Generator: integers(5) | integers(0, 10, size=3) | integers(x.astype(int), 9) | integers(3, size=2, dtype="i4")
random.Generator: uniform(-1, 1, (2, 2)) | exponential(2.0, 3) | gamma(2.0, size=3) | beta(1.0, 2.0, (3, 1))
random.Generator: poisson(3.0, 4) | binomial(10, 0.5) | binomial(10, 0.5, 3) | geometric(0.5, size=2) | zipf(2.0, 3)
random.Generator: hypergeometric(5, 5, 3, 2) | dirichlet([1.0, 2.0, 3.0]) | dirichlet([1.0, 2.0], 4)
random.Generator: multinomial(10, [0.5, 0.5]) | multinomial(10, [0.5, 0.5], 3) | standard_gamma(2.0, 3)
random.Generator: multivariate_normal([0.0, 0.0], np.eye(2)) | multivariate_normal([0.0, 0.0], np.eye(2), (3, 4))
random.Generator: multivariate_hypergeometric([3, 4, 5], 6) | triangular(0.0, 1.0, 2.0, 3) | wald(1.0, 1.0)
random.Generator: choice(10) | choice(10, 3) | choice(x, 2) | choice(x) | choice(y, 2, axis=1) | choice(3)
random.Generator: choice(5, (2, 2), p=[0.2] * 5) | choice(x, (2, 1), replace=True)
random.Generator: permutation(5) | permutation(x) | permutation(y, axis=1) | permuted(y) | shuffle(x) | bytes(3)
random.Generator: standard_exponential(3) | vonmises(0.0, 1.0, 2) | logistic(size=2) | standard_t(3.0, 2) | f(2.0, 3.0)
random.RandomState: rand(2, 3) | rand() | randn(4) | randn() | randint(5) | randint(0, 5, 3) | random_sample((2, 2))
random.RandomState: normal(size=3) | uniform() | choice(4, 2) | permutation(x) | shuffle(x) | standard_normal(2)
random.RandomState: multivariate_normal([0.0, 0.0], np.eye(2)) | poisson(2.0, 3) | tomaxint(2) | bytes(2) | random(3)
random: rand(2, 3) | randn(4) | randint(0, 5, 3) | normal(size=(3, 4)) | permutation(5) | choice(4) | seed(0)
"""
LINES = [line.partition(": ") for line in DRAWS.strip().splitlines()]
DRAW_CALLS = [(home, call.strip()) for home, _, calls in LINES for call in calls.split(" | ")]


def both(function, *arguments):
    """What `function` returns in a plan and in truth, and what each was charged."""
    found = []
    summary = flops.plan(lambda *a: found.append(function(*a)), *[flops.Shaped(a.shape, a.dtype) for a in arguments])
    with flops.BudgetContext(10**12) as budget, np.errstate(all="ignore"):
        real = function(*[fnp.asarray(a) for a in arguments])
    return found[0], summary, real, budget


def check(function, *arguments):
    got, summary, real, budget = both(function, *arguments)
    same(got, real)
    assert charges(summary.to_dict()) == charges(budget.summary_dict())


@pytest.mark.parametrize(("home", "call"), DRAW_CALLS)
def test_a_draw_in_a_plan_has_the_shape_dtype_and_price_of_the_draw(home, call):
    sources = {"random": "fnp.random", "random.Generator": "fnp.random.default_rng(0)",
               "random.RandomState": "fnp.random.RandomState(0)"}  # fmt: skip

    def draw(x, y):
        return eval(f"{sources[home]}.{call}", {"fnp": fnp, "np": np, "x": x, "y": y})

    check(draw, np.ones(4), np.ones((3, 2)))


def test_a_plan_draws_nothing_from_a_generator_it_is_given():
    rng = fnp.random.default_rng(0)
    flops.plan(lambda rng: rng.normal(size=10), rng)
    assert rng.normal() == np.random.default_rng(0).normal()


def test_a_plan_does_not_reseed_the_global_generator():
    fnp.random.seed(3)
    flops.plan(lambda: (fnp.random.seed(0), fnp.random.rand(4)))
    expected = np.random.RandomState(3).rand()
    assert fnp.random.rand() == expected


METHODS = """
x.sum() | x.sum(0) | x.sum(axis=1, keepdims=True) | x.mean() | x.std(0) | x.var(axis=1, ddof=1) | x.max() | x.min(0)
x.argmax() | x.argmax(1) | x.argmin(axis=0) | x.any() | x.all(1) | x.cumsum() | x.cumsum(1) | x.cumprod(axis=0)
x.prod() | x.round(2) | x.clip(0, 1) | x.conj() | x.trace() | x.argsort() | x.argpartition(1) | x.dot(x.T)
x.reshape(4, 3) | x.reshape((2, -1)) | x.reshape(-1) | x.ravel() | x.flatten() | x.T | x.mT | x.transpose(1, 0)
x.transpose() | x.transpose((1, 0)) | x.swapaxes(0, 1) | x.squeeze() | x.repeat(2) | x.repeat(2, axis=1) | x.copy()
x.astype(int) | x.astype("f4", copy=False) | x.take([0, 1]) | x.take([0, 1], axis=1) | x.diagonal() | x.real | x.imag
x.shape | x.size | x.ndim | x.dtype | x.nbytes | x.itemsize | len(x) | [row.shape for row in x] | x.view("i8")
x.T.sum(0) | (x + 1j).imag | (x + 1j).real.sum() | x[0].sum() | x[0, 0] * 2 | x[0, 0] + x | x.sum() * x | x.sum() ** 2
x.searchsorted | x.flat[3] | np.sum(x) | np.add(x, 1) | np.add.reduce(x) | np.add.reduce(x, axis=None)
np.multiply.outer(x, x) | np.add.accumulate(x, 1) | np.add.reduceat(x, [0, 2]) | np.sqrt(x.sum()) | fnp.sqrt(x.sum())
np.maximum(x.sum(), 0) | fnp.maximum(x.sum(), 0) | np.where(x > 0, x, 0) | -x | abs(x) | ~(x > 0) | divmod(x, 2)
1 - x | 2 ** x | x @ x.T | x % 2 | x // 2 | x == None | x != x | x > [1, 2, 3, 4] | [1, 2, 3, 4] + x | np.ones(4) * x
np.ones(4) * x.sum() | x.sum() * np.ones(4) | (x > 0) & (x < 1) | (x > 0).sum() | x.astype("i1") + 100
x.astype("f4") * 2.0
x.astype("f4") * np.float64(2) | np.stack([x, x]) | np.concatenate([x, np.ones((1, 4))]) | np.linalg.norm(x)
fnp.array([x.sum(), 1.0]) | fnp.array([x[0], x[1]]) | fnp.max([x.sum(), x.min()]) | fnp.zeros_like(x) | np.zeros_like(x)
isinstance(x, np.ndarray) | isinstance(x, flops.FlopscopeArray) | isinstance(x.sum(), float)
isinstance(x.sum(), np.generic)
np.shape(x) | np.ndim(x) | np.result_type(x, 1.0) | np.iscomplexobj(x) | fnp.asarray(x) is x | callable(x)
"""
METHOD_CALLS = [call.strip() for line in METHODS.strip().splitlines() for call in line.split(" | ")]
METHOD_CALLS.remove("x.searchsorted")


@pytest.mark.parametrize("call", METHOD_CALLS)
def test_an_expression_in_a_plan_has_the_result_and_price_of_the_expression(call):
    check(lambda x: eval(call, {"fnp": fnp, "np": np, "x": x, "flops": flops}), np.linspace(-1, 1, 12).reshape(3, 4))


STATEMENTS = """
x += 1; r = x | x -= x.sum() | x *= x | x /= 2; r = x | x @= fnp.eye(4); r = x | y = fnp.zeros(4); y += x[0]; r = y
y = x.sum(); y += 1; r = y | x[0] = 1; r = x | x[:, 1] += 2; r = x | x[x > 0] = 0; r = x | x[[0, 2], 1] = x[0, :2]
fnp.add(x, 1, out=x); r = x | np.add(x, 1, out=x); r = x | fnp.sum(x, axis=0, out=x[0]); r = x | x.sort(); r = x
x.partition(1, axis=1); r = x | fnp.add.at(x, [0, 1], 1.0); r = x | np.add.at(x, ([0], [1]), 1.0); r = x | x *= 1; r = x
x.fill(3); r = x
fnp.copyto(x, 5); r = x | fnp.fill_diagonal(x, 0); r = x | y = x.copy(); y[0] = 3; r = y | x.shape = (4, 3); r = x
"""


@pytest.mark.parametrize("code", [one.strip() for line in STATEMENTS.strip().splitlines() for one in line.split(" | ")])
def test_statements_in_a_plan_do_and_cost_what_they_do(code):
    def program(x):
        names = {"fnp": fnp, "np": np, "x": x}
        exec(code, names)
        return names.get("r")

    check(program, np.linspace(-1, 1, 12).reshape(3, 4))


@pytest.mark.parametrize(
    "code",
    [
        "x + fnp.ones(3)", "x @ x", "x.reshape(5)", "x.sum(axis=2)", "x[5]", "x[:, :, 0]", "x[[0, 7]]", "x.dot(x)",
        "fnp.concatenate([x, fnp.ones(2)])", "fnp.stack([x, x[0]])", "fnp.linalg.inv(x)", "fnp.fft.fft(x, n=0)",
        "fnp.einsum('ij,jk->ik', x, x)", "x.transpose(0, 0)", "fnp.tensordot(x, x, 1)", "x.astype('i8').__iadd__(1.5)",
        "x.__setitem__(0, fnp.ones(3))", "fnp.vstack([x, fnp.ones(3)])", "fnp.where(x > 0, x, fnp.ones(3))",
        "fnp.linalg.solve(x[:, :3], fnp.ones(4))", "fnp.broadcast_to(x, (2, 3))", "x.squeeze(0)", "fnp.add(x)",
        "fnp.sum(x, axis='a')", "fnp.max(x[:0])", "fnp.split(x, 5)", "fnp.linalg.svd(x, k=9)", "x[1.5]", "x['a']",
        "fnp.add(x, 1, out=fnp.zeros(3))", "fnp.invert(x)", "x << 1", "fnp.choose(x, [x])", "len(x.sum())",
    ],
)  # fmt: skip
def test_what_numpy_refuses_is_refused_in_a_plan_and_not_charged(code):
    def program(x):
        return eval(code, {"fnp": fnp, "np": np, "x": x})

    x = np.linspace(-1, 1, 12).reshape(3, 4)
    with flops.BudgetContext(10**9) as budget, pytest.raises(Exception) as real:
        program(fnp.asarray(x))

    def guarded(x):
        with pytest.raises(Exception) as got:
            program(x)
        assert isinstance(got.value, real.type) or isinstance(real.value, type(got.value)), got.value
        assert not isinstance(got.value, flops.FlopscopeError)

    assert flops.plan(guarded, flops.Shaped(x.shape)).flops_used == budget.flops_used


@st.composite
def indexings(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    basic = draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    entries = list(basic) if isinstance(basic, tuple) else [basic]
    axis = 0
    for place, entry in enumerate(entries):
        if entry is Ellipsis:
            break
        if entry is None:
            continue
        if draw(st.booleans()):
            sizes = draw(st.sampled_from([(), (2,), (3,), (1,), (3, 2)]))
            chosen = np.arange(int(np.prod(sizes))).reshape(sizes) % shape[axis]
            entries[place] = chosen.tolist() if sizes and draw(st.booleans()) else chosen
        axis += 1
    return shape, tuple(entries)


@thorough
@given(indexings())
def test_an_index_selects_what_it_selects_in_numpy(drawn):
    shape, index = drawn
    array = np.zeros(shape)
    try:
        expected = array[index]
    except IndexError:
        return
    found = []
    unknown = tuple(flops.Shaped(e.shape, e.dtype) if isinstance(e, np.ndarray) else e for e in index)
    flops.plan(lambda a, i: found.extend([a[i], a[index]]), flops.Shaped(shape), unknown)
    for got in found:
        assert got.shape == expected.shape
        assert isinstance(got, np.ndarray) == (isinstance(expected, np.ndarray))


@quick
@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_known_mask_selects_as_many_as_are_true(mask):
    found = []
    flops.plan(
        lambda a, m: found.extend([a[m], a[np.array(mask)], a[:, None][m]]), flops.Shaped((3, 2)), np.array(mask)
    )
    assert [a.shape for a in found] == [(sum(mask), 2), (sum(mask), 2), (sum(mask), 1, 2)]


def test_operators_by_name_take_abstract_arrays():
    found = []
    flops.plan(lambda x: found.append(operator.add(x, 1)), flops.Shaped(3))
    assert type(found[0]) is AbstractArray


CALLBACKS = """
fnp.apply_along_axis(lambda row: row * 2, 1, x) | fnp.apply_along_axis(fnp.sum, 0, x)
fnp.apply_over_axes(fnp.sum, x, [0, 1]) | fnp.fromfunction(lambda i, j: i + j * 2, (3, 4)) | fnp.emath.sqrt(abs(x))
fnp.polynomial.polynomial.polyval(x, [1.0, 2.0]) | fnp.polynomial.chebyshev.chebvander(x[0], 3)
fnp.polynomial.legendre.legfit(x[0], x[1], 2) | fnp.polynomial.polynomial.polymul(x[0], x[1]) | fnp.mgrid[0:3, 0:4] * x
fnp.polynomial.polynomial.polysub(x[0], x[1]) | fnp.polynomial.hermite.hermder(x[0])
np.polynomial.polynomial.polyval(x, [1.0])
flops.stats.norm.pdf(x) | flops.stats.norm.cdf(x, loc=0.5) | flops.stats.norm.rvs(size=(3, 2))
flops.stats.norm.ppf(abs(x[0, 0]) / 9)
"""


@pytest.mark.parametrize(
    "call", [call.strip() for line in CALLBACKS.strip().splitlines() for call in line.split(" | ")]
)
def test_a_rarer_function_in_a_plan_has_the_result_and_price_of_the_function(call):
    check(lambda x: eval(call, {"fnp": fnp, "np": np, "x": x, "flops": flops}), np.linspace(-1, 1, 12).reshape(3, 4))


SAME = """
x.T @ x | x @ x.T | x.dot(x.T) | x[0] @ x[0] | fnp.einsum("ij,ik->jk", x, x) | fnp.outer(x[1], x[1]) | x[1:].T @ x[1:]
fnp.tensordot(x, x, 2) | fnp.inner(x, x) | x[0][:, None] @ x[0][None] | x.T @ x.copy() | x[:2].T @ x[1:]
fnp.kron(x, x)
x.ravel() @ x.reshape(-1) | np.matmul(x, np.swapaxes(x, 0, 1)) | x[::-1].T @ x[::-1]
fnp.einsum("ij,ij,kj->ik", x, x, x)
x[:, 1] @ x[:, 1] | x[0, 1:] @ x.T[1:, 0] | (x + 1).T @ (x + 1) | fnp.vecdot(x, x)
x[:, :3] @ x[:, :3].T @ x[:, :3]
"""


@pytest.mark.parametrize("call", [call.strip() for line in SAME.strip().splitlines() for call in line.split(" | ")])
def test_a_product_of_an_array_with_itself_is_recognised(call):
    check(lambda x: eval(call, {"fnp": fnp, "np": np, "x": x}), np.linspace(-1, 1, 12).reshape(3, 4))
