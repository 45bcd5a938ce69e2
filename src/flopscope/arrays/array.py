"""How the array behaves: NumPy's protocols, operators and counted methods, all of them doors to the same callables.

Methods that are not listed here (views, copies, indexing, conversion) are NumPy's own and free.
"""

from __future__ import annotations

import operator
import sys
import warnings
from _thread import get_ident  # importing threading takes a millisecond
from collections.abc import Callable
from importlib import import_module
from sys import getrefcount
from typing import Any

import numpy as np

from flopscope.arrays import dispatch, lanes
from flopscope.arrays.dispatch import FA, CountedScalar, nd
from flopscope.arrays.registry import documentation, door, door_of_function, door_of_ufunc, explicit, lane
from flopscope.costs.table import Op, lookup
from flopscope.errors import UncountedWarning
from flopscope.frames import is_library, user_stacklevel

# -- NumPy's protocols -----------------------------------------------------------------------------------------------


def _takes_over(operand: Any) -> bool:
    """Whether an operand decides itself what ufuncs do with it (pandas, xarray ...)."""
    kind: type[Any] = type(operand)
    return hasattr(kind, "__array_ufunc__") and dispatch.has_a_say(kind)


def array_ufunc(self: FA | CountedScalar, ufunc: np.ufunc, method: str, /, *inputs: Any, **kwargs: Any) -> Any:
    """``np.add(x, y)`` and ``np.add.reduce(x)`` on our arrays."""
    out = kwargs.get("out", ())
    if any(map(_takes_over, (*inputs, *out))):
        return NotImplemented
    if len(out) == 1:
        kwargs["out"] = out[0]
    return door_of_ufunc(ufunc, method)(*inputs, **kwargs)


_ANY_ARRAY = np.empty(0)


