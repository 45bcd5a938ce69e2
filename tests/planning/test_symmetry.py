"""Plans of programs with symmetric tensors charge what the run does, to the FLOP."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import SymmetryGroup

S2, S3 = SymmetryGroup.symmetric((0, 1)), SymmetryGroup.symmetric((0, 1, 2))
rng = np.random.default_rng(0)
S = flops.symmetrize(rng.normal(size=(6, 6)), S2)
T = flops.symmetrize(rng.normal(size=(6, 6, 6)), S3)
X = rng.normal(size=(7, 6))

PROGRAMS = [
    "fnp.exp(S)",
    "-S + 2 * S",
    "S * np.arange(6.0)",
    "(T + S).sum(0) * 2",
    "fnp.exp(T.sum(0))",
    "fnp.exp(T[0])",
    "fnp.exp(T[:, 1:3, 1:3])",
    "fnp.exp(T[..., None].transpose(1, 0, 3, 2))",
    "fnp.exp(fnp.moveaxis(T, 0, 2))",
    "fnp.exp(S.reshape(1, 6, 6))",
    "fnp.exp(S.T.copy().real)",
    "fnp.exp(S[[0, 1]])",
    "fnp.exp(fnp.linalg.inv(S + 9 * fnp.eye(6)))",
    "fnp.exp(fnp.linalg.inv(S))",
    "fnp.exp(S @ S)",
    "fnp.exp(fnp.tensordot(T, X[0], 1))",
    "fnp.exp(fnp.einsum('ki,kj->ij', X, X))",
    "fnp.exp(fnp.einsum('ijk,ai,bj,ck->abc', T, X, X, X))",
    "fnp.exp(fnp.einsum('ij,jk->ik', X, X.T, symmetry=S2))",
    "fnp.exp(fnp.where(S > 0, S, 0))",
    "fnp.exp(fnp.cumsum(T, axis=0))",
    "fnp.exp(flops.as_symmetric(X[:6], S2, tolerance=100))",
    "fnp.exp(flops.as_symmetric(T, S2))",
    "fnp.exp(flops.symmetrize(X[:6], S2))",
    "fnp.exp(fnp.random.symmetric((5, 5), S2))",
    "fnp.exp(np.multiply.outer(S, S))",
    "fnp.exp(fnp.broadcast_arrays(S, 1.0)[0])",
]
WRITES = [
    "S[0, 1] = 5",
    "S[1:][0] = 5",
    "S.T[0, 1] = 5",
    "S += 1",
    "S *= S",
    "S *= np.arange(6.0)",
    "u = S[1:, 1:]; u += 1",
    "fnp.add(S, 1, out=S)",
    "S.sort()",
    "np.fill_diagonal(S, 0)",
    "fnp.add.at(S, (0, 1), 5)",
]


def run(text, S, T, X):
    names = {"S": S, "T": T, "X": X, "fnp": fnp, "np": np, "flops": flops, "S2": S2}
    exec(text, names)


def operands():
    return S.copy(), T.copy(), fnp.array(X)


def shaped(array):
    return flops.Shaped(array.shape, array.dtype, getattr(array, "symmetry", None))


@pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")
@pytest.mark.parametrize("known", [False, True], ids=["shapes", "values"])
@pytest.mark.parametrize("text", [*PROGRAMS, *(f"{write}; fnp.exp(S); fnp.exp(S[:2, :2]) + 1" for write in WRITES)])
def test_a_plan_charges_what_the_run_does(text, known):
    with flops.BudgetContext(10**9) as budget:
        run(text, *operands())
    given = operands() if known else map(shaped, operands())
    planned = flops.plan(lambda *tensors: run(text, *tensors), *given)
    assert planned.flops_used == budget.flops_used > 0


def test_tensors_from_outside_a_plan_are_seen():
    assert flops.plan(lambda: fnp.exp(S) + T[0]).flops_used == 42  # 6*7/2 twice


@pytest.mark.filterwarnings("ignore::flopscope.errors.SymmetryLossWarning")
def test_tensors_that_have_lost_their_symmetry_are_told_apart_by_their_shapes():
    tensor = S.copy()
    tensor[1:][0] = 5
    with flops.BudgetContext(10**9) as budget:
        fnp.exp(tensor)
        fnp.exp(tensor[:2, :2])
        fnp.linalg.svd(tensor[:3, :2])
    assert [record.flop_cost for record in budget.op_log] == [36, 4, 12]  # 6*6, 2*2, 3*2*2


# Planning functions against the run, whatever the op, the shapes and the groups.


@st.composite
def groups(draw, shape):
    """A group of axes of one size each, of any of the kinds, or None."""
    generators = []
    for size in sorted(set(shape)):
        axes = draw(st.permutations([axis for axis, length in enumerate(shape) if length == size]))
        make = draw(st.sampled_from([None, SymmetryGroup.symmetric, SymmetryGroup.cyclic, SymmetryGroup.dihedral]))
        generators += make(axes[: draw(st.integers(1, len(axes)))]).generators if make else ()
    if generators and draw(st.booleans()):  # all at once, as pairs that are swapped
        generators = [{axis: image for move in generators[:1] + generators[-1:] for axis, image in move.items()}]
    return SymmetryGroup.from_generators(generators) or None


def shapes(least=0):
    return st.lists(st.sampled_from([1, 2, 2, 3, 3]), min_size=least, max_size=4).map(tuple)


def tensor(shape, group):
    values = rng.normal(size=shape)
    return flops.as_symmetric(values, group, validate=False) if group else fnp.array(values)


def charge(run):
    with flops.configure(symmetry_loss_warnings=False), flops.BudgetContext(10**9) as budget:
        run()
    return budget.flops_used


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_elementwise_ops_are_planned_as_they_run(data):
    shape = data.draw(shapes())
    other = tuple(data.draw(st.sampled_from([size, size, 1])) for size in shape)[
        data.draw(st.integers(0, len(shape))) :
    ]
    given_, others = data.draw(groups(shape)), data.draw(groups(other))
    x, y = tensor(shape, given_), tensor(other, others)
    one = data.draw(st.sampled_from(["exp", "negative", "isfinite", "sqrt"]))
    with np.errstate(invalid="ignore"):
        paid = charge(lambda: getattr(fnp, one)(x))
    assert flops.pointwise_cost(one, shape, symmetry=given_) == paid
    assert flops.cost(one, shape, symmetry=given_) == flops.cost(one, shape, symmetries=[given_]) == paid
    two = data.draw(st.sampled_from(["add", "maximum", "arctan2", "greater"]))
    paid = charge(lambda: getattr(fnp, two)(x, y))
    assert flops.pointwise_cost(two, shapes=[shape, other], symmetries=[given_, others]) == paid
    assert flops.cost(two, shape, other, symmetries=[given_, others]) == paid
    paid = charge(lambda: fnp.where(x > 0, x, y)) - charge(lambda: x > 0)
    assert flops.cost("where", shape, shape, other, symmetries=[given_, given_, others]) == paid


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_reductions_and_scans_are_planned_as_they_run(data):
    shape = data.draw(shapes(1))
    group = data.draw(groups(shape))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = tensor(shape, group)
    reduction = data.draw(st.sampled_from(["sum", "mean", "max", "std", "any", "prod", "argmax", "cumsum", "cumprod"]))
    paid = charge(lambda: getattr(fnp, reduction)(x, axis=axis))
    assert flops.reduction_cost(reduction, shape, axis, symmetry=group) == paid
    assert flops.cost(reduction, shape, axis=axis, symmetry=group) == paid
    other = data.draw(st.sampled_from(["sort", "median", "diff", "nansum", "argsort"]))
    assert flops.cost(other, shape, axis=axis, symmetry=group) == charge(lambda: getattr(fnp, other)(x, axis=axis))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_einsums_are_planned_as_they_run(data):
    sizes = dict(zip("abcde", data.draw(st.lists(st.sampled_from([2, 3]), min_size=5, max_size=5)), strict=True))
    arrays, terms, symmetries = [], [], []
    for _ in range(data.draw(st.integers(1, 4))):
        if arrays and data.draw(st.booleans()):  # again, with other labels
            first = data.draw(st.integers(0, len(arrays) - 1))
            array, group = arrays[first], symmetries[first]
            alike = [[label for label in sizes if sizes[label] == size] for size in array.shape]
            term = "".join(data.draw(st.sampled_from(labels)) for labels in alike)
        else:
            term = data.draw(st.text("abcde", min_size=1, max_size=4))
            group = data.draw(groups(tuple(sizes[label] for label in term)))
            array = tensor(tuple(sizes[label] for label in term), group)
        arrays.append(array), terms.append(term), symmetries.append(group)
    used = sorted(set("".join(terms)))
    output = "".join(data.draw(st.permutations(used))[: data.draw(st.integers(0, 4))])
    subscripts = f"{','.join(terms)}->{output}"
    places = [[i for i, one in enumerate(arrays) if one is array] for array in arrays]
    optimize = data.draw(st.sampled_from([True, True, False, "greedy"]))
    paid = charge(lambda: fnp.einsum(subscripts, *arrays, optimize=optimize))
    shapes = [array.shape for array in arrays]
    planned = flops.einsum_cost(subscripts, shapes=shapes, symmetries=symmetries, identical=places, optimize=optimize)
    assert planned == paid == fnp.einsum_path(subscripts, *arrays, optimize=optimize)[1].optimized_cost


@pytest.mark.parametrize("op", "round angle real_if_close nan_to_num isclose sinc fix clip exp add".split())
def test_every_elementwise_op_is_priced_by_the_shape_of_its_result(op):
    assert flops.pointwise_cost(op, shape=(4, 6)) == 24  # 4*6
    assert flops.pointwise_cost(op, shape=(4, 4), symmetry=S2) == 10  # 4*5/2


WRONG = {
    "symmetry= with shape= .*, symmetries= with shapes=": lambda: flops.pointwise_cost("exp", (4, 4), symmetries=[S2]),
    "pointwise_cost.. takes symmetry= with shape=": lambda: flops.pointwise_cost(
        "add", shapes=[(4, 4)] * 2, symmetry=S2
    ),
    "symmetry= takes a SymmetryGroup, .* got .0, 1": lambda: flops.pointwise_cost("exp", (4, 4), symmetry=(0, 1)),
    "symmetry= takes a SymmetryGroup, such": lambda: flops.reduction_cost("sum", (4, 4), symmetry=[S2]),
    "symmetries= takes a list of a group, or None": lambda: flops.cost("exp", (4, 4), symmetries=S2),
    "einsum.* symmetry= takes a SymmetryGroup": lambda: flops.einsum_cost("ij->ij", shapes=[(4, 4)], symmetry=(0, 1)),
    "symmetries= takes a group, or None, for each operand": lambda: fnp.einsum_path("ij->ji", S, symmetries=S2),
    "got 0. Give": lambda: flops.einsum_cost("ij,jk->ik", shapes=[(4, 4)] * 2, identical=(0, 1)),
    "^symmetry= takes a SymmetryGroup": lambda: fnp.einsum("ij->ij", S, symmetry=(0, 1)),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_group_is_told(message):
    with pytest.raises(TypeError, match=message):
        WRONG[message]()
