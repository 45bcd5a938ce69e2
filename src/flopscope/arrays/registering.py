"""Ops of the user's own: a function that flopscope does not know, priced and protected as NumPy's are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, update_wrapper
from operator import index
from typing import Any, TypeVar, overload

from flopscope.arrays import dispatch
from flopscope.arrays.registry import documentation, numpy_attribute
from flopscope.costs.table import ALIASES, TABLE, Op, add

F = TypeVar("F", bound=Callable[..., Any])

_REQUIRED: Any = object()


@overload
def register_op(
    name: str, function: None = None, *, cost: Callable[..., int], result: Any = None, replace: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
@overload
def register_op(
    name: str, function: Callable[..., Any], *, cost: Callable[..., int], result: Any = None, replace: bool = False
) -> Callable[..., Any]: ...
def register_op(
    name: str,
    function: Callable[..., Any] | None = None,
    *,
    cost: Callable[..., int] = _REQUIRED,
    result: Callable[..., Any] | None = None,
    replace: bool = False,
) -> Callable[..., Any]:
    """Give a function of your own a price, so that it is charged, logged and planned as NumPy's functions are.

    The function is handed plain NumPy arrays; what it returns is wrapped. It is charged as a whole: what it computes
    with ``fnp`` inside is not charged again.

    Parameters
    ----------
    name : str
        Name of the op, in logs, summaries and for `cost`: a dotted path of identifiers, such as ``"mylib.gram"``.
    function : callable, optional
        What to run. Without it, `register_op` is a decorator.
    cost : callable
        Cost rule: takes the function's own arguments, reads their shapes (and dtypes), and returns the FLOPs of a call,
        an int. Its docstring is the formula that ``flops.ops()`` shows.
    result : callable, optional
        What plans return: takes the function's own arguments and returns a `Shaped`, or a tuple of them. Without it,
        `plan` runs the function on its abstract arrays, which works for functions made of NumPy's.
    replace : bool, default False
        Take the place of an op of your own that has the name, as when a notebook's cell is run again.

    Returns
    -------
    callable
        The counted function, or the decorator that makes it.

    Raises
    ------
    TypeError
        Without a cost rule, or for what is no function.
    ValueError
        For a name that is no dotted path, or that an op has already.
    CostRuleError
        By calls, if the rule fails or returns what is no whole number of FLOPs: nothing runs, nothing is charged.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp, numpy as np
    >>> def gram_cost(x):
    ...     '''n*k*(k+1)/2 for n rows of k columns.'''
    ...     n, k = x.shape
    ...     return n * k * (k + 1) // 2
    >>> @flops.register_op("example.gram", cost=gram_cost, replace=True)
    ... def gram(x):
    ...     return np.dot(x.T, x)
    >>> with flops.BudgetContext(1000) as budget:
    ...     product = gram(fnp.ones((10, 4)))
    >>> budget.flops_used, flops.cost("example.gram", (10, 4))  # 10*4*5/2
    (100, 100)
    """
    _check_name(name, replace)
    if cost is _REQUIRED or not callable(cost):
        raise TypeError(
            f"register_op({name!r}) needs cost=, a function of the op's own arguments that returns its FLOPs: "
            f"an op without a price would be a silent zero; got {'nothing' if cost is _REQUIRED else repr(cost)}"
        )
    if result is not None and not callable(result):
        raise TypeError(f"register_op({name!r}): result= is a function that returns a Shaped, got {result!r}")
    if function is None:
        return partial(register_op, name, cost=cost, result=result, replace=replace)
    if not callable(function):
        raise TypeError(f"register_op({name!r}) registers functions, got {function!r}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"register_op({name!r}) registers ordinary functions; {function!r} works after it has returned")
    op = Op(name, _whole(cost, name), own=True, result=result)
    run = partial(_whole_work, function)
    call = dispatch.general(op, run)
    update_wrapper(call, function)
    call.__doc__ = documentation(op, function)
    TABLE.pop(name, None)
    add(op)
    return call


def _check_name(name: Any, replace: bool) -> None:
    if not isinstance(name, str) or not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"the name of an op is a dotted path of identifiers, such as 'mylib.gram'; got {name!r}")
    taken = TABLE.get(name)
    if taken is not None and taken.own:
        if replace:
            return
        raise ValueError(f"there is an op of yours named {name!r} already; give replace=True to take its place")
    numpys = numpy_attribute(name) is not None
    if taken is not None or name in ALIASES or numpys:
        owner = "NumPy" if numpys else "flopscope"
        raise ValueError(f"{owner} has {name!r}, which keeps its price; choose another name, such as 'mylib.{name}'")


def _whole(rule: Callable[..., int], name: str) -> Callable[..., int]:
    """The rule, if it returns what can be charged."""

    def cost(*args: Any, **kwargs: Any) -> int:
        flops = index(dispatch.uncharged(rule, *args, **kwargs))
        if flops < 0:
            raise ValueError(f"the rule of {name} returned {flops} FLOPs")
        return flops

    update_wrapper(cost, rule)
    cost.__doc__ = rule.__doc__ or f"As the function {getattr(rule, '__qualname__', rule)} has it."
    return cost


def _whole_work(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a function that has been charged as a whole: its ops are not charged again."""
    return dispatch.uncharged(function, *args, **kwargs)
