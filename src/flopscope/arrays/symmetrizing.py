"""Making symmetric tensors: by declaring, by averaging, by drawing; and testing for symmetry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from flopscope.arrays import dispatch
from flopscope.arrays.dispatch import nd
from flopscope.arrays.tensors import SymmetricTensor, tag
from flopscope.costs.shapes import Shaped, normalize_axis
from flopscope.costs.symmetric import has
from flopscope.costs.table import Op, lookup
from flopscope.errors import SymmetryError, near
from flopscope.symmetry import SymmetryGroup, checked
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
        Largest difference allowed; ``min(10 * eps * max(shape), 0.1) * max(abs(x))`` unless given, with the eps of
        the dtype; 0 for integers. NaN is equal to NaN.

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
    array, group = _fitting("as_symmetric", x, symmetry, symmetric_axes)
    _check_tolerance("as_symmetric", tolerance)
    if has(array, group):
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
        Of the dtype of `x`; integers are refused, as their mean is none. A tensor that has the symmetry already is its
        own mean, and returned as it is.

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
    array, group = _fitting("symmetrize", x, symmetry, symmetric_axes)
    if has(array, group):
        return cast("SymmetricTensor", array)
    if array.dtype.kind not in "fc":
        raise SymmetryError(f"symmetrize: the mean of {array.dtype} is no {array.dtype}; use x.astype(float)")

    def run(values: np.ndarray, group: SymmetryGroup) -> np.ndarray:
        values = np.asarray(values)
        for moves in group.cosets():
            terms = (values.transpose(_places(move, values.ndim)) for move in moves)
            total = next(terms).copy()
            for term in terms:
                total += term
            total /= len(moves)
            values = total
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
        False as well if axes differ in size, or if there are not as many.

    Notes
    -----
    FLOPs = numel(x) per generator of the group.

    Examples
    --------
    >>> is_symmetric([[1, 2], [2, 3]], symmetric_axes=(0, 1))
    True
    """
    array, group = _array("is_symmetric", x), _declared("is_symmetric", x, symmetry, symmetric_axes)
    _check_tolerance("is_symmetric", tolerance)
    try:
        group.check_sizes(array.shape)
    except SymmetryError:
        return False

    def run(values: np.ndarray, group: SymmetryGroup, tolerance: float | None) -> bool:
        try:
            _check("is_symmetric", values, group, tolerance)
        except SymmetryError:
            return False
        return True

    return dispatch.execute(_row("symmetry.is_symmetric"), run, (array, group, tolerance), {})


def draw(
    shape: Any, symmetry: SymmetryGroup, distribution: Any = "normal", *, rng: Any = None, **parameters: Any
) -> SymmetricTensor:
    """Draw the unique elements of a tensor: ``fnp.random.symmetric``."""
    sizes = Shaped(shape, symmetry=checked("random.symmetric()", symmetry)).shape
    number = symmetry.unique_elements(sizes)
    if callable(distribution) and rng is not None:
        raise TypeError("random.symmetric() takes rng= with the name of a distribution; a function has its own")
    if callable(distribution) and not hasattr(getattr(distribution, "__self__", None), "_numpy"):
        variates: Any = distribution(size=number, **parameters)  # which is charged for what it computes
        return _tagged("random", _spread, symmetry, sizes, symmetry, variates)
    sample = _sampler(distribution, rng)

    def run(shape: Any, group: SymmetryGroup, distribution: Any, **parameters: Any) -> np.ndarray:
        return _spread(shape, group, sample(size=number, **parameters))

    return _tagged("random", run, symmetry, sizes, symmetry, distribution, **parameters)


def _sampler(distribution: Any, rng: Any) -> Callable[..., Any]:
    """What draws: NumPy's own method, which charges nothing."""
    if callable(distribution):
        rng, distribution = cast("Any", distribution).__self__, distribution.__name__
    source = np.random if rng is None else getattr(rng, "_numpy", rng)
    if not isinstance(source, (np.random.Generator, np.random.RandomState, type(np))):
        raise TypeError(f"random.symmetric: rng= takes a Generator, such as fnp.random.default_rng(0); got {rng!r}")
    sample = getattr(source, distribution, None) if isinstance(distribution, str) else None
    if not callable(sample) or distribution.startswith("_"):
        guess = near(distribution, dir(source)) if isinstance(distribution, str) else ""
        raise ValueError(
            f"random.symmetric: {'numpy.random' if rng is None else type(rng).__name__} has no distribution "
            f"{distribution!r}{guess or '; use a name such as normal or uniform, or a function of size='}"
        )
    return sample


