"""Running plans gives what np.einsum gives: values, dtypes, views, options, for whatever subscripts and operands."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopscope.einsum import execute, parse, plan

DTYPES = ["?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", ">f8", "c8", "c16", "O"]


def operand(shape, dtype="f8", seed=0, layout="C"):
    """Small whole numbers, of which every dtype holds every sum here exactly."""
    dtype = np.dtype(dtype)
    values = np.asarray(np.random.default_rng(seed).integers(0 if dtype.kind in "?bu" else -1, 2, shape))
    array = (values + 1j * values[..., ::-1] if dtype.kind == "c" and shape else values).astype(dtype)
    if not shape:
        return array
    if layout == "F":
        return array.copy(order="F")
    if layout == "strided":
        return np.repeat(array, 2, axis=-1)[..., ::2]
    if layout == "reversed":
        return np.flip(np.flip(array).copy())
    return array


def assert_same(ours, numpys):
    assert type(ours) is type(numpys)
    if isinstance(numpys, (np.ndarray, np.generic)):
        assert ours.dtype == numpys.dtype
        assert ours.shape == numpys.shape
    np.testing.assert_array_equal(ours, numpys)


@st.composite
def calls(draw):
    """Arguments of einsum: 1 to 4 operands with shared and repeated labels, ellipses, axes of size 1 and 0."""
    sizes = dict(
        zip("abCdE", draw(st.lists(st.sampled_from([0, 1, 2, 2, 3, 3, 4]), min_size=5, max_size=5)), strict=True)
    )
    broadcast = draw(st.lists(st.integers(1, 3), max_size=2))
    dtypes = draw(st.sampled_from([["f8"], ["f8", "f4"], ["i1", "?", "f8"], ["i8"], DTYPES]))
    terms, shapes, arrays = [], [], []
    for seed in range(draw(st.integers(1, 4))):
        labels = draw(st.text("abCdE", max_size=3))
        shape = [sizes[label] for label in labels]
        for axis, label in enumerate(labels):
            if labels.count(label) == 1 and draw(st.integers(0, 7)) == 0:
                shape[axis] = 1
        term = labels
        if draw(st.integers(0, 3)) == 0:
            at = draw(st.integers(0, len(labels)))
            span = draw(st.integers(0, len(broadcast)))
            term = labels[:at] + "..." + labels[at:]
            shape[at:at] = [draw(st.sampled_from([1, n])) for n in broadcast[len(broadcast) - span :]]
        terms.append(term)
        shapes.append(tuple(shape))
        layout = draw(st.sampled_from(["C", "C", "F", "strided", "reversed"]))
        arrays.append(operand(tuple(shape), draw(st.sampled_from(dtypes)), seed, layout))
    used = sorted(set("".join(terms)) - {"."})
    output = None
    if draw(st.booleans()):
        output = "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))])
        if any("..." in term for term in terms):
            at = draw(st.integers(0, len(output)))
            output = output[:at] + "..." + output[at:]
    return terms, output, arrays


def string_form(terms, output, arrays):
    return (",".join(terms) + ("" if output is None else "->" + output), *arrays)


def interleaved_form(terms, output, arrays):
    def labels(term):
        head, dots, tail = term.partition("...")
        return [*map("CEabd".index, head), *([...] if dots else []), *map("CEabd".index, tail)]

    args = [arg for term, array in zip(terms, arrays, strict=True) for arg in (array, labels(term))]
    return args if output is None else [*args, labels(output)]


@given(calls(), st.sampled_from([True, False, "greedy", "optimal", "dp", ("branch-1", 20)]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_results_are_those_of_numpy(call, optimize, interleaved):
    args = interleaved_form(*call) if interleaved else string_form(*call)
    subscripts, operands = parse(args)
    expected = np.einsum(*args)
    ours = plan(subscripts, tuple(array.shape for array in operands), optimize).run(*operands)
    assert_same(ours, expected)
    for array in operands:
        assert np.shares_memory(ours, array) == np.shares_memory(expected, array)


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
@pytest.mark.parametrize(
    "subscripts", ["ij,jk->ik", "ij,jk->ki", "ij,ij->", "ij,ij->ij", "bij,bjk->bik", "ij,jk,kj->i"]
)
def test_any_two_dtypes_give_numpys(subscripts, a, b):
    inputs = subscripts.split("->")[0].split(",")
    arrays = [
        operand((3,) * len(term), dtype, seed)
        for seed, (term, dtype) in enumerate(zip(inputs, [a, b, a][: len(inputs)], strict=True))
    ]
    ours = plan(subscripts, tuple(array.shape for array in arrays)).run(*arrays)
    assert_same(ours, np.einsum(subscripts, *arrays))


@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed"])
@pytest.mark.parametrize(
    "subscripts, shapes, blas",
    [
        ("ij,jk->ik", [(20, 30), (30, 40)], "GEMM"),
        ("ij,jk->ki", [(20, 30), (30, 40)], "GEMM"),
        ("ji,kj->ik", [(30, 20), (40, 30)], "GEMM"),
        ("ij,jk->ik", [(1, 30), (30, 1)], "GEMM"),
        ("abc,cd->bad", [(4, 5, 30), (30, 6)], "GEMM"),
        ("abc,cbd->ad", [(4, 5, 6), (6, 5, 7)], "GEMM"),
        ("aibj,jcid->abcd", [(4, 5, 6, 7), (7, 3, 5, 2)], "GEMM"),
        ("aj,bj->ab", [(4, 1), (5, 1)], "GEMM"),
        ("aij,kj->aik", [(1, 8, 9), (7, 9)], "GEMM"),
        ("ijx,jk->ik", [(8, 9, 1), (9, 7)], None),  # the axis x is summed in one operand only
        ("xij,xjk->xik", [(1, 8, 9), (5, 9, 7)], "GEMM"),  # x extends in one operand only
        ("ij,j->i", [(20, 30), (30,)], "GEMV"),
        ("i,ij->j", [(20,), (20, 30)], "GEMV"),
        ("ijk,jk->i", [(4, 5, 6), (5, 6)], "GEMV"),
        ("ijk,j->ik", [(4, 5, 6), (5,)], None),  # would have to be copied
        ("i,i->", [(50,), (50,)], "DOT"),
        ("ij,ij->", [(5, 6), (5, 6)], "DOT"),
        ("ij,ji->", [(5, 6), (6, 5)], None),
        ("bij,bjk->bik", [(7, 8, 9), (7, 9, 6)], "batched GEMM"),
        ("bij,bjk->bki", [(7, 8, 9), (7, 9, 6)], "batched GEMM"),
        ("bcij,cbjk->ikcb", [(2, 3, 8, 9), (3, 2, 9, 6)], "batched GEMM"),
        ("bixy,bxyk->bik", [(7, 8, 3, 4), (7, 3, 4, 6)], "batched GEMM"),
        ("ijb,jkb->ikb", [(3, 4, 50), (4, 5, 50)], None),  # einsum's loops run along b
        ("ijb,jkb->ikb", [(8, 9, 5), (9, 10, 5)], "batched GEMM"),
        ("bij,bj->bi", [(7, 8, 9), (7, 9)], "batched GEMV"),
        ("bj,bij->ib", [(7, 9), (7, 8, 9)], "batched GEMV"),
        ("bij,bj->bi", [(700, 2, 2), (700, 2)], None),
        ("bi,bi->b", [(5, 6), (5, 6)], None),
        ("ij,ij->ij", [(5, 6), (5, 6)], None),
        ("ij,j->ij", [(5, 6), (6,)], None),
        ("j,ij->ij", [(6,), (5, 6)], None),
        ("ij,ij->ij", [(5, 1), (1, 6)], None),
        ("ij,->ij", [(5, 6), ()], None),
        ("i,j->ij", [(5,), (6,)], None),
        ("ij,jk->k", [(5, 6), (6, 7)], None),
        ("iij,jk->ik", [(5, 5, 6), (6, 7)], None),
        ("ij,jk->ik", [(3, 1), (4, 5)], None),  # j broadcasts
        ("ij,jk->ik", [(3, 0), (0, 5)], "GEMM"),
    ],
)
def test_each_kind_of_step_gives_numpys_result(subscripts, shapes, blas, layout):
    arrays = [operand(shape, "f8", seed, layout) for seed, shape in enumerate(shapes)]
    priced = plan(subscripts, tuple(shapes))
    assert [step.blas for step in priced.info.steps] == [blas]
    assert_same(priced.run(*arrays), np.einsum(subscripts, *arrays))


@pytest.mark.parametrize("dtype", ["i1", "i8", "u4", "f4", "c16"])
@pytest.mark.parametrize("subscripts", ["ij,jk->ik", "ij,jk->ki", "xij,xjk->xik"])
def test_large_products_give_numpys_result_for_integers_too(subscripts, dtype):
    arrays = [
        operand((80,) * len(term), dtype, seed)
        for seed, term in enumerate(subscripts[: subscripts.index("-")].split(","))
    ]
    if len(arrays[0].shape) == 3:
        arrays = [array[:2] for array in arrays]
    ours = plan(subscripts, tuple(array.shape for array in arrays)).run(*arrays)
    assert_same(ours, np.einsum(subscripts, *arrays))


def test_results_agree_to_rounding():
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((9, 9, 9)), *rng.standard_normal((3, 9, 9))]
    ours = plan("ijk,ai,bj,ck->abc", tuple(array.shape for array in arrays)).run(*arrays)
    np.testing.assert_allclose(ours, np.einsum("ijk,ai,bj,ck->abc", *arrays), rtol=1e-12, atol=1e-12)
    assert ours.dtype == np.float64


@pytest.mark.parametrize("subscripts", ["ij->ji", "ii->i", "ij->ij", "...j->j...", "ijk->kij", "iij->ji"])
def test_what_rearranges_one_operand_is_a_writable_view(subscripts):
    ndim = len(subscripts.split("->")[0].replace("...", "x"))
    array = np.zeros((3,) * ndim)
    view = plan(subscripts, (array.shape,)).run(array)
    view[...] = 1
    assert array.sum() == view.size
    array.flags.writeable = False
    assert not plan(subscripts, (array.shape,)).run(array).flags.writeable


def test_operands_of_a_plan_stay_as_they_are():
    arrays = [operand((3, 3), "f8", seed) for seed in range(4)]
    before = [array.copy() for array in arrays]
    plan("ij,jk,kl,lm->im", ((3, 3),) * 4).run(*arrays)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("optimize", [True, [(0, 1), (0, 1)]])
def test_small_types_do_not_overflow_before_they_meet_the_larger(optimize):
    small = np.full(100, 100, "i1")
    run = plan("i,i,->", ((100,), (100,), ()), optimize).run
    assert run(small, small, np.array(1.0)) == 1_000_000  # 100 * 100*100, as np.einsum's; np.int8 ends at 127
    flags = np.ones(5, bool)
    assert plan("i,i,->", ((5,), (5,), ()), optimize).run(flags, flags, np.array(1)) == 5


def test_objects_stay_objects_on_their_way_through_a_path():
    third = np.array([Fraction(1, 3), Fraction(2, 3)], object)
    huge = np.array([10**30, 1], object)
    run = plan("i,i,j,j->", ((2,),) * 4, [(0, 1), (0, 1), (0, 1)]).run
    assert run(third, third, third, third) == Fraction(25, 81)  # (1/9 + 4/9) squared
    assert run(huge, huge, huge, huge) == (10**60 + 1) ** 2


def test_more_than_52_labels_in_one_step_can_be_priced_but_not_run():
    terms = ["".join(chr(0x100 + i) for i in span) for span in (range(30), range(30, 60))]
    priced = plan(",".join(terms) + "->", ((1,) * 30, (1,) * 30))
    assert priced.cost == 1
    with pytest.raises(ValueError, match="has 60 labels, NumPy runs up to 52"):
        priced.run(np.ones((1,) * 30), np.ones((1,) * 30))


OPTIONS = [
    {"dtype": "f8"},
    {"dtype": "c16"},
    {"dtype": "f4"},
    {"dtype": "f4", "casting": "same_kind"},
    {"dtype": "i8", "casting": "unsafe"},
    {"casting": "no"},
    {"casting": "equiv"},
    {"casting": "unsafe"},
    {"order": "C"},
    {"order": "F"},
    {"order": "A"},
    {"order": "K"},
    {"out": "f8"},
    {"out": "f4"},
    {"out": "c16"},
    {"out": "i8"},
    {"out": "f4", "casting": "same_kind"},
    {"out": "i8", "casting": "unsafe"},
    {"out": "f8", "dtype": "f8"},
    {"out": "f8", "dtype": "f4", "casting": "same_kind"},
    {"out": "f8", "order": "F"},
    {"casting": "maybe"},
    {"dtype": "nonsense"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtypes", [("f8", "f8", "f8"), ("i1", "i1", "i1"), ("f4", "i1", "i8")], ids=str)
@pytest.mark.parametrize(
    "subscripts", ["ij,jk->ik", "ij,jk->ki", "ij,ij->ij", "ij,jk->", "ij,jk,kl->il", "ij->i", "ij->ji", "ii->i", "ij->"]
)
def test_options_mean_what_they_mean_to_numpy(subscripts, dtypes, options):
    inputs, output = subscripts.split("->")
    arrays = [
        operand((4, 4), dtype, seed) for seed, (_, dtype) in enumerate(zip(inputs.split(","), dtypes, strict=False))
    ]
    shapes = tuple(array.shape for array in arrays)

    def call(function):
        given = dict(options)
        if "out" in given:
            given["out"] = np.full((4,) * len(output), 77, given["out"])
        try:
            result = function(given)
        except (TypeError, ValueError) as error:
            return type(error), given.get("out")
        assert "out" not in given or result is given["out"]
        return result, given.get("out")

    expected, out = call(lambda given: np.einsum(subscripts, *arrays, **given))
    ours, our_out = call(lambda given: execute(plan(subscripts, shapes), arrays, **given))
    if isinstance(expected, type):
        assert ours is expected
    else:
        assert_same(ours, expected)
        if "order" in options and "out" not in options and options["order"] != "K":
            assert (ours.flags.c_contiguous, ours.flags.f_contiguous) == (
                expected.flags.c_contiguous,
                expected.flags.f_contiguous,
            )
    np.testing.assert_array_equal(our_out, out)  # untouched where it was refused


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="order must be one of"):
        execute(plan("ij,jk->ik", ((4, 4), (4, 4))), (np.ones((4, 4)), np.ones((4, 4))), order="X")


@pytest.mark.parametrize("subscripts", ["ij,jk->ik", "ij,j->ij", "ijk,k->ij", "ij,ij->ij"])
@pytest.mark.parametrize("layouts", ["CC", "FF", "CF", "FC"])
@pytest.mark.parametrize("order", "AK")
def test_orders_a_and_k_follow_the_operands(subscripts, layouts, order):
    terms = subscripts.split("->")[0].split(",")
    shapes = tuple(tuple({"i": 3, "j": 4, "k": 5}[label] for label in term) for term in terms)
    arrays = [operand(shape, "f8", 0, layout) for shape, layout in zip(shapes, layouts, strict=True)]
    results = [execute(plan(subscripts, shapes), arrays, order=order)]
    results += [np.einsum(subscripts, *arrays, order=order, optimize=optimize) for optimize in (False, True)]
    ours, *numpys = [(one.flags.c_contiguous, one.flags.f_contiguous) for one in results]
    assert ours in numpys  # which differ where NumPy finds a product of matrices, as in ijk,k->ij


def test_products_of_objects_keep_their_order_whatever_the_layout():
    class Word(str):
        def __mul__(self, other):
            return Word(str(self) + str(other))

        def __add__(self, other):
            return Word(f"{self!s}+{other!s}")

    a, b = (np.array([[Word(f"{name}{i}{j}") for j in "12"] for i in "12"], object, order="F") for name in "ab")
    assert execute(plan("ij,jk->ik", ((2, 2), (2, 2))), (a, b)).tolist() == [
        ["a11b11+a12b21", "a11b12+a12b22"],
        ["a21b11+a22b21", "a21b12+a22b22"],
    ]


@pytest.mark.parametrize("order", ["a", "A", "c", "f", "k", None])
def test_order_may_be_written_in_lower_case(order):
    arrays = [operand((3, 4), "f8", 0, "F"), operand((4, 5), "f8", 1, "F")]
    result = execute(plan("ij,jk->ik", ((3, 4), (4, 5))), arrays, order=order)
    np.testing.assert_array_equal(result, arrays[0] @ arrays[1])
    if order in ("a", "A", "c", "f"):
        assert result.flags.f_contiguous == (order != "c")


def test_the_error_of_an_objects_own_arithmetic_comes_out():
    class Refusing:
        def __mul__(self, other):
            raise KeyError("mine")

    array = np.empty((3, 3), object)
    array.fill(Refusing())
    for subscripts in ("ij,jk->ik", "ij,jk->ki", "ij,jk,kl->il"):
        operands = [array] * (subscripts.count(",") + 1)
        with pytest.raises(KeyError, match="mine"):
            execute(plan(subscripts, tuple(a.shape for a in operands)), operands)


def test_out_may_be_an_operand():
    a, b = operand((4, 4), "f8", 0), operand((4, 4), "f8", 1)
    expected = a @ b
    assert execute(plan("ij,jk->ik", ((4, 4), (4, 4))), (a, b), out=a) is a
    np.testing.assert_array_equal(a, expected)


def test_out_must_hold_the_type_of_the_result():
    message = "einsum computes in float64, which casting='safe' does not put into out of float32"
    with pytest.raises(TypeError, match=message):
        execute(plan("i,i->", ((3,), (3,))), (np.ones(3), np.ones(3)), out=np.empty((), "f4"))


def test_out_must_have_the_shape_of_the_result():
    with pytest.raises(ValueError, match=r"out has shape \(3, 4\), the result \(3, 5\)"):
        execute(plan("ij,jk->ik", ((3, 4), (4, 5))), (np.ones((3, 4)), np.ones((4, 5))), out=np.empty((3, 4)))


@pytest.mark.parametrize("subscripts", ["ijk,ai,bj,ck->abc", "ij,jk->ik", "ij->i", "ij->ji"])
def test_numpy_takes_our_path_back(subscripts):
    arrays = [operand((3,) * len(term), "f8", seed) for seed, term in enumerate(subscripts.split("->")[0].split(","))]
    shapes = tuple(array.shape for array in arrays)
    info = plan(subscripts, shapes).info
    np.testing.assert_array_equal(
        np.einsum(subscripts, *arrays, optimize=info.numpy_path), plan(subscripts, shapes).run(*arrays)
    )
    assert plan(subscripts, shapes, info.numpy_path).cost == info.optimized_cost
    assert plan(subscripts, shapes, np.einsum_path(subscripts, *arrays)[0]).info.path
