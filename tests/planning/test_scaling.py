"""Growth: counts are exact, forms go through all of them or are none, crossovers are where the order changes."""

from __future__ import annotations

from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.costs.shapes import ceil_log2
from flopscope.planning.forms import Form, crossover, fitted
from operands import thorough

POINTS = [3, 5, 8, 16, 27, 64, 100, 128, 250, 1000]


@thorough
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5), st.lists(st.integers(-9, 9), max_size=3))
def test_a_form_is_found_again_from_its_values(powers, logs):
    terms = {(i, False): Fraction(c) for i, c in enumerate(powers) if c}
    terms |= {(i, True): Fraction(c) for i, c in enumerate(logs) if c}
    form = Form(terms)
    found = fitted(POINTS, [form(n) for n in POINTS])
    assert found is not None
    assert [found(n) for n in (7, 10**6, 2**40)] == [form(n) for n in (7, 10**6, 2**40)]


def test_what_has_no_form_gets_none():
    assert fitted(POINTS, [n**0.5 // 1 for n in POINTS]) is None
    assert fitted([4, 8], [1, 3]) is None or len(fitted([4, 8], [1, 3]).terms) == 1
    assert fitted([4], [1]) is None


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({}, "0"), ({(0, False): 7}, "7"), ({(3, False): 1}, "n**3"), ({(1, True): 5}, "5*n*ceil(log2 n)"),
        ({(2, False): 2, (1, False): -1, (0, False): 1}, "2*n**2 - n + 1"), ({(2, False): Fraction(1, 2)}, "n**2/2"),
        ({(1, False): 1000000}, "1,000,000*n"), ({(1, False): -1}, "-n"), ({(0, False): Fraction(3, 2)}, "3/2"),
    ],
)  # fmt: skip
def test_a_form_reads_as_a_formula(terms, text):
    assert str(Form({term: Fraction(c) for term, c in terms.items()})) == text


@thorough
@given(
    *[st.dictionaries(st.tuples(st.integers(0, 3), st.booleans()), st.integers(0, 40), min_size=1, max_size=3)] * 2,
    st.integers(1, 9),
)
def test_a_crossover_is_the_first_size_with_the_other_order(first, second, start):
    a, b = (Form({term: Fraction(c) for term, c in terms.items() if c}) for terms in (first, second))
    found = crossover(a, b, start)
    signs = [np.sign(int(a(n) - b(n))) for n in range(start, 400)]
    before = next((sign for sign in signs if sign), 0)
    expected = next((start + i for i, sign in enumerate(signs) if before and sign == -before), None)
    assert found == expected or (expected is None and found is not None and found >= 400)


def gram(x):
    with flops.namespace("gram"):
        g = x.T @ fnp.ones(x.shape)
    with flops.namespace("order"):
        return fnp.sort(g, axis=0)


def test_counts_forms_and_exponents_by_op_and_namespace():
    found = flops.scaling(gram, sizes={"n": [16, 32, 64, 128]}, args=lambda n: (flops.Shaped((10, n)),))
    assert found.sizes == (16, 32, 64, 128)
    assert found.total.flops == tuple(10 * n * n + n * n * ceil_log2(n) for n in found.sizes)
    assert str(found.ops["matmul"].form) == "10*n**2"
    assert found.ops["sort"].growth == "n**2*log(n)"
    assert found.namespaces["gram"].exponent == 2
    assert found.total(10**6) == flops.plan(gram, flops.Shaped((10, 10**6))).flops_used


def test_the_total_at_any_size_is_the_plan_at_that_size():
    def program(x):
        return fnp.linalg.inv(x @ x).sum(), fnp.fft.fft(x).real.max()

    found = flops.scaling(program, {"n": [8, 12, 20, 33, 50, 64]}, lambda n: flops.Shaped((n, n)))
    for n in (100, 1023, 10**5):
        assert found.total(n) == flops.plan(program, flops.Shaped((n, n))).flops_used


def several(x):
    return fnp.linalg.inv(x) + fnp.fft.fft(x), fnp.diff(x).sum(), fnp.cumsum(fnp.pad(x, 3))[0], x.sum(axis=0).sum() + 5


def triangle(x):
    for i in range(len(x)):
        for j in range(i):
            x[i] * x[j]


def halving(x):
    while len(x) > 1:
        x = x[::2] + x[1::2]


@pytest.mark.parametrize(
    ("program", "args", "sizes", "form"),
    [
        # inv n**3, + n**2, fft 5*n**2*log2 n, diff n*(n-1) and its sum, cumsum (n+6)**2, sums n**2 + n, and the + 1
        (several, lambda n: flops.Shaped((n, n)), [4, 8, 16, 32],
         "n**3 + 5*n**2*ceil(log2 n) + 5*n**2 + 11*n + 37"),
        (lambda x: fnp.sort(x, axis=None), lambda n: flops.Shaped((n, n)), [4, 8, 16], "n**2*ceil(log2 n**2)"),
        (lambda x: fnp.sort(x), lambda n: flops.Shaped(2 * n), [4, 8, 16], "2*n*ceil(log2 n) + 2*n"),
        (triangle, lambda n: flops.Shaped((n, n)), [3, 5, 8, 10], "n**3/2 - n**2/2"),
        (halving, lambda n: flops.Shaped(n), [4, 8, 16, 32], "n - 1"),
    ],
    ids=["several", "matrix", "twice", "triangle", "halving"],
)  # fmt: skip
def test_a_form_is_exact_where_there_is_one(program, args, sizes, form):
    found = flops.scaling(program, {"n": sizes}, args)
    assert str(found.total.form) == form
    for n in (64, 128):
        assert found.total(n) == flops.plan(program, args(n)).flops_used