def _spread(shape: Any, group: SymmetryGroup, variates: Any) -> np.ndarray:
    """The array whose unique elements are the variates."""
    drawn = _array("random.symmetric", np.asarray(variates))
    numbers = settled(np.arange(np.prod(shape, dtype=int)).reshape(shape), group)
    firsts, orbit = np.unique(numbers, return_inverse=True)
    if drawn.ndim != 1 or len(drawn) < len(firsts):  # more of them where the group is too large to be counted
        raise ValueError(
            f"random.symmetric: the distribution is asked for {group.unique_elements(shape)} numbers, one for each "
            f"unique element, and gave an array of shape {drawn.shape}"
        )
    return drawn[orbit.reshape(-1)].reshape(shape)


# -- what they share -------------------------------------------------------------------------------------------------


def _array(name: str, x: Any) -> np.ndarray:
    array = x if isinstance(x, nd) else np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise SymmetryError(f"{name}: a symmetric tensor holds numbers or booleans, got {array.dtype}")
    return array


def _fitting(name: str, x: Any, symmetry: SymmetryGroup | None, axes: Any) -> tuple[np.ndarray, SymmetryGroup]:
    """The array, and the group that the caller names for it."""
    array, group = _array(name, x), _declared(name, x, symmetry, axes)
    try:
        group.check_sizes(array.shape)
    except SymmetryError as error:
        raise SymmetryError(f"{name}: an array of shape {array.shape} cannot have this symmetry: {error}") from None
    return array, group


def _declared(name: str, x: Any, symmetry: SymmetryGroup | None, axes: Any) -> SymmetryGroup:
    """The group that the caller names one way or the other."""
    if (symmetry is None) == (axes is None):
        raise SymmetryError(f"{name}() takes either symmetry= (a SymmetryGroup) or symmetric_axes=, such as (0, 1)")
    if symmetry is not None:
        if not isinstance(cast("Any", symmetry), SymmetryGroup):
            raise TypeError(f"{name}() takes a SymmetryGroup, got {symmetry!r}; use symmetric_axes= for axes")
        return symmetry
    try:
        several = any(hasattr(axis, "__iter__") for axis in axes)
        blocks: list[list[Any]] = [list(block) for block in (axes if several else (axes,))]
    except TypeError:
        raise TypeError(
            f"{name}: symmetric_axes= takes axes, such as (0, 1), or sets of them, such as ((0, 1), (2, 3)); "
            f"got {axes!r}"
        ) from None
    ndim = len(np.shape(x))
    try:
        return SymmetryGroup.young([[normalize_axis(axis, ndim) for axis in block] for block in blocks])
    except (TypeError, ValueError) as error:
        raise SymmetryError(f"{name}: symmetric_axes={axes!r} for shape {np.shape(x)}: {error}") from None


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


def _check_tolerance(name: str, tolerance: Any) -> None:
    try:
        good = tolerance is None or tolerance >= 0  # NaN is not
    except TypeError:
        good = False
    if not good:
        raise SymmetryError(f"{name}: tolerance= is the largest difference allowed, from 0 up; got {tolerance!r}")


def _check(name: str, x: np.ndarray, group: SymmetryGroup, tolerance: float | None) -> None:
    """Raise unless every generator leaves `x` as it is, to within the tolerance."""
    x = np.asarray(x)  # also masked arrays and matrices, whose methods are others
    allowed = _tolerance(x) if tolerance is None else tolerance
    worst: Any = allowed
    how = None
    for move in group.generators:
        y = x.transpose(_places(move, x.ndim))
        difference = _difference(x, y)
        largest = difference.max(initial=0)
        if not largest <= worst:
            worst = largest
            place = tuple(map(int, np.unravel_index(difference.argmax(), x.shape)))
            axes = ", ".join(f"{axis} to {image}" for axis, image in move.items())
            how = f"taking axis {axes} changes it by up to {largest:.3g}, at {place}, where {x[place]} meets {y[place]}"
    if how:
        raise SymmetryError(
            f"{name}: an array of shape {x.shape} is not symmetric under {group!r}: {how}; allowed is "
            f"{allowed:.3g}. Give tolerance= if that is near enough, or make it symmetric with flops.symmetrize"
        )


def _difference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Their distance element by element, exact for integers; that of NaN is 0 from NaN, and infinite from a number."""
    if x.dtype.kind not in "fc":
        return np.maximum(x, y).astype(np.uint64) - np.minimum(x, y).astype(np.uint64)
    with np.errstate(all="ignore"):
        difference = np.where((x == y) | ((x != x) & (y != y)), 0, np.abs(x - y))
    difference[np.isnan(difference)] = np.inf
    return difference


def _tolerance(x: np.ndarray) -> Any:
    if x.dtype.kind not in "fc" or not x.size:
        return 0
    size = np.abs(x)
    largest = size[np.isfinite(size)].max(initial=0)
    return largest * size.dtype.type(min(10 * float(np.finfo(x.dtype).eps) * max(x.shape, default=0), 0.1))