def array_function(self: FA | CountedScalar, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """``np.sum(x)`` on our arrays."""
    if any(map(dispatch.has_a_say, types)):
        return NotImplemented
    if not isinstance(args, tuple):  # in NumPy's words; NumPy 2.0 crashes on what is neither
        raise TypeError("args must be a tuple.")
    if not isinstance(kwargs, dict):
        raise TypeError("kwargs must be a dict.")
    call = door_of_function(func)
    if call is None:  # another library's: what it computes is counted inside
        return nd.__array_function__(_ANY_ARRAY, func, (nd,), args, kwargs)  # type: ignore[attr-defined]
    return call(*args, **kwargs)


def array_namespace(self: FA | CountedScalar, *, api_version: str | None = None) -> Any:
    nd.__array_namespace__(_ANY_ARRAY, api_version=api_version)  # type: ignore[attr-defined]  # knows the versions
    return import_module("flopscope.numpy")


FA.__array_ufunc__ = array_ufunc  # type: ignore[method-assign,assignment]
FA.__array_function__ = array_function  # type: ignore[method-assign,assignment]
FA.__array_namespace__ = array_namespace  # type: ignore[attr-defined]


# -- NumPy's masked arrays -------------------------------------------------------------------------------------------


def _baseclass(self: FA) -> type:
    """What a masked array of NumPy's asks the data that it is being made of: it becomes one of ours."""
    made: Any = sys._getframe(1).f_locals.get("self")
    if type(made) is np.ma.MaskedArray:
        made.__class__ = import_module("flopscope.numpy._masked").MaskedArray
    elif isinstance(made, np.ma.MaskedArray) and not isinstance(made, dispatch.Counting):
        level = user_stacklevel()
        if not is_library(sys._getframe(level - 1).f_code.co_filename):  # which may make them for itself
            warnings.warn(
                f"{type(made).__name__} is a masked array of a class of its own, whose work is counted only in part; "
                "use fnp.ma.MaskedArray, or make it a subclass of that",
                UncountedWarning,
                stacklevel=level,
            )
    return FA


FA._baseclass = property(_baseclass)  # type: ignore[attr-defined]


# -- the private base that the lanes of the dispatcher work on -------------------------------------------------------


def _new(cls: type[FA], *args: Any, **kwargs: Any) -> FA:
    """Create an array as ``numpy.ndarray(shape, dtype, buffer, ...)`` does, with a base of its own."""
    return nd.__new__(nd, *args, **kwargs).view().view(cls)


def _references(self: FA, *_: Any) -> tuple[int, int]:
    """How many hold the array, and how many its base."""
    return getrefcount(self), getrefcount(self.base)


def _references_of_one_variable() -> tuple[int, int]:
    array = np.empty(0).view(FA)
    return _references(array)


_ALONE, _PRIVATE = _references_of_one_variable()


class _Apart(FA):
    """A counted array whose base is a plain array in use elsewhere, and no longer like it in shape, dtype or strides.

    The lanes know the type of counted arrays only, and so leave this one to `dispatch.execute`, which makes a view.
    """

    __slots__ = ()


_Apart.__module__, _Apart.__name__, _Apart.__qualname__ = FA.__module__, FA.__name__, FA.__qualname__


def _setattr(self: FA, name: str, value: Any) -> None:
    if name in ("shape", "dtype", "strides"):
        _edit(self, lambda array: object.__setattr__(array, name, value))
    else:
        object.__setattr__(self, name, value)


def _edit(self: FA, put: Callable[[Any], None]) -> None:
    """Edit an attribute in place, and carry that over to the private base."""
    base: Any = self.base if type(self) is FA and type(self.base) is nd else None
    shared = base is not None and _references(self)[1] > _PRIVATE + 1  # 1: this function
    put(self)
    if shared:
        object.__setattr__(self, "__class__", _Apart)
    elif base is not None:
        with warnings.catch_warnings(action="ignore"):  # that it is deprecated has been said
            put(base)


def _setter(numpy_setter: Callable[[Any, Any], None]) -> Callable[[FA, Any], None]:
    """What NumPy calls, as of 2.5, to set an attribute of a subclass: in ``plain.view(dtype, FlopscopeArray)``, say."""
    return lambda self, value: _edit(self, lambda array: numpy_setter(array, value))


def _resize(self: FA, /, *new_shape: Any, refcheck: bool = True) -> None:
    operator.index(refcheck)  # raises as NumPy does: not everything that is true will do
    all_of_its_base = _is_all_of_its_base(self)
    try:
        # NumPy does what needs no other memory, of views too, and says what is wrong with a shape.
        _edit(self, lambda array: nd.resize(array, *new_shape, refcheck=False))
        return
    except ValueError:
        if not all_of_its_base:
            raise
    if refcheck:
        references, of_base = _references(self)
        if references > _ALONE + 1 or of_base > _PRIVATE:  # 1: this call
            raise ValueError(
                "cannot resize an array that references or is referenced by another array in this way.\n"
                "Use the np.resize function or refcheck=False"
            )
    dtype = self.dtype
    resized = nd.view(self, nd).copy("K")
    resized.resize(*new_shape, refcheck=False)
    swapped = not dtype.isnative and dtype.names is None  # would be swapped into native order
    native = resized.view(dtype.newbyteorder("=")) if swapped else resized
    nd.__setstate__(self, native.__reduce__()[2])  # type: ignore[index]  # gives it memory of its own
    if swapped:
        with warnings.catch_warnings(action="ignore"):  # deprecated for users
            object.__setattr__(self, "dtype", dtype)


def _is_all_of_its_base(array: FA) -> bool:
    """Whether NumPy's array in the place of this one would own its memory."""
    base: Any = array.base
    owner = base if type(base) is nd and base.flags.owndata else getattr(base, "base", None)
    return type(base) is nd and type(owner) is nd and owner.flags.owndata and owner.nbytes == array.nbytes


# -- pickles ---------------------------------------------------------------------------------------------------------


def _reduce_ex(self: FA, protocol: Any) -> Any:
    """Pickle as NumPy's arrays do, which hand their memory over out of band where the protocol can."""
    if type(self) is _Apart:
        self = nd.view(self, nd).view(FA)
    if type(self) is FA and operator.index(protocol) >= 5 and not self.dtype.hasobject:
        return door("asarray"), (nd.view(self, nd),)
    return nd.__reduce_ex__(self, protocol)


@explicit("require")
def _build_require(op: Op) -> Callable[..., Any]:
    convert = dispatch.conversion(op, np.require)

    def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
        flags = list(requirements or ())
        others = [flag for flag in flags if str(flag).upper() not in ("O", "OWNDATA")]
        array = convert(a, dtype, others, **({} if like is None else {"like": like}))
        owned = len(others) < len(flags)  # which the plain array in the place of a counted one cannot tell
        return array.copy("A") if owned and isinstance(array, FA) and not array.flags.owndata else array

    return require


FA.__reduce_ex__ = _reduce_ex  # type: ignore[method-assign,assignment]
FA.__new__ = staticmethod(_new)  # type: ignore[method-assign,assignment]
FA.__setattr__ = _setattr  # type: ignore[method-assign,assignment]
for _name in ("shape", "dtype", "strides"):
    if hasattr(nd, f"_set_{_name}"):
        setattr(FA, f"_set_{_name}", _setter(getattr(nd, f"_set_{_name}")))
FA.resize = _resize  # type: ignore[method-assign,assignment]


# -- operators -------------------------------------------------------------------------------------------------------

BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
COMPARISONS = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}


def row(name: str) -> Op:
    op = lookup(name)
    assert op is not None
    return op


def has_a_say(operand: Any) -> bool:
    """Whether an operand may take an operator over from an array, by either of NumPy's protocols."""
    kind: type[Any] = type(operand)
    return _takes_over(operand) or (hasattr(kind, "__array_priority__") and not issubclass(kind, (nd, np.generic)))


