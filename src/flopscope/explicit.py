"""Ops that take more than a row of the table: einsum, its path, and the SVD of the leading triplets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope import dispatch, einsum, lanes
from flopscope.costs.shapes import Shape, shape
from flopscope.costs.table import Op
from flopscope.registry import explicit

# -- einsum ----------------------------------------------------------------------------------------------------------


def _planned(operands: tuple[Any, ...], optimize: Any) -> tuple[einsum.Plan, tuple[np.ndarray, ...]] | None:
    """Plan of an einsum and its operands as plain arrays; None if there is no plan for them."""
    if dispatch.has_foreign(np.einsum, operands):
        return None
    try:
        subscripts, given = einsum.parse(operands)
        arrays = tuple(map(np.asarray, given))
        return einsum.plan(subscripts, tuple(a.shape for a in arrays), optimize), arrays
    except (TypeError, ValueError):
        return None


@explicit("einsum")
def _build_einsum(op: Op) -> Callable[..., Any]:
    def run(*operands: Any, **options: Any) -> Any:
        rest = dict(options)
        planned = _planned(operands, rest.pop("optimize", True))
        if planned is None:
            return np.einsum(*operands, **options)  # leaves it to an operand, or says what is wrong
        plan, arrays = planned
        if options.get("optimize") and rest.get("out") is not None:
            # Who asks NumPy for a path gets other rules of casting into `out`, which depend on the path.
            return np.einsum(einsum.parse(operands)[0], *arrays, optimize=plan.info.numpy_path, **rest)
        return einsum.execute(plan, arrays, **rest)

    def slow(*operands: Any, **options: Any) -> Any:
        try:
            subscripts, _ = einsum.parse(operands)
        except (ValueError, TypeError):
            subscripts = None  # NumPy will say what is wrong
        return dispatch.execute(op, run, operands, options, subscripts=subscripts)

    def kernel(subscripts: str, *shapes: Shape) -> Callable[..., Any]:
        return einsum.plan(subscripts, shapes).run

    call = lanes.contraction(op, run, kernel, slow)
    call.__doc__ = EINSUM_DOC
    return call


EINSUM_DOC = """Contract operands by the Einstein summation convention, along the cheapest path.

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

Returns
-------
ndarray
    The same values as NumPy's, to rounding.

Notes
-----
FLOPs = sum over the steps of the path of the product of the sizes of all indices of the step, a multiply-add
counting 1. Plans are cached by subscripts and shapes. NumPy's default is ``optimize=False``.

Examples
--------
>>> import flopscope as flops, flopscope.numpy as fnp
>>> with flops.BudgetContext(100) as budget:
...     _ = fnp.einsum("ij,j->i", fnp.ones((4, 5)), fnp.ones(5))
>>> budget.flops_used  # 4*5
20
"""


@explicit("einsum_path")
def _build_einsum_path(op: Op) -> Callable[..., Any]:
    def run(*operands: Any, optimize: Any = True, einsum_call: bool = False) -> Any:
        subscripts, arrays = einsum.parse(operands)
        info = einsum.plan(subscripts, tuple(map(shape, arrays)), optimize).info
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

        Returns
        -------
        path : list
            NumPy's form, ``["einsum_path", (0, 1), ...]``, to be passed as ``optimize=``.
        info : PathInfo
            ``optimized_cost``, ``naive_cost``, ``speedup``, ``steps``, ``largest_intermediate``, ``optimizer``; prints
            as a table of the steps.

        Examples
        --------
        >>> import flopscope.numpy as fnp
        >>> path, info = fnp.einsum_path("ij,jk,k->i", fnp.ones((8, 9)), fnp.ones((9, 7)), fnp.ones(7))
        >>> info.optimized_cost, info.naive_cost  # 9*7 + 8*9, and 8*9*7*(3 - 1)
        (135, 1008)
        """
        subscripts = operands[0] if operands and isinstance(operands[0], str) else None
        return dispatch.execute(op, run, operands, options, subscripts=subscripts)

    return call


# -- linalg.svd ------------------------------------------------------------------------------------------------------


@explicit("linalg.svd")
def _build_svd(op: Op) -> Callable[..., Any]:
    def svd(
        a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False, *, k: int | None = None
    ) -> Any:
        if k is None:
            return np.linalg.svd(a, full_matrices, compute_uv, hermitian)
        assert op.cost is not None
        op.cost(a, hermitian=hermitian, k=k)  # refuses an impossible k
        result = np.linalg.svd(a, False, compute_uv, hermitian)
        if not compute_uv:
            return result[..., :k]
        u, s, vh = result
        return type(result)(u[..., :k], s[..., :k], vh[..., :k, :])

    call = dispatch.general(op, svd)
    call.__wrapped__ = svd  # type: ignore[attr-defined]
    return call
