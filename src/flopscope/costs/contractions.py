"""Contractions of two operands: what products of vectors, matrices and tensors cost.

A contraction is priced by the product of all its index sizes, because 1 FLOP is one fused multiply-add: the elements
of the first operand times the free indices of the second. ``matmul`` and its kin broadcast what they do not contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Any, NamedTuple

import flopscope.einsum as _einsum

from . import groups
from .elementwise import outputs
from .shapes import Shape, broadcast, normalize_axes, normalize_axis, numel, shape, summed_axes
from .table import ops

#: Ufuncs for which the order of their two operands does not matter.
COMMUTATIVE = frozenset(
    "add multiply maximum minimum fmax fmin hypot logaddexp logaddexp2 gcd lcm equal not_equal bitwise_and bitwise_or "
    "bitwise_xor logical_and logical_or logical_xor".split()
)
#: Ops whose price depends on which operands are the same array, besides their shapes and symmetry.
BY_IDENTITY = frozenset(
    "matmul vecdot matvec vecmat vdot tensordot dot inner outer linalg.outer kron einsum".split()
).union(f"{name}.outer" for name in COMMUTATIVE)
#: Those that conjugate their first operand: where that is complex, it is another array.
CONJUGATING = frozenset("vdot vecdot vecmat".split())

# Labels for axes. Letters that name lengths in the rules are small, so these are not.
_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "".join(map(chr, range(0xC0, 0x200)))


class Pair(NamedTuple):
    """A product of two operands as the einsum that it is, and what that costs without symmetry.

    `conjugates` says whether the first operand is conjugated.
    """

    operands: tuple[Any, Any]
    subscripts: str
    dense: int
    conjugates: bool = False

    def facts(self) -> _einsum.Facts:
        facts = _einsum.facts_of(self.operands)
        return facts._replace(repeats=()) if self.conjugates and is_complex(self.operands[0]) else facts


def is_complex(operand: Any) -> bool:
    return getattr(getattr(operand, "dtype", None), "kind", None) == "c"


def _flops(pair: Pair) -> int:
    """What a product costs: less where operands have symmetry or are one array."""
    facts = pair.facts()
    return pair.dense if facts == _einsum.NO_FACTS else _plan(pair, facts).cost


def _plan(pair: Pair, facts: _einsum.Facts) -> _einsum.Plan:
    return _einsum.plan(pair.subscripts, tuple(map(shape, pair.operands)), facts=facts)


def _group(pair_of: Callable[..., Pair]) -> Callable[..., Any]:
    """Symmetry rule of an op of which `pair_of` says which product it is."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        pair = pair_of(*args, **kwargs)
        facts = pair.facts()
        return None if facts == _einsum.NO_FACTS else _plan(pair, facts).info.symmetry

    return rule


# Generalized ufuncs: the core axes are multiplied, the rest broadcasts.


def _gufunc(letters: tuple[str, ...], operands: tuple[Any, ...], axes: Any) -> Pair:
    """The product of the lengths that the core letters name, times the loop over the other axes.

    `axes` gives each operand's core axes; None or a missing entry means the last ones.
    """
    axes = [] if axes is None else list(axes)
    lengths: dict[str, int] = {}
    loops: list[Shape] = []
    terms: list[str] = []
    for position, (names, operand) in enumerate(zip(letters, operands, strict=True)):
        if operand is None or operand is ...:  # no `out`
            continue
        sizes = shape(operand)
        if len(sizes) < len(names):
            raise ValueError(f"operand {position + 1} needs at least {len(names)} dimensions, got shape {sizes}")
        core = normalize_axes(axes[position] if position < len(axes) else range(-len(names), 0), len(sizes))
        for name, axis in zip(names, core, strict=True):
            if lengths.setdefault(name, sizes[axis]) != sizes[axis]:
                shapes = ", ".join(str(shape(o)) for o in operands if o is not None)
                raise ValueError(f"cannot multiply shapes {shapes}: {name} is {lengths[name]} and {sizes[axis]}")
        loops.append(tuple(size for axis, size in enumerate(sizes) if axis not in core))
        terms.append(_labelled(len(sizes), core, names))
    ndim = max(map(len, loops[:2])) + len(letters[2])
    given = len(axes) > 2 and letters[2]  # with keepdims=, axes are also given where there are none
    output = _labelled(ndim, normalize_axes(axes[2], ndim) if given else range(-len(letters[2]), 0), letters[2])
    return Pair(operands[:2], f"{terms[0]},{terms[1]}->{output}", prod(lengths.values()) * prod(broadcast(*loops)))


