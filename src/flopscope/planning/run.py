"""``flops.plan`` and ``flops.assume``: running a function on abstract arrays, and helping it over a question."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, cast

from flopscope.arrays import array as _array  # noqa: F401  (gives arrays their behaviour)
from flopscope.arrays import explicit as _explicit  # noqa: F401  (the ops that take more than a row)
from flopscope.arrays.dispatch import nd, plain
from flopscope.budgets.blocks import active, active_scope
from flopscope.budgets.budget import BudgetContext
from flopscope.budgets.log import recorded
from flopscope.costs.models import CostModel
from flopscope.costs.shapes import Shaped
from flopscope.module import Module
from flopscope.planning.abstract import AbstractArray, is_abstract
from flopscope.planning.exchange import followed
from flopscope.planning.planner import NOBODY, Planner
from flopscope.planning.standins import stand_in
from flopscope.reports.summary import Summary

# More than any program costs.
_NO_LIMIT = 2**200


def plan(
    function: Callable[..., Any],
    *args: Any,
    when_unknown: Any = NOBODY,
    cost_model: CostModel | str | None = None,
    count_bytes: bool = False,
    **kwargs: Any,
) -> Summary:
    """Price a whole function, without computing what it computes.

    The function runs, but on arrays that have shapes and dtypes instead of elements, so that memory and time do not
    depend on their sizes. The FLOPs are those of the real run: the same ops, calls and namespaces. No budget outside
    is charged, and none refuses; those that the function opens itself are at work.

    Parameters
    ----------
    function : callable
        Anything that computes with ``fnp`` or, on its arguments, with ``np``.
    *args, **kwargs
        Its arguments: a `Shaped` for each array that need not exist; arrays, whose values are known; `Module` objects;
        anything else as it is. Also inside lists, tuples and dictionaries. Arrays are never changed.
    when_unknown : callable or value, optional
        What to answer when the function asks for an unknown value (``if x.sum() > 0``): a function of the `Question`,
        or the answer itself. None as an answer raises the error.
    cost_model : CostModel or str, optional
        What prices the calls; by default what prices calls here and now.
    count_bytes : bool, default False
        Count the bytes that calls read and write as well, as `BudgetContext` does.

    Returns
    -------
    Summary
        ``flops_used``, ``to_dict(by_namespace=True)``, ``to_text()`` and the rest; ``flop_budget`` is what the active
        budget has left. All times are 0.

    Raises
    ------
    ValueNeededError
        Where the function asks for a value that is unknown, with file and line.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> def normal_equations(x, y):
    ...     return fnp.linalg.solve(x.T @ x, x.T @ y)
    >>> flops.plan(normal_equations, flops.Shaped((10**6, 512)), flops.Shaped(10**6)).flops_used
    131974217728
    >>> 10**6 * 512 * 513 // 2 + 512 * 10**6 + 512**3  # x.T @ x is symmetric
    131974217728
    """
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"plan() runs ordinary functions; {function!r} is a coroutine or generator function")
    around = active_scope()
    context = BudgetContext(_NO_LIMIT, cost_model=cost_model or around.model, count_bytes=count_bytes)
    left = around.budget
    planner = Planner(when_unknown, context)
    root, terms = planner.root, context.terms

    def run() -> None:
        root.open()
        active.set(root.scope("", terms))
        memo: dict[int, Any] = {}
        given = [_admitted(value, memo) for value in args]
        named = {name: _admitted(value, memo) for name, value in kwargs.items()}
        function(*given, **named)
        root.close()

    copy_context().run(run)
    return root.summary(f"plan of {getattr(function, '__name__', type(function).__name__)}").replace(
        flop_budget=left.limit - left.used, wall_ns=0, recorded=recorded(root.ledger)
    )


def assume(value: Any, answer: Any) -> Any:
    """Say what a value will be, for plans; outside a plan the value itself counts.

    Parameters
    ----------
    value : array_like
        What the program computes, such as ``error < tolerance``.
    answer : array_like or Shaped
        What a plan takes it to be where it does not know.

    Returns
    -------
    array_like
        `value` where it is known, `answer` where it is not.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> def halve(x):
    ...     return x / 2 if flops.assume(x.sum() > 0, True) else x
    >>> flops.plan(halve, flops.Shaped(100)).flops_used  # sum, comparison, division: 100 + 1 + 100
    201
    >>> halve(-fnp.ones(2))
    array([-1., -1.])
    """
    if is_abstract(value) and not value.known():
        return _admitted(answer, {}) if isinstance(answer, Shaped) else answer
    return value


def _admitted(value: Any, memo: dict[int, Any]) -> Any:
    """An argument as the planned function gets it; `memo` keeps arrays that are given twice one array."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, Shaped):
        admitted: Any = AbstractArray(stand_in(value.shape, value.dtype), [False], True)
        admitted.layout().symmetry = value.symmetry or None
    elif isinstance(value, nd) and not is_abstract(value):
        admitted = AbstractArray(followed(plain(value)), [True], True)
        admitted.layout().symmetry = getattr(value, "symmetry", None) or None
    elif isinstance(value, Module):
        parts = {id(array): _admitted(array, memo) for array in value.parameters()}
        admitted = copy.deepcopy(value, parts)
    elif isinstance(value, dict):
        items = cast("dict[Any, Any]", value)
        return {key: _admitted(item, memo) for key, item in items.items()}
    elif isinstance(value, (list, tuple)):
        members = [_admitted(item, memo) for item in cast("list[Any]", value)]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    else:
        return value
    memo[id(value)] = admitted
    return admitted
