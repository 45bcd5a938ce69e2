"""Ops that take more than a row of the table: einsum, its path, and the SVD of the leading triplets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from flopscope import einsum
from flopscope.arrays import dispatch, lanes
from flopscope.arrays.registry import door, explicit
from flopscope.budgets.blocks import active_scope
from flopscope.costs.models import FMA1, CostModel
from flopscope.costs.models import cost_model as find_cost_model
from flopscope.costs.shapes import Shape, Shaped, shape
from flopscope.costs.table import TABLE, Op

if TYPE_CHECKING:
    from flopscope.symmetry import SymmetryGroup

# -- einsum ----------------------------------------------------------------------------------------------------------


def _contract(plan: einsum.Plan, *operands: Any, **options: Any) -> Any:
    """Run the plan of an einsum on plain operands."""
    options.pop("symmetry", None)
    optimize = options.pop("optimize", None)
    subscripts, given = einsum.parse(operands)
    arrays = tuple(map(np.asarray, given))
    if optimize and options.get("out") is not None:
        # Who asks NumPy for a path gets other rules of casting into `out`, which depend on the path.
        return np.einsum(subscripts, *arrays, optimize=plan.info.numpy_path, **options)
    theirs = partial(np.einsum, subscripts, *arrays, **options)
    if any(array.dtype.kind not in "biufcO" for array in arrays):
        return theirs()  # it refuses most of them
    result, refused = None, None
    try:
        result = einsum.execute(plan, arrays, **options)
    except (AttributeError, TypeError, ValueError) as error:
        refused = error
    if refused is not None:
        theirs()  # says in NumPy's words what is wrong
        raise refused
    return result


def _contract_again(run: Callable[..., Any], subscripts: str, *operands: Any, optimize: Any = True) -> Any:
    """Run what the plan of an earlier call, of the same arrays but for their elements, is run by."""
    return run(*operands)


# Types of the arguments of calls that are known again by the types and shapes of their arrays.
_PLAIN = frozenset({str, dispatch.FA, dispatch.nd})


def _hashable(key: tuple[Any, ...]) -> tuple[Any, ...] | None:
    try:
        hash(key)
    except TypeError:  # a path, in a list
        return None
    return key


def _einsum(
    *operands: Any,
    out: Any = None,
    optimize: Any = True,
    dtype: Any = None,
    order: Any = "K",
    casting: Any = "safe",
    symmetry: Any = None,
    validate: bool = True,
) -> Any:
    """Contract operands by the Einstein summation convention, along the cheapest path.

    Parameters
    ----------
    *operands : str and arrays
        Subscripts and operands, in either of NumPy's forms.
    out : ndarray, optional
        Where to put the result.
    optimize : bool, str, list or callable, default True
        Which path to take, and so what is charged: True, the cheapest there is; False, all operands in one
        step; a name of opt_einsum's; or an explicit path as `einsum_path` returns it.
    dtype, order, casting
        As in NumPy.
    symmetry : SymmetryGroup, optional
        Group that the result is declared to have, on its axes 0, 1, 2 ...; only what differs by it is charged.
    validate : bool, default True
        Whether a declared symmetry is compared with the result, at the price of `flopscope.as_symmetric`.

    Returns
    -------
    ndarray
        The same values as NumPy's, to rounding. A `SymmetricTensor` if it has symmetry: that of the operands, of one
        array that is several operands, or the declared one.

    Raises
    ------
    SymmetryError
        If the result does not have the declared symmetry.

    Notes
    -----
    FLOPs = sum over the steps of the path of the product of the sizes of all indices of the step, a multiply-add
    counting 1. Where operands have symmetry or are the same array (also as a view with its axes in another order), the
    points of that product that differ: the orbits of the group of the step. Plans are cached by subscripts, shapes and
    symmetry. NumPy's default is ``optimize=False``.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.BudgetContext(100) as budget:
    ...     _ = fnp.einsum("ij,j->i", fnp.ones((4, 5)), fnp.ones(5))
    >>> budget.flops_used  # 4*5
    20
    >>> x = fnp.ones((4, 5))
    >>> with flops.BudgetContext(100) as budget:
    ...     gram = fnp.einsum("ki,kj->ij", x, x)
    >>> gram.symmetry, budget.flops_used  # 4 * 5*6/2
    (S2{0,1}, 60)
    """
    options = {"out": out, "optimize": optimize, "dtype": dtype, "order": order, "casting": casting}
    options |= {"symmetry": symmetry, "validate": validate}
    return door("einsum")(*operands, **options)


@explicit("einsum")
def _build_einsum(op: Op) -> Callable[..., Any]:
    # What runs calls that are not for the lane, of one array or three, by all that tells them apart.
    kernels: dict[Any, Callable[..., Any]] = {}

    def slow(operands: tuple[Any, ...], options: dict[str, Any], key: Any = None) -> Any:
        repeated, first = None, operands[0] if operands else None
        if key is None and options.keys() <= {"optimize"} and _PLAIN.issuperset(map(type, operands)):
            key = repeated = dispatch.signature(op, operands, options, True)
            if repeated in kernels:
                return dispatch.execute(op, kernels[repeated], operands, options, key, first)
        symmetry, validate = options.pop("symmetry", None), options.pop("validate", True)
        if symmetry:
            return declared(operands, options, symmetry, validate)
        # Without a plan it is left to NumPy, which leaves it to an operand, or says what is wrong.
        subscripts, run, finish, again = None, np.einsum, None, None
        try:
            subscripts, shapes, facts = known(operands)
            if not dispatch.has_foreign(np.einsum, operands):
                optimize = options.get("optimize", True)
                plan = einsum.plan(subscripts, shapes, optimize, facts)
                run = partial(_contract, plan)
                if plan.info.symmetry and options.get("out") is None:
                    finish = dispatch.finishing("einsum", plan.info.symmetry, not facts.asked, operands)
                if repeated is not None and type(first) is str:
                    again = partial(_contract_again, tagged(plan, facts))
                if key is None and "out" not in options and len(operands) > 2:  # what is one operand may be a view
                    key = _hashable((op, subscripts, shapes, facts, optimize))
        except einsum.UnknownOptimizerError:
            raise  # NumPy would not look at it where there is one path only
        except (TypeError, ValueError):
            pass
        result = dispatch.execute(op, run, operands, options, key, subscripts, finish)
        if again is not None:
            if len(kernels) >= 4096:
                kernels.clear()
            kernels[repeated] = again
        return result

    def declared(operands: tuple[Any, ...], options: dict[str, Any], symmetry: SymmetryGroup, validate: bool) -> Any:
        from flopscope.arrays.symmetrizing import as_symmetric

        if options.get("out") is not None:
            raise TypeError("einsum takes out= or symmetry=, not both: a declared symmetry makes a symmetric tensor")
        subscripts, shapes, facts = known(operands, symmetry)
        plan = einsum.plan(subscripts, shapes, options.get("optimize", True), facts)
        options["symmetry"] = symmetry  # on which the price depends
        result = dispatch.execute(op, partial(_contract, plan), operands, options, subscripts=subscripts)
        return as_symmetric(result, plan.info.symmetry or symmetry, validate=validate)

    def known(operands: tuple[Any, ...], symmetry: SymmetryGroup | None = None) -> Any:
        subscripts, given = einsum.parse(operands)
        return subscripts, tuple(map(shape, given)), einsum.facts_of(given, result=symmetry)

    def kernel(subscripts: str, a: Shape, b: Shape, facts: einsum.Facts) -> Callable[..., Any]:
        return tagged(einsum.plan(subscripts, (a, b), facts=facts), facts)

    def tagged(plan: einsum.Plan, facts: einsum.Facts) -> Callable[..., Any]:
        return dispatch.tagging("einsum", plan.run, plan.info.symmetry, not facts.asked)

    call = lanes.contraction(op, kernel, slow)
    call.__doc__, call.__wrapped__ = _einsum.__doc__, _einsum  # type: ignore[attr-defined]
    return call


@explicit("einsum_path")
def _build_einsum_path(op: Op) -> Callable[..., Any]:
    def run(
        given: tuple[Any, ...],
        *plain: Any,
        optimize: Any = True,
        einsum_call: bool = False,
        symmetries: Any = None,
        identical: Any = None,
        symmetry: Any = None,
        cost_model: Any = None,
    ) -> Any:
        subscripts, arrays = einsum.parse(given)  # which know their symmetry, and which of them are the same
        facts = einsum.facts_of(arrays, symmetries, identical, symmetry)
        info = einsum.plan(subscripts, tuple(map(shape, arrays)), optimize, facts).info
        model = active_scope().model if cost_model is None else find_cost_model(cost_model)
        if model != FMA1:
            info = info.priced(partial(_one_step, model, [getattr(array, "dtype", None) for array in arrays]))
        return info.numpy_path, info

    def call(*operands: Any, **options: Any) -> Any:
        """Find the contraction path of an einsum without contracting.

        FLOPs = 1, nominally, so that the query is visible in the op log.

        Parameters
        ----------
        *operands : str and arrays
            Subscripts and operands, as for `einsum`.
        optimize : bool, str, list or callable, default True
            As for `einsum`.
        symmetries : sequence of (SymmetryGroup or None), optional
            Groups of the operands, on their axes 0, 1, 2 ..., in place of the operands' own.
        identical : sequence of (tuple of int), optional
            Sets of positions of operands to be taken for the same array, besides those that are.
        symmetry : SymmetryGroup, optional
            Group that the result is declared to have, as for `einsum`.
        cost_model : CostModel or str, optional
            At whose prices the costs are; by default of what prices calls here and now.

        Returns
        -------
        path : list
            NumPy's form, ``["einsum_path", (0, 1), ...]``, to be passed as ``optimize=``.
        info : PathInfo
            ``optimized_cost``, ``naive_cost``, ``dense_cost``, ``speedup``, ``saving``, ``steps``, ``symmetry``,
            ``largest_intermediate``, ``sizes``, ``optimizer``; prints as a table of the steps, with more to each by
            ``print(info.format_table(verbose=True))``.

        Examples
        --------
        >>> import flopscope.numpy as fnp
        >>> path, info = fnp.einsum_path("ij,jk,k->i", fnp.ones((8, 9)), fnp.ones((9, 7)), fnp.ones(7))
        >>> info.optimized_cost, info.naive_cost  # 9*7 + 8*9, and 8*9*7*(3 - 1)
        (135, 1008)
        """
        subscripts = operands[0] if operands and isinstance(operands[0], str) else None
        return dispatch.execute(op, partial(run, operands), operands, options, subscripts=subscripts)

    return call


def _one_step(model: CostModel, dtypes: list[Any], subscripts: str, shapes: Sequence[Shape]) -> int:
    """FLOPs of an einsum in one step, under a cost model, in what the dtypes promote to."""
    known = [dtype for dtype in dtypes if dtype is not None]
    dtype = np.result_type(*known) if known else float
    operands = [Shaped(one, dtype) for one in shapes]
    return model.price(TABLE["einsum"], [subscripts, *operands], {"optimize": False})


# -- linalg.svd ------------------------------------------------------------------------------------------------------


@explicit("linalg.svd")
def _build_svd(op: Op) -> Callable[..., Any]:
    def svd(
        a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False, *, k: int | None = None
    ) -> Any:
        if k is None:
            return np.linalg.svd(a, full_matrices, compute_uv, hermitian)
        result: Any = np.linalg.svd(a, False, compute_uv, hermitian)
        assert op.cost is not None
        op.cost(a, hermitian=hermitian, k=k)  # by now, only `k` can be wrong
        if not compute_uv:
            return result[..., :k]
        u, s, vh = result
        return type(result)(u[..., :k], s[..., :k], vh[..., :k, :])

    svd.__qualname__ = "svd"
    call = dispatch.general(op, svd)
    call.__wrapped__ = svd  # type: ignore[attr-defined]
    return call