def _labelled(ndim: int, core: Iterable[int], names: str) -> str:
    """Labels of axes: `names` for the core axes; those of a stack that broadcast against each other have the same."""
    named = {axis % ndim: name for axis, name in zip(core, names, strict=True)}
    stack = iter(_LABELS[: ndim - len(named)][::-1])
    return "".join(named.get(axis) or next(stack) for axis in range(ndim))


def matmul(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> int:
    """m*k*n per pair of matrices, stacks broadcast; a vector lacks its m or n.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1), a multiply-add counting 1.
    Example: (256, 256) @ (256, 256): 256**3 = 16,777,216; (3, 4) @ (4,): 12.
    """
    return _flops(_matmul(x1, x2, out, axes=axes))


def _matmul(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> Pair:
    left = "k" if len(shape(x1)) == 1 else "mk"
    right = "k" if len(shape(x2)) == 1 else "kn"
    return _gufunc((left, right, (left + right).replace("k", "")), (x1, x2, *outputs(out)), axes)


def vecdot(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, axis: int = -1, **_: Any) -> int:
    """n per pair of vectors, stacks broadcast.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1), a multiply-add counting 1.
    Example: (3, 5, 7) and (7,): 3*5*7 = 105.
    """
    return _flops(_vecdot(x1, x2, out, axes=axes, axis=axis))


def _vecdot(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, axis: int = -1, **_: Any) -> Pair:
    return _gufunc(("n", "n", ""), (x1, x2, *outputs(out)), axes or [axis, axis])._replace(conjugates=True)


def matvec(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> int:
    """m*n per matrix and vector, stacks broadcast.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1), a multiply-add counting 1.
    Example: (3, 5, 7) and (7,): 3*5*7 = 105.
    """
    return _flops(_matvec(x1, x2, out, axes=axes))


def _matvec(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> Pair:
    return _gufunc(("mn", "n", "m"), (x1, x2, *outputs(out)), axes)


def vecmat(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> int:
    """n*m per vector and matrix, stacks broadcast.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1), a multiply-add counting 1.
    Example: (3, 5) and (3, 5, 7): 3*5*7 = 105.
    """
    return _flops(_vecmat(x1, x2, out, axes=axes))


def _vecmat(x1: Any, x2: Any, /, out: Any = None, *, axes: Any = None, **_: Any) -> Pair:
    return _gufunc(("n", "nm", "m"), (x1, x2, *outputs(out)), axes)._replace(conjugates=True)


ops(matmul, "matmul", symmetry=_group(_matmul))
ops(vecdot, "vecdot", symmetry=_group(_vecdot))
ops(matvec, "matvec", symmetry=_group(_matvec))
ops(vecmat, "vecmat", symmetry=_group(_vecmat))


# Functions: every index that is not contracted is an index of the result.


def tensordot(a: Any, b: Any, axes: Any = 2) -> int:
    """numel(a)*numel(b)/k, where k is the product of the contracted lengths.

    Source: one matrix product after reshaping: m*k*n with m*k = numel(a), k*n = numel(b).
    Example: (3, 4, 5) and (4, 5, 6) over 2 axes: 3*4*5*6 = 360.
    """
    return _flops(_tensordot(a, b, axes))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Pair:
    sizes_a, sizes_b = shape(a), shape(b)
    axes_a, axes_b = summed_axes(axes, len(sizes_a), len(sizes_b))
    if [sizes_a[i] for i in axes_a] != [sizes_b[i] for i in axes_b]:
        raise ValueError(f"shapes {sizes_a} and {sizes_b} differ along the contracted axes {axes_a} and {axes_b}")
    term_a = _LABELS[: len(sizes_a)]
    contracted = {j: term_a[i] for i, j in zip(axes_a, axes_b, strict=True)}
    term_b = "".join(contracted.get(j) or _LABELS[len(sizes_a) + j] for j in range(len(sizes_b)))
    output = "".join(label for label in term_a + term_b if label not in contracted.values())
    dense = numel(a) * prod(size for j, size in enumerate(sizes_b) if j not in axes_b)
    return Pair((a, b), f"{term_a},{term_b}->{output}", dense)


def dot(a: Any, b: Any, out: Any = None) -> int:
    """numel(a)*numel(b)/k, k = last length of a; a scalar operand: numel(a)*numel(b).

    Source: the sum product over the last axis of a and the second last of b (the last of a vector).
    Example: (3, 4) and (4, 5): 3*4*5 = 60; (4,) and (4,): 4.
    """
    return _flops(_dot(a, b))


def _dot(a: Any, b: Any, out: Any = None) -> Pair:
    if not shape(a) or not shape(b):
        return _outer(a, b)
    return _tensordot(a, b, (-1, -min(len(shape(b)), 2)))


def inner(a: Any, b: Any, /) -> int:
    """numel(a)*numel(b)/k, k = last length of both; a scalar operand: numel(a)*numel(b).

    Source: the sum product over the last axes.
    Example: (2, 3, 4) and (5, 4): 2*3*4*5 = 120.
    """
    return _flops(_inner(a, b))


def _inner(a: Any, b: Any, /) -> Pair:
    return _tensordot(a, b, (-1, -1)) if shape(a) and shape(b) else _outer(a, b)


def vdot(a: Any, b: Any, /) -> int:
    """numel(a): both operands flattened.

    Source: Golub & Van Loan, Matrix Computations (4th ed., 1.1), a multiply-add counting 1.
    Example: (3, 4) and (3, 4): 12.
    """
    if numel(a) != numel(b):
        raise ValueError(f"vdot needs as many elements on both sides, got shapes {shape(a)} and {shape(b)}")
    if shape(a) != shape(b):
        return numel(a)
    labels = _LABELS[: len(shape(a))]
    return _flops(Pair((a, b), f"{labels},{labels}->", numel(a), True))


def outer(a: Any, b: Any, out: Any = None) -> int:
    """numel(a)*numel(b): every pair of elements.

    Source: a contraction over no index.
    Example: (4,) and (5,): 20.
    """
    return _flops(_outer(a, b))


def _outer(a: Any, b: Any, out: Any = None) -> Pair:
    labels = _LABELS[: len(shape(a)) + len(shape(b))]
    terms = labels[: len(shape(a))], labels[len(shape(a)) :]
    return Pair((a, b), f"{terms[0]},{terms[1]}->{labels}", numel(a) * numel(b))


ops(tensordot, "tensordot", symmetry=_group(_tensordot))
ops(dot, "dot", symmetry=_group(_dot))
ops(inner, "inner", symmetry=_group(_inner))
ops(vdot, "vdot")


def flat_outer(a: Any, b: Any, out: Any = None) -> Any:
    """The exchange of both axes, if one array, flattened, is both operands."""
    repeats = _einsum.facts_of((a, b)).repeats
    long = [axis for axis in repeats[1][1] if shape(a)[axis] != 1] if repeats and repeats[1] else None
    if long is None or long != sorted(long):
        return None
    twice = _einsum.Facts(repeats=(None, (0, (0,))))
    return _einsum.plan("A,B->AB", ((numel(a),), (numel(a),)), facts=twice).info.symmetry


#: Symmetry rule of a commutative ufunc's ``outer``, which does not flatten its operands.
outer_of_all_axes = _group(_outer)
ops(outer, "outer", symmetry=flat_outer)
ops(outer, "kron", symmetry=groups.kronecker)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> int:
    """3*numel(result): two products and their difference for each component.

    Source: the definition, component by component.
    Example: (10, 3) and (10, 3): 3*30 = 90.
    """
    if axis is not None:
        axisa = axisb = axis
    loops: list[Shape] = []
    components: list[int] = []
    for sizes, along in ((shape(a), axisa), (shape(b), axisb)):
        along = normalize_axis(along, len(sizes))
        components.append(sizes[along])
        loops.append((*sizes[:along], *sizes[along + 1 :]))
    if not set(components) <= {2, 3}:
        raise ValueError(f"cross needs vectors of 2 or 3 components, got shapes {shape(a)} and {shape(b)}")
    return 3 * prod(broadcast(*loops)) * (3 if 3 in components else 1)


ops(cross, "cross")


# Any number of operands


def einsum(
    *operands: Any,
    optimize: Any = True,
    symmetries: Any = None,
    identical: Any = None,
    symmetry: Any = None,
    **_: Any,
) -> int:
    """Sum over the steps of the path: product of the sizes of all indices of the step (1 FLOP per multiply-add).

    Where operands have symmetry or are the same array, the number of those points that differ by the step's group.

    Source: Smith & Gray, opt_einsum, JOSS 3(26), 753 (2018), with a fused multiply-add as one operation; Burnside's
    lemma for the points that are different.
    Example: 'ij,jk->ik' with (256, 256) and (256, 256): 256**3 = 16,777,216.
    """
    subscripts, arrays = _einsum.parse(operands)
    facts = _einsum.facts_of(arrays, symmetries, identical, symmetry)
    return _einsum.plan(subscripts, tuple(map(shape, arrays)), optimize, facts).cost


def einsum_path(*operands: Any, **_: Any) -> int:
    """1 per query: a nominal planning event, so that it is visible in the op log.

    Source: the budget planning guide.
    Example: any path: 1.
    """
    return 1


ops(einsum, "einsum")
ops(einsum_path, "einsum_path")
