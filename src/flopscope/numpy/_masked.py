"""What ``flopscope.numpy.ma`` consists of: a function of masked arrays is charged as the same function of all elements.

NumPy's own code runs, on NumPy's masked arrays of plain data, so that what it does with masks and fill values on the
way is part of the op. `MaskedArray` is a subclass of NumPy's whose methods, operators and ufuncs are charged likewise.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.ma

from flopscope.arrays.array import BINARY, COMPARISONS, UNARY
from flopscope.arrays.dispatch import FA, Counting, execute, free, general, nd, plain, wrap
from flopscope.arrays.escapes import WAYS_OUT, leave
from flopscope.arrays.registry import (
    UFUNC_METHODS,
    documentation,
    door_of_function,
    door_of_ufunc,
    explicit,
    numpy_attribute,
)
from flopscope.budgets.blocks import active_scope
from flopscope.costs.masked import NAMESAKES
from flopscope.costs.table import TABLE, Op, lookup

_Theirs: Any = np.ma.MaskedArray


class MaskedArray(_Theirs, Counting):
    """NumPy's masked array, whose data is a counted array and whose arithmetic is counted.

    Parameters
    ----------
    data, mask, dtype, ...
        As for ``numpy.ma.MaskedArray``.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> x = fnp.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])
    >>> with flops.BudgetContext(100) as budget:
    ...     print(x + x, x.mean())
    [2.0 -- 6.0] 2.0
    >>> budget.flops_used  # 3 + 3
    6
    """

    __module__ = "flopscope.numpy.ma"

    # The class of the data, which NumPy copies from operand to result: it stays the counted array's.
    _baseclass = property(lambda self: FA, lambda self, _: None)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        planner = active_scope().budget.planner
        if planner is not None and planner.is_asked((*args, *kwargs.values())):
            return planner.free(_Theirs, args, kwargs)
        return _Theirs.__new__(cls, *args, **kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out", ())
        if any(map(_takes_over, (*inputs, *out))):
            return NotImplemented
        if len(out) == 1:
            kwargs["out"] = out[0]
        return _on_theirs(door_of_ufunc(ufunc, method), *inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not all(issubclass(kind, nd) for kind in types):
            return NotImplemented
        call = door_of_function(function)
        if call is None:  # another library's: what it computes is counted inside
            return super().__array_function__(function, types, args, kwargs)
        return _on_theirs(call, *args, **kwargs)

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's; what would be a masked array of its class is one of ours."""
        result = super().view(*args, **kwargs)
        if type(result) is _Theirs:
            result.__class__ = MaskedArray
        elif not isinstance(result, (FA, Counting)):
            leave("ndarray.view", self.size)
        return result

    def __repr__(self) -> str:
        return repr(_bare(self))


def _takes_over(operand: Any) -> bool:
    """Whether an operand decides itself what ufuncs do with it."""
    return hasattr(type(operand), "__array_ufunc__") and not isinstance(operand, (nd, np.generic))


def _bare(value: Any, pairs: list[tuple[Any, Any]] | None = None) -> Any:
    """`value` with NumPy's masked arrays of plain data for ours, sharing data and masks.

    Each knows whom it stands for, which is what `wrap` makes of it. They are added to `pairs` with their masks of now.
    """
    if issubclass(type(value), _Theirs) and value is not np.ma.masked:
        theirs = _Theirs.view(value, *([_Theirs] if isinstance(value, MaskedArray) else []))
        theirs._baseclass = nd
        if isinstance(value, MaskedArray):
            vars(theirs)["_ours"] = value
            if pairs is not None:
                pairs.append((theirs, theirs._mask))
        return theirs
    if type(value) in (list, tuple):
        return type(value)([_bare(item, pairs) for item in value])
    return value