def _meet(op: Op, name: str, run: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator for operands that the lane does not know: lists, other array types, other libraries.

    With an operand that has a say NumPy's own operator decides: the operand takes over, or `_array_ufunc` is asked.
    """
    forward: Any = getattr(nd, f"__{name}__")
    reflected: Any = getattr(nd, f"__r{name}__", None)  # comparisons have none

    def call(x: Any, y: Any) -> Any:
        if isinstance(y, dispatch.Counting):
            return NotImplemented  # its own operator is asked next
        if not isinstance(x, FA):
            return dispatch.wrap(reflected(y, x)) if has_a_say(x) else dispatch.execute(op, run, (x, y), {})
        return dispatch.wrap(forward(x, y)) if has_a_say(y) else dispatch.execute(op, run, (x, y), {})

    return call


def reflected(forward: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def method(self: FA, other: Any) -> Any:
        return forward(other, self)

    return method


def _in_place(op: Op, name: str, run: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    native = getattr(nd, f"__i{name}__")

    def method(self: FA, other: Any) -> Any:
        if has_a_say(other):
            return native(self, other)
        result = dispatch.execute(op, run, (self, other), {})
        return self if isinstance(result, FA) else result  # a subclass has taken over

    return method


def _contains(self: FA, value: Any) -> bool:
    return bool(door("any")(np.asanyarray(self == value)))


def give(name: str, method: Callable[..., Any], cls: type[FA] = FA) -> None:
    """Make `method` the array's method `name`, documented as NumPy's, with what it costs."""
    theirs = getattr(nd, name)
    method.__name__, method.__qualname__ = name, f"{cls.__name__}.{name}"
    method.__module__, method.__wrapped__ = cls.__module__, theirs  # type: ignore[attr-defined]
    op = lookup(name)
    method.__doc__ = documentation(op, theirs) if op else theirs.__doc__
    setattr(cls, name, method)


for _short, _op in BINARY.items():
    _run = getattr(operator, {"and": "and_", "or": "or_"}.get(_short, _short))
    # Between arrays and numbers, operators are ufuncs, except for powers with their special cases (x**2).
    _quick = _run if _short == "pow" else getattr(np, _op)
    _forward = lanes.two_arrays(row(_op), _quick, _meet(row(_op), _short, _run))
    give(f"__{_short}__", _forward)
    give(f"__r{_short}__", reflected(_forward))
    give(f"__i{_short}__", _in_place(row(_op), _short, getattr(operator, f"i{_short}")))
for _short, _op in COMPARISONS.items():
    _run = getattr(operator, _short)
    give(f"__{_short}__", lanes.two_arrays(row(_op), _run, _meet(row(_op), _short, _run)))
for _short, _op in UNARY.items():
    give(f"__{_short}__", lanes.one_array(row(_op), getattr(operator, _short)))
_divmod = _meet(row("divmod"), "divmod", divmod)
give("__divmod__", _divmod)
give("__rdivmod__", reflected(_divmod))
give("__contains__", _contains)
FA.__hash__ = None  # type: ignore[assignment]


# -- methods ---------------------------------------------------------------------------------------------------------

# NumPy's methods, charged as the functions of the same names.
COUNTED = (
    "all any argmax argmin argpartition argsort clip conj conjugate cumprod cumsum dot max mean min nonzero "
    "prod round searchsorted std sum trace var"
)
# Those that work in place, where the function makes a copy. Lanes are for reading only.
_IN_PLACE = "partition sort"
# Text is formatted from a plain view: formatting is free, and looks as NumPy's does.
_TEXT = "__repr__ __str__ __format__"


# Arrays of objects that are being formatted in some thread, with their plain views. NumPy stops at an array that it
# meets inside itself, which it knows by its id, so that such an array must have the same view every time.
_shown: dict[tuple[int, int], np.ndarray] = {}


def _text(run: Callable[..., str]) -> Callable[..., str]:
    def method(self: FA, *args: Any) -> str:
        if not self.dtype.hasobject:
            return run(nd.view(self, nd), *args)
        key = id(self), get_ident()
        if key in _shown:
            return run(_shown[key], *args)
        _shown[key] = nd.view(self, nd)
        try:
            return run(_shown[key], *args)
        finally:
            del _shown[key]

    return method


def _choose(self: FA, *choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """Take the choices as NumPy's method does: one by one, or as one sequence."""
    packed = choices[:1] if len(choices) < 2 else (choices,)
    return dispatch.execute(row("choose"), nd.choose, (self, *packed), {"out": out, "mode": mode})


for _method in COUNTED.split():
    give(_method, lane(row(_method), getattr(nd, _method)))
for _method in _IN_PLACE.split():
    give(_method, dispatch.general(row(_method), getattr(nd, _method)))
give("choose", _choose)
for _method in _TEXT.split():
    give(_method, _text(getattr(nd, _method)))
