"""Prices and paths: exact numbers with their arithmetic, counting and enumerating oracles, opt_einsum's optimum."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.einsum import einsum_cache_clear, einsum_cache_info, plan, step_cost
from flopscope.einsum.parser import expand

TUCKER = ("ijk,ai,bj,ck->abc", ((10, 10, 10), (10, 10), (10, 10), (10, 10)))
CHAIN = ("ij,jk,kl->il", ((2, 30), (30, 4), (4, 50)))


@pytest.mark.parametrize(
    "subscripts, shapes, cost, naive_cost",
    [
        ("ij,jk->ik", [(256, 256), (256, 256)], 16_777_216, 16_777_216),  # 256**3
        ("ij,j->i", [(256, 256), (256,)], 65_536, 65_536),  # 256*256
        ("ij,jk->ik", [(3, 4), (4, 5)], 60, 60),  # 3*4*5
        ("i,j->ij", [(10,), (20,)], 200, 200),  # 10*20
        ("i,i->", [(7,), (7,)], 7, 7),
        ("ij,ij->ij", [(3, 4), (3, 4)], 12, 12),  # 3*4
        (",->", [(), ()], 1, 1),  # one multiplication
        ("ij,k->k", [(3, 4), (5,)], 60, 60),  # a pair is one step: 3*4*5
        ("bij,bjk->bik", [(7, 2, 3), (7, 3, 4)], 168, 168),  # 7*2*3*4
        ("...ij,...jk->...ik", [(7, 1, 2, 3), (5, 3, 4)], 840, 840),  # 7*5 stacks of 2*3*4
        ("ij,jk->ik", [(3, 1), (4, 5)], 60, 60),  # the axis of size 1 broadcasts: 3*4*5
        ("ij,jk->ik", [(3, 0), (0, 5)], 0, 0),  # nothing to multiply
        ("ij->", [(3, 4)], 12, 12),  # sums 3*4 elements
        ("ij->i", [(3, 4)], 12, 12),
        ("ii->", [(10, 10)], 10, 10),  # sums the 10 of the diagonal
        ("iij->j", [(3, 3, 4)], 12, 12),  # 3*4
        ("ij->ji", [(3, 4)], 0, 0),  # views
        ("ii->i", [(10, 10)], 0, 0),
        ("i...->...i", [(3, 4, 5)], 0, 0),
        (*TUCKER, 30_000, 3_000_000),  # 3 steps of 10**4; 10**6 * (4 - 1)
        (*CHAIN, 640, 24_000),  # 2*30*4 + 2*4*50 = 240 + 400; 2*30*4*50 * (3 - 1)
        ("i,j,ijk->k", [(2,), (3,), (2, 3, 5)], 36, 60),  # outer product first: 2*3 + 2*3*5; 30 * (3 - 1)
        ("bi,bi,bi->b", [(1, 9), (1, 9), (5, 9)], 54, 90),  # 1*9 before b extends, then 5*9; 45 * (3 - 1)
        ("ij,jk->ik", [(10**12, 10**12), (10**12, 10**12)], 10**36, 10**36),  # far beyond int64
    ],
)
def test_costs(subscripts, shapes, cost, naive_cost):
    priced = plan(subscripts, shapes)
    assert priced.cost == priced.info.optimized_cost == sum(step.cost for step in priced.info.steps) == cost
    assert priced.info.naive_cost == naive_cost
    assert plan(subscripts, shapes, optimize=False).cost == naive_cost
    assert type(priced.cost) is int


def test_costs_are_python_integers_whatever_the_shapes_are_made_of():
    sizes = (np.int64(3_000_000), np.int32(3_000_000))
    assert plan("ij,jk->ik", (sizes, sizes)).cost == 27 * 10**18  # beyond int64


class Counting:
    """A number that counts how often it is multiplied or added."""

    multiplied = 0
    added = 0

    def __mul__(self, other):
        Counting.multiplied += 1
        return self

    def __add__(self, other):
        Counting.added += 1
        return self

    __rmul__, __radd__ = __mul__, __add__


def operations(run, *shapes):
    Counting.multiplied = Counting.added = 0
    arrays = []
    for shape in shapes:
        array = np.empty(shape, object)
        array.fill(Counting())
        arrays.append(array)
    run(*arrays)
    return Counting.multiplied, Counting.added


@pytest.mark.parametrize(
    "inputs, output",
    [
        (("ij", "jk"), "ik"),
        (("ij", "jk"), "ijk"),
        (("ij", "k"), "k"),
        (("iij", "ji"), "j"),
        (("i", "i"), ""),
        (("", ""), ""),
        (("ij", "jk", "kl"), "il"),
        (("i", "j", "k", "i"), "k"),
    ],
)
def test_step_cost_is_what_numpy_multiplies_and_what_enumeration_counts(inputs, output):
    sizes = {"i": 2, "j": 3, "k": 4, "l": 5}
    cost = step_cost(inputs, output, sizes)
    shapes = [tuple(sizes[label] for label in term) for term in inputs]
    subscripts = ",".join(inputs) + "->" + output
    multiplied, _ = operations(lambda *arrays: np.einsum(subscripts, *arrays), *shapes)
    assert cost == multiplied

    labels = sorted(set("".join(inputs)))
    points = itertools.product(*(range(sizes[label]) for label in labels))
    assert cost == sum(len(inputs) - 1 for _ in points)  # that many factors join the first at every point


@pytest.mark.parametrize("term, output", [("ij", "i"), ("ij", "j"), ("ij", ""), ("ii", ""), ("iji", "j")])
def test_step_cost_of_one_operand_is_what_numpy_adds(term, output):
    sizes = {"i": 2, "j": 3}
    _, added = operations(lambda a: np.einsum(f"{term}->{output}", a), tuple(sizes[label] for label in term))
    assert step_cost((term,), output, sizes) == added


@pytest.mark.parametrize("term, output", [("ij", "ji"), ("ij", "ij"), ("ii", "i"), ("iji", "ji"), ("", "")])
def test_a_view_computes_nothing(term, output):
    sizes = {"i": 2, "j": 3}
    assert step_cost((term,), output, sizes) == 0
    assert operations(lambda a: np.einsum(f"{term}->{output}", a), tuple(sizes[label] for label in term))[0] == 0


@st.composite
def networks(draw, most):
    """Einsums of several operands: subscripts and shapes, with labels shared by any number of them."""
    sizes = dict(zip("abcdef", draw(st.lists(st.integers(1, 7), min_size=6, max_size=6)), strict=True))
    term = st.text("abcdef", min_size=0, max_size=3).map(lambda text: "".join(dict.fromkeys(text)))
    inputs = draw(st.lists(term, min_size=2, max_size=most))
    labels = sorted(set("".join(inputs)))
    output = draw(st.permutations(labels))[: draw(st.integers(0, len(labels)))]
    shapes = [
        tuple(1 if draw(st.integers(0, 9)) == 0 else sizes[label] for label in term)  # now and then it broadcasts
        for term in inputs
    ]
    return ",".join(inputs) + "->" + "".join(output), tuple(shapes)


def cheapest(terms, output, sizes):
    """Least cost of all orders of pairwise contraction, by trying each."""
    if len(terms) == 1:
        return 0
    costs = []
    for i, j in itertools.combinations(range(len(terms)), 2):
        rest = [term for p, term in enumerate(terms) if p not in (i, j)]
        result = (terms[i] | terms[j]) & output.union(*rest)
        step = np.prod([sizes[label] for label in terms[i] | terms[j]], dtype=object)
        costs.append(int(step) + cheapest([*rest, result], output, sizes))
    return min(costs)


@given(networks(most=5))
@settings(max_examples=150, deadline=None)
def test_no_order_of_pairs_is_cheaper(network):
    subscripts, shapes = network
    inputs, output = expand(subscripts, shapes)
    # An axis of size 1 extends nothing, wherever it stands.
    extended = [
        frozenset(label for label, size in zip(term, shape, strict=True) if size != 1)
        for term, shape in zip(inputs, shapes, strict=True)
    ]
    sizes = {
        label: size
        for term, shape in zip(inputs, shapes, strict=True)
        for label, size in zip(term, shape, strict=True)
        if size != 1
    }
    assert plan(subscripts, shapes).cost == cheapest(extended, frozenset(output), sizes)


@given(networks(most=7))
@settings(max_examples=100, deadline=None)
def test_never_dearer_than_the_optimum_of_opt_einsum_priced_by_our_rule(network):
    subscripts, shapes = network
    theirs, _ = opt_einsum.contract_path(subscripts, *map(np.empty, shapes), optimize="optimal")
    ours = plan(subscripts, shapes).cost
    assert ours <= plan(subscripts, shapes, theirs).cost
    assert ours <= plan(subscripts, shapes, "optimal").cost


@given(networks(most=4))
@settings(max_examples=60, deadline=None)
def test_running_a_plan_multiplies_as_often_as_it_charges(network):
    subscripts, shapes = network
    for optimize in (True, False):
        priced = plan(subscripts, shapes, optimize)
        assert operations(priced.run, *shapes)[0] == priced.cost


def follow(path, n):
    """Number of operands left after `path`; each step must name some that are there."""
    for step in path:
        assert len(set(step)) == len(step) >= 1
        assert all(0 <= p < n for p in step)
        n += 1 - len(step)
    return n


OPTIMIZERS = [
    True,
    False,
    None,
    "auto",
    "auto-hq",
    "optimal",
    "branch-all",
    "branch-2",
    "branch-1",
    "greedy",
    "dp",
    "random-greedy",
    ("greedy", 10**6),
    ("optimal", 3),
    ("dp", -1),
    ("auto", float("inf")),
    opt_einsum.paths.greedy,
]


@pytest.mark.parametrize("optimize", OPTIMIZERS, ids=lambda o: getattr(o, "__name__", str(o)))
@pytest.mark.parametrize("subscripts, shapes", [TUCKER, CHAIN, ("ij,jk->ik", ((2, 3), (3, 4))), ("ij->", ((2, 3),))])
def test_every_optimizer_gives_a_whole_path(subscripts, shapes, optimize):
    priced = plan(subscripts, shapes, optimize)
    assert follow(priced.info.path, len(shapes)) == 1
    assert priced.cost <= priced.info.naive_cost
    assert [step.operands for step in priced.info.steps] == list(priced.info.path)


@pytest.mark.parametrize(
    "optimize, name",
    [
        (True, "exact"),
        ("auto", "exact"),
        (False, "naive"),
        (None, "naive"),
        ("greedy", "greedy"),
        (("greedy", 100), "greedy"),
        ([(0, 1), (0, 1)], "explicit path"),
        (opt_einsum.paths.greedy, "greedy"),
        (opt_einsum.BranchBound(), "BranchBound"),
    ],
)
def test_the_optimizer_is_named(optimize, name):
    assert plan(*CHAIN, optimize).info.optimizer == name


@pytest.mark.parametrize(
    "path, cost",
    [
        ([(0, 1), (0, 1)], 640),  # kl and il': 2*30*4 + 2*4*50
        ([(1, 2), (0, 1)], 9_000),  # jk,kl: 30*4*50 = 6,000, then 2*30*50 = 3,000
        ([(0, 2), (0, 1)], 24_000),  # ij,kl: 2*30*4*50 = 12,000, then jk,ijkl: the same
        ([(1, 0), (1, 0)], 640),  # positions in any order
        ([(0, 1, 2)], 24_000),  # 12,000 points, 2 multiplications each
        ([[0, 1], [0, 1]], 640),
        (["einsum_path", (0, 1), (0, 1)], 640),
        (("einsum_path", (0, 1, 2)), 24_000),
        ([(np.int64(0), 1), (0, 1)], 640),
        ([(0,), (0, 1), (0, 1)], 9_000),  # a free view of ij moves it to the end: jk,kl, then ij,jl
    ],
)
def test_explicit_paths_are_followed(path, cost):
    assert plan(*CHAIN, path).cost == cost


def test_a_path_may_sum_an_operand_on_its_own():
    assert plan("ij,k->k", [(3, 4), (5,)], [(0,), (0, 1)]).cost == 17  # ij->: 3*4 = 12, then k,->k: 5


@pytest.mark.parametrize(
    "optimize, message",
    [
        ([(0, 1)], "leaves 2 operands"),
        ([], "leaves 3 operands"),
        ([(0, 3), (0, 1)], r"step \(0, 3\) does not fit the 3 operands"),
        ([(0, 0), (0, 1)], r"step \(0, 0\) does not fit"),
        ([(-1, 0), (0, 1)], r"step \(-1, 0\) does not fit"),
        ([(), (0, 1)], r"step \(\) does not fit"),
        ([(0, 1), (0, 1), (0, 1)], r"step \(0, 1\) does not fit the 1 operands"),
        ([0, 1], "neither an optimizer nor a path"),
        (["einsum_path", "01"], "neither an optimizer nor a path"),
        (2, "neither an optimizer nor a path"),
        (1, "neither an optimizer nor a path"),
        (0, "neither an optimizer nor a path"),
        (np.True_, "neither an optimizer nor a path"),
        ("gredy", "no path optimizer 'gredy'"),
        (("gredy", 10), "no path optimizer 'gredy'"),
    ],
)
def test_bad_paths_and_names_are_refused(optimize, message):
    with pytest.raises(ValueError, match=message):
        plan(*CHAIN, optimize)


@pytest.mark.parametrize("path", [[(2, 3), (0, 1)], [(1,), (0, 1)]])
def test_an_incomplete_path_is_numpys_error_and_ours(path):
    shapes = [(2, 2)] * 4
    with pytest.raises(RuntimeError):
        np.einsum("ab,bc,cd,de->ae", *map(np.ones, shapes), optimize=["einsum_path", *path])
    for error in (RuntimeError, ValueError):
        with pytest.raises(error, match="operands that are not contracted"):
            plan("ab,bc,cd,de->ae", shapes, path)


@given(networks(most=6))
@settings(max_examples=60, deadline=None)
def test_never_dearer_than_the_optimum_of_numpy_priced_by_our_rule(network):
    subscripts, shapes = network
    arrays = list(map(np.empty, shapes))
    for optimize in ("optimal", "greedy"):
        assert (
            plan(subscripts, shapes).cost
            <= plan(subscripts, shapes, np.einsum_path(subscripts, *arrays, optimize=optimize)[0]).cost
        )


def test_a_misspelt_optimizer_is_refused_for_two_operands_too():
    with pytest.raises(ValueError, match="no path optimizer 'gredy'"):
        plan("ij,jk->ik", [(2, 3), (3, 4)], "gredy")
    for subscripts in ("ij->i", "ij,ij->i", "ij,ij,ij->i"):  # for three, NumPy's is a KeyError
        operands = [fnp.ones((2, 3))] * len(subscripts.split(","))
        with flops.BudgetContext(10**6) as budget:
            for error in (ValueError, KeyError):
                with pytest.raises(error, match="^einsum has no path optimizer 'gredy'; there are"):
                    fnp.einsum(subscripts, *operands, optimize="gredy")
        assert budget.flops_used == len(budget.op_log) == 0


@pytest.mark.parametrize("optimize", [0, 1, 1.0, 2, np.True_, np.int8(1), (), {}, [1], ("greedy", "x"), b"greedy"])
@pytest.mark.parametrize("subscripts", ["ij,ij->i", "ij,ij,ij->i"])
def test_what_numpy_does_not_take_for_optimize_is_refused_as_numpy_refuses_it(subscripts, optimize):
    operands = [fnp.ones((2, 3))] * len(subscripts.split(","))
    with pytest.raises(Exception) as theirs:
        np.einsum(subscripts, *map(np.asarray, operands), optimize=optimize)
    with flops.BudgetContext(10**6) as budget:
        for good in (True, False):
            fnp.einsum(subscripts, *operands, optimize=good)  # which 1 and 0 are equal to
        used = budget.flops_used
        with pytest.raises(theirs.type) as ours:
            fnp.einsum(subscripts, *operands, optimize=optimize)
    assert str(ours.value) == str(theirs.value)
    assert budget.flops_used == used > 0


@pytest.mark.parametrize("optimize", OPTIMIZERS, ids=lambda o: getattr(o, "__name__", str(o)))
def test_every_optimizer_copes_with_empty_operands(optimize):
    shapes = ((2,), (2, 0), (0, 3), (3, 2), (2,), (2,))
    priced = plan("a,ab,bc,cd,d,a->", shapes, optimize)
    assert follow(priced.info.path, 6) == 1
    assert priced.info.naive_cost == 0
    assert priced.run(*map(np.ones, shapes)) == 0


def test_the_default_computes_nothing_where_there_is_nothing():
    assert plan("a,ab,bc,c,c->", ((9,), (9, 0), (0, 9), (9,), (9,))).cost == 0


def test_an_axis_of_size_1_keeps_nobody_from_summing():
    # c,c-> with the one that extends: 2, then , -> 1; or ,c->c: 1, then c,c->: 2
    assert plan(",c,c->", ((), (1,), (2,))).cost == 3
    assert [step.subscripts for step in plan(",c,c->", ((), (1,), (2,)), [(0, 2), (0, 1)]).info.steps] == [
        ",c->",
        "c,->",
    ]


def test_more_than_52_labels_and_ten_operands():
    n = 70
    labels = [chr(0x100 + i) for i in range(n + 1)]
    subscripts = ",".join(map("".join, itertools.pairwise(labels))) + "->" + labels[0] + labels[-1]
    priced = plan(subscripts, [(3, 3)] * n)
    assert priced.cost == 69 * 27  # n - 1 products of 3 by 3 matrices
    assert priced.info.speedup > 1e30
    power = np.linalg.matrix_power(np.full((3, 3), 0.5), n)
    np.testing.assert_allclose(priced.run(*[np.full((3, 3), 0.5)] * n), power)


def test_a_path_does_not_depend_on_the_hash_seed():
    program = (
        "from flopscope.einsum import plan\n"
        "terms = [a + b for a in 'abcd' for b in 'efgh']\n"
        "print(plan(','.join(terms) + '->', [(2, 2)] * 16).info.path)"
    )
    paths = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(paths) == 1


def test_opt_einsum_is_imported_only_when_it_is_asked():
    program = (
        "import sys\n"
        "from flopscope.einsum import plan\n"
        "plan('ij,jk->ik', ((2, 2), (2, 2)))\n"
        "plan('ij,jk,kl->il', ((2, 2), (2, 2), (2, 2)))\n"
        "print('opt_einsum' in sys.modules)\n"
        "plan('ij,jk,kl->il', ((2, 2), (2, 2), (2, 2)), 'greedy')\n"
        "print('opt_einsum' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_plans_are_cached_by_what_they_were_asked_for():
    einsum_cache_clear()
    first = plan("ij,jk->ik", ((2, 3), (3, 4)))
    assert plan("ij,jk->ik", ((2, 3), (3, 4))) is first
    assert plan("ij,jk->ik", [[2, 3], [3, 4]], "greedy") is not first  # lists find their plans too
    assert plan("ij,jk->ik", [(2, 3), (3, 4)], True) is first
    assert plan("ij,jk,kl->il", ((2, 3), (3, 4), (4, 5)), [(0, 1), (0, 1)]) is plan(
        "ij,jk,kl->il", ((2, 3), (3, 4), (4, 5)), ((0, 1), (0, 1))
    )
    assert einsum_cache_info().currsize == 3
    einsum_cache_clear()
    assert einsum_cache_info().currsize == 0
    assert plan("ij,jk->ik", ((2, 3), (3, 4))) is not first


def test_a_plan_cannot_be_changed():
    priced = plan(*CHAIN)
    for value, name in ((priced, "cost"), (priced.info, "path"), (priced.info.steps[0], "cost")):
        with pytest.raises(AttributeError):
            setattr(value, name, 0)
        with pytest.raises(AttributeError):
            value.something_else = 0