def _on_theirs(run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of masked arrays; what it does to the masks of its arguments is carried over to the caller's."""
    pairs: list[tuple[Any, Any]] = []
    given = _bare(args, pairs)
    result = run(*given, **{name: _bare(value, pairs) for name, value in kwargs.items()})
    for theirs, mask in pairs:
        if theirs._mask is not mask:
            theirs._ours._mask = theirs._mask
    return wrap(result)


# -- methods and operators: charged as the functions of the same names -----------------------------------------------

_METHODS = """
    all any anom argmax argmin argpartition argsort choose clip conj conjugate cumprod cumsum dot max mean min nonzero
    partition prod product ptp round searchsorted sort std sum trace var
"""
_IN_PLACE = "sort partition"
_ONE_WAY = {"divmod": "divmod", "rdivmod": "divmod", **UNARY, **COMPARISONS}


def _row(name: str) -> Op:
    op = lookup(name) or lookup(f"ma.{name}")
    assert op is not None
    return op


def _method(name: str, op: Op) -> None:
    """Give our class the method `name` of NumPy's, charged as `op`."""
    theirs = getattr(_Theirs, name)
    run = general(op, theirs) if op.cost else free(op, theirs)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("__") and args and _takes_over(args[0]):
            return NotImplemented
        if name == "choose" and len(args) > 1:
            args = (args,)  # NumPy's method takes the choices one by one, too
        return _on_theirs(run, self, *args, **kwargs)

    call.__name__, call.__qualname__, call.__doc__ = name, f"MaskedArray.{name}", theirs.__doc__
    call.__wrapped__, call.__module__ = theirs, "flopscope.numpy.ma"  # type: ignore[attr-defined]
    setattr(MaskedArray, name, call)


for _name in _METHODS.split():
    _method(_name, _row(_name))
for _short, _name in BINARY.items():
    _method(f"__{_short}__", _row(_name))
    _method(f"__r{_short}__", _row(_name))
    _method(f"__i{_short}__", _row(_name))
for _short, _name in _ONE_WAY.items():
    _method(f"__{_short}__", _row(_name))
MaskedArray.__hash__ = None  # type: ignore[assignment]
for _name, _way_out in WAYS_OUT.items():
    # NumPy's own methods go by way of the data; the interface is where it looks up addresses.
    if _name not in vars(_Theirs) and _name != "__array_interface__":
        setattr(MaskedArray, _name, _way_out)
masked_array = MaskedArray


class _Joined:
    """NumPy's `mr_`."""

    __doc__ = np.ma.mr_.__doc__

    def __getitem__(self, key: Any) -> Any:
        return wrap(np.ma.mr_[_bare(key)])

    def __len__(self) -> int:
        return len(np.ma.mr_)


mr_ = _Joined()


# -- functions -------------------------------------------------------------------------------------------------------


def _build(op: Op, name: str = "") -> Callable[..., Any]:
    theirs = numpy_attribute(name or op.name)

    def on(run: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: _on_theirs(run, *args, **kwargs)

    call = on(general(op, theirs) if op.cost else free(op, theirs))
    for method in ("reduce", "accumulate", "outer"):
        if hasattr(theirs, method):
            setattr(
                call, method, on(general(Op(f"{op.name}.{method}", UFUNC_METHODS[method]), getattr(theirs, method)))
            )
    return call


def _build_callback(op: Op) -> Callable[..., Any]:
    run = free(op, numpy_attribute(op.name))

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def handing(*given: Any, **named: Any) -> Any:
            return _bare(plain(function(*map(wrap, given), **named)))

        return wrap(run(handing, *_bare(args), **kwargs))

    return call


# Functions of two arrays with parameters that their namesakes do not have, and that make no difference to the price.
_PRICED_BY_OPERANDS = frozenset("allclose convolve correlate dot".split())


def _namesake(name: str) -> Callable[..., Any]:
    op, theirs = _row(NAMESAKES[name]), numpy_attribute(f"ma.{name}")
    call: Any = _by_operands(op, theirs) if name in _PRICED_BY_OPERANDS else _build(op, f"ma.{name}")
    call.__name__ = call.__qualname__ = op.name
    call.__doc__, call.__wrapped__ = documentation(op, theirs), theirs
    return call


def _by_operands(op: Op, theirs: Callable[..., Any]) -> Callable[..., Any]:
    parameters = inspect.signature(theirs)
    first, second, *_ = parameters.parameters

    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            options = parameters.bind(*args, **kwargs).arguments
        except TypeError:
            return theirs(*args, **kwargs)  # which says what is wrong
        operands = options.pop(first), options.pop(second)
        return execute(op, partial(theirs, **options), operands, {})

    return lambda *args, **kwargs: _on_theirs(run, *args, **kwargs)


def __getattr__(name: str) -> Any:  # so that `any` and `max` mean Python's in this module
    if name in NAMESAKES:
        return _namesake(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


for _name, _op in TABLE.items():
    if _name.startswith("ma.") and not _op.reason:
        explicit(_name)(_build_callback if _op.composed else _build)
