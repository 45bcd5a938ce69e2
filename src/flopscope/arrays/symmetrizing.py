"""Making symmetric tensors: by declaring, by averaging, by drawing; and testing for symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import nd
from flopscope.arrays.tensors import SymmetricTensor, tag
from flopscope.costs.shapes import Shaped, normalize_axis
from flopscope.costs.table import Op, lookup
from flopscope.errors import SymmetryError
from flopscope.symmetry import SymmetryGroup
from flopscope.symmetry.settling import settled


def as_symmetric(
    x: Any,
    symmetry: SymmetryGroup | None = None,
    *,
    symmetric_axes: Any = None,
    validate: bool = True,
    tolerance: float | None = None,
) -> SymmetricTensor:
    """Declare that an array is symmetric, so that ops on it are charged for its unique elements.

    The tensor is a copy, and symmetric to the last bit: of elements that should be equal, the one whose indices ascend
    is taken. It may be written to as any array, which takes the symmetry from it.

    Parameters
    ----------
    x : array_like of numbers or booleans
        What is symmetric.
    symmetry : SymmetryGroup, optional
        Its group, or
    symmetric_axes : tuple of int or of tuples of int, optional
        axes that can be exchanged for each other: ``(0, 1)``, or several sets ``((0, 1), (2, 3))``; -1 is the last.
    validate : bool, default True
        Compare the elements. Without it the others than those with ascending indices are not looked at.
    tolerance : float, optional
        Largest difference allowed; ``10 * eps * max(shape) * max(abs(x))`` unless given, 0 for integers. NaN is
        equal to NaN.

    Returns
    -------
    SymmetricTensor
        Of the values of `x`. A tensor that has the symmetry already is returned as it is.

    Raises
    ------
    SymmetryError
        If the array does not have the symmetry: it says which axes, by how much, and where.

    Notes
    -----
    FLOPs = numel(x) per generator of the group (S2 has one, every larger S_k two); 0 without validation.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> s = flops.as_symmetric(fnp.ones((4, 4)), symmetric_axes=(0, 1))
    >>> s.symmetry, s.unique_elements  # 4*5/2
    (S2{0,1}, 10)
    """
    array, group = _array(x), _declared("as_symmetric", x, symmetry, symmetric_axes)
    known: SymmetryGroup | None = getattr(array, "symmetry", None)
    if known and group.is_subgroup(known):
        return cast("SymmetricTensor", array)

    def run(values: np.ndarray, group: SymmetryGroup, validate: bool, tolerance: float | None) -> np.ndarray:
        if validate:
            _check("as_symmetric", values, group, tolerance)
        return settled(values, group)

    return _tagged("as_symmetric", run, group, array, group, validate, tolerance)


def symmetrize(x: Any, symmetry: SymmetryGroup | None = None, *, symmetric_axes: Any = None) -> SymmetricTensor:
    """Make an array symmetric: the mean of all its permutations (the Reynolds average).

    Parameters
    ----------
    x : array_like of real or complex numbers
        Any array whose axes have sizes that fit.
    symmetry, symmetric_axes
        As for `as_symmetric`.

    Returns
    -------
    SymmetricTensor
        Of the dtype of `x`; integers are refused, as their mean is none.

    Notes
    -----
    FLOPs = numel(x) per term of the sums that make the mean: for S_k, 2 + 3 + ... + k.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> flops.symmetrize(fnp.asarray([[1.0, 2.0], [4.0, 3.0]]), symmetric_axes=(0, 1))  # FLOPs: 2*4 = 8
    array([[1., 3.],
           [3., 3.]])
    """
    array, group = _array(x), _declared("symmetrize", x, symmetry, symmetric_axes)
    if array.dtype.kind not in "fc":
        raise SymmetryError(f"symmetrize: the mean of {array.dtype} is no {array.dtype}; use x.astype(float)")

    def run(values: np.ndarray, group: SymmetryGroup) -> np.ndarray:
        for moves in group.cosets():
            terms = (values.transpose(_places(move, values.ndim)) for move in moves)
            total = next(terms).copy()
            for term in terms:
                total += term
            values = total / total.dtype.type(len(moves))
        return settled(values, group)

    return _tagged("symmetrize", run, group, array, group)


def is_symmetric(
    x: Any, symmetry: SymmetryGroup | None = None, *, symmetric_axes: Any = None, tolerance: float | None = None
) -> bool:
    """Whether an array has a symmetry.

    Parameters
    ----------
    x : array_like of numbers or booleans
        Any array.
    symmetry, symmetric_axes, tolerance
        As for `as_symmetric`.

    Returns
    -------
    bool
        False as well if axes differ in size.

    Notes
    -----
    FLOPs = numel(x) per generator of the group.

    Examples
    --------
    >>> is_symmetric([[1, 2], [2, 3]], symmetric_axes=(0, 1))
    True
    """
    array = _array(x)
    try:
        group = _declared("is_symmetric", x, symmetry, symmetric_axes)
    except SymmetryError:
        if symmetry is None and symmetric_axes is None:
            raise
        return False

    def run(values: np.ndarray, group: SymmetryGroup, tolerance: float | None) -> bool:
        try:
            _check("is_symmetric", values, group, tolerance)
        except SymmetryError:
            return False
        return True

    return dispatch.execute(_row("symmetry.is_symmetric"), run, (array, group, tolerance), {})


def draw(
    shape: Any, symmetry: SymmetryGroup, distribution: str = "normal", *, rng: Any = None, **parameters: Any
) -> SymmetricTensor:
    """Draw a random symmetric tensor, each unique element from a distribution, independently.

    Parameters
    ----------
    shape : tuple of int
        Shape of the tensor.
    symmetry : SymmetryGroup
        Its group.
    distribution : str, default "normal"
        Name of a function of ``numpy.random`` that takes ``size=``.
    rng : Generator, optional
        Source; the global one of ``numpy.random`` unless given.
    **parameters
        Of the distribution: ``loc=0, scale=1``.

    Returns
    -------
    SymmetricTensor

    Notes
    -----
    FLOPs = number of unique elements.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.BudgetContext(10) as budget:
    ...     t = fnp.random.symmetric((3, 3), flops.SymmetryGroup.symmetric(axes=(0, 1)), "uniform", low=-1)
    >>> t.unique_elements, budget.flops_used  # 3*4/2
    (6, 6)
    """
    sizes = Shaped(shape, symmetry=symmetry).shape
    source = np.random if rng is None else getattr(rng, "_numpy", rng)
    sample: Callable[..., Any] | None = getattr(source, distribution, None)
    if sample is None or distribution.startswith("_"):
        raise ValueError(
            f"random.symmetric: numpy.random has no distribution {distribution!r}; use 'normal', 'uniform' ..."
        )

    def run(shape: Any, group: SymmetryGroup, distribution: str, **parameters: Any) -> np.ndarray:
        numbers = settled(np.arange(np.prod(sizes, dtype=int)).reshape(sizes), group)
        firsts, orbit = np.unique(numbers, return_inverse=True)
        return np.asarray(sample(size=len(firsts), **parameters))[orbit.reshape(sizes)]

    return _tagged("random", run, symmetry, sizes, symmetry, distribution, **parameters)


# -- what they share -------------------------------------------------------------------------------------------------


def _array(x: Any) -> np.ndarray:
    array = x if isinstance(x, nd) else np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise SymmetryError(f"a symmetric tensor holds numbers or booleans, got {array.dtype}")
    return array


def _declared(name: str, x: Any, symmetry: SymmetryGroup | None, axes: Any) -> SymmetryGroup:
    """The group that the caller names one way or the other, with sizes that fit."""
    if (symmetry is None) == (axes is None):
        raise SymmetryError(f"{name}() takes either symmetry= (a SymmetryGroup) or symmetric_axes=, such as (0, 1)")
    sizes = np.shape(x)
    if symmetry is None:
        blocks = cast("Iterable[Any]", axes if any(hasattr(axis, "__iter__") for axis in axes) else (axes,))
        try:
            symmetry = SymmetryGroup.young([[normalize_axis(axis, len(sizes)) for axis in block] for block in blocks])
        except (TypeError, ValueError) as error:
            raise SymmetryError(f"{name}(): symmetric_axes={axes!r} for shape {sizes}: {error}") from None
    if not isinstance(cast("Any", symmetry), SymmetryGroup):
        raise TypeError(f"{name}() takes a SymmetryGroup, got {symmetry!r}; use symmetric_axes= for axes")
    symmetry.check_sizes(sizes)
    return symmetry


def _tagged(name: str, run: Callable[..., Any], group: SymmetryGroup, *args: Any, **kwargs: Any) -> Any:
    """Run `run` as the op `name`, and make a symmetric tensor of the result."""
    row = _row(f"symmetry.{name}")
    return dispatch.execute(row, run, args, kwargs, finish=lambda result: tag(nd.view(result, nd), group))


def _row(name: str) -> Op:
    row = lookup(name)
    assert row is not None
    return row


def _places(move: dict[int, int], ndim: int) -> list[int]:
    return [move.get(axis, axis) for axis in range(ndim)]


def _check(name: str, x: np.ndarray, group: SymmetryGroup, tolerance: float | None) -> None:
    """Raise unless every generator leaves `x` as it is, to within the tolerance."""
    for move in group.generators:
        y = x.transpose(_places(move, x.ndim))
        unequal = (x != y) & ((x == x) | (y == y))  # NaN equals NaN
        if not unequal.any():
            continue
        wide = x.dtype if x.dtype.kind in "fc" else float
        with np.errstate(all="ignore"):
            difference = np.where(unequal, np.abs(x.astype(wide) - y.astype(wide)), 0)
            difference[np.isnan(difference)] = np.inf
            largest = difference.max()
            allowed = _tolerance(x) if tolerance is None else tolerance
        if not largest <= allowed:
            place = tuple(map(int, np.unravel_index(difference.argmax(), x.shape)))
            axes = ", ".join(f"{axis} to {image}" for axis, image in move.items())
            raise SymmetryError(
                f"{name}: an array of shape {x.shape} is not symmetric under {group!r}: taking axis {axes} "
                f"changes it by up to {largest:.3g}, at {place}, where {x[place]} meets {y[place]}; allowed is "
                f"{allowed:.3g}. Give tolerance= if that is near enough, or make it symmetric with flops.symmetrize"
            )


def _tolerance(x: np.ndarray) -> float:
    if x.dtype.kind not in "fc":
        return 0.0
    size = np.abs(x)
    largest = size[np.isfinite(size)].max(initial=0)
    return float(10 * np.finfo(x.dtype).eps * max(x.shape) * largest)