@pytest.mark.parametrize(
    ("program", "args"),
    [
        (lambda x: fnp.linalg.qr(x), lambda n: flops.Shaped((n, 50))),  # n*50*min(n, 50)
        (lambda x: x[:10] + 1 if len(x) > 50 else x * x, lambda n: flops.Shaped(n)),
    ],
    ids=["minimum", "branch"],
)
def test_what_changes_its_form_between_the_sizes_has_none(program, args):
    assert flops.scaling(program, {"n": [10, 20, 100, 200]}, args).total.form is None


def test_forms_are_those_under_a_cost_model():
    found = flops.scaling(lambda x: x @ x, {"n": [4, 8, 16]}, lambda n: flops.Shaped((n, n)), cost_model="fma2")
    assert str(found.total.form) == "2*n**3"
    with flops.configure(cost_model="fma2"):
        same = flops.scaling(lambda x: x @ x, {"n": [4, 8, 16]}, lambda n: flops.Shaped((n, n)))
    assert same.total == found.total


def test_without_a_form_the_exponent_is_the_slope_and_nothing_is_extrapolated():
    def odd(x):
        return fnp.ones(len(x) ** 3 // 7 + len(x) % 5) + 1

    found = flops.scaling(odd, {"n": [10, 101, 1003]}, lambda n: flops.Shaped(n))
    assert found.total.form is None
    assert found.total.exponent == pytest.approx(3, abs=0.01)
    assert found.total.growth == "~n**3.00"
    with pytest.raises(ValueError, match="no exact form"):
        found.total(5)
    with pytest.raises(ValueError, match="odd have no exact form"):
        found.crossover(found)


def test_two_ways_to_the_same_cross_where_their_plans_do():
    def direct(x, v):
        for _ in range(10):
            v = x @ v
        return v

    def by_powers(x, v):
        return fnp.linalg.matrix_power(x, 10) @ v

    def repeated(x, v):
        return fnp.outer(v, v) * 40 + v

    def args(n):
        return flops.Shaped((n, n)), flops.Shaped(n)

    sizes = {"n": [3, 5, 9, 17, 33]}
    left, right = flops.scaling(by_powers, sizes, args), flops.scaling(repeated, sizes, args)
    n = left.crossover(right)
    cost = [[flops.plan(f, *args(size)).flops_used for f in (by_powers, repeated)] for size in (3, 4)]
    assert n is None or (cost[0][0] < cost[0][1]) != (cost[-1][0] < cost[-1][1]) or n > 4
    assert flops.scaling(direct, sizes, args).crossover(left) is None  # n**2 stays below n**3


@pytest.mark.parametrize("sizes", [{}, {"n": 3}, {"n": [3]}, {"n": [1, 2], "m": [1, 2]}, {"n": [0, 4]}])
def test_sizes_that_say_nothing_are_refused(sizes):
    with pytest.raises(ValueError, match="scaling\\(\\)"):
        flops.scaling(gram, sizes, lambda **_: flops.Shaped((3, 3)))


def test_questions_are_answered():
    def program(x):
        return x * 2 if x.sum() > 0 else x

    found = flops.scaling(program, {"n": [4, 8, 16]}, lambda n: flops.Shaped(n), when_unknown=True)
    assert str(found.total.form) == "2*n + 1"  # sum, the comparison of its result, multiply


def test_the_table_and_the_page_show_every_line():
    found = flops.scaling(gram, {"n": [16, 32, 64, 128]}, lambda n: flops.Shaped((10, n)))
    text = found.to_text()
    assert text == str(found)
    for shown in ("FLOPs of gram", "n=128", "[gram]", "[order]", "Total", "n**2*ceil(log2 n) + 10*n**2", "278,528"):
        assert shown in text  # 10*128**2 + 128**2*7 = 278,528
    page = found._repr_html_()
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)
    parser.feed(page)
    assert tags.count("tr") == 1 + len(found.rows())
    assert "278,528" in page


def test_a_plot_has_a_line_for_each_op_and_the_total():
    matplotlib = pytest.importorskip("matplotlib", reason="an optional extra")
    matplotlib.use("Agg")
    axes = flops.scaling(gram, {"n": [16, 32, 64, 128]}, lambda n: flops.Shaped((10, n))).plot()
    assert [line.get_label() for line in axes.lines] == ["matmul: n**2", "sort: n**2*log(n)", "total: n**2*log(n)"]
    assert axes.get_xscale() == axes.get_yscale() == "log"
