"""The array of the standard: a counted array in a shell that NumPy does not take for one of its own.

Libraries that speak the Array API take every ndarray *subclass* for plain NumPy and strip it. This class is none, so
they ask it for its namespace and compute with that. The shell adds the standard's rules (0-D arrays instead of
scalars, no mixing of kinds of data types) and leaves the work, and the charge, to the counted array inside.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from flopscope.array_api import _dtypes as dt
from flopscope.arrays.dispatch import FA, plain, wrap
from flopscope.arrays.escapes import watched

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")
DEVICE = "cpu"


class Array:
    """A counted array of the Array API standard; `flopscope.array_api.asarray` makes one.

    It has the operators, indexing and attributes of the standard and no methods: functions are in the namespace.
    ``np.asarray(x)``, DLPack and ``float(x)`` take the values out of the meter, which the summary tells;
    ``fnp.asarray(x)`` gives a `FlopscopeArray`.

    Examples
    --------
    >>> import flopscope as flops, flopscope.array_api as xp
    >>> x = xp.ones((4, 8))
    >>> with flops.BudgetContext(100) as budget:
    ...     xp.sum(x + 1)
    Array(64., dtype=float64)
    >>> budget.flops_used  # 4*8 + 4*8
    64
    """

    __slots__ = ("__weakref__", "_array")
    __hash__ = None  # type: ignore[assignment]
    # NumPy's arrays and scalars leave an operator to this class, instead of converting it and computing uncounted.
    __array_priority__ = 1_000_000

    _array: FA

    def __new__(cls, *_: Any, **__: Any) -> Array:
        raise TypeError("arrays are made by functions such as flopscope.array_api.asarray, not by the class")

    # -- attributes ----------------------------------------------------------------------------------------------

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""
        return self._array.dtype

    @property
    def device(self) -> str:
        """Where the array is: always "cpu"."""
        return DEVICE

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._array.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._array.shape

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._array.size

    @property
    def T(self) -> Array:
        """Transpose of a matrix."""
        if self.ndim != 2:
            raise ValueError(f"x.T is for 2-D arrays, got {self.ndim}-D; see x.mT and permute_dims")
        return box(self._array.T)

    @property
    def mT(self) -> Array:
        """Transpose of each matrix in a stack."""
        if self.ndim < 2:
            raise ValueError(f"x.mT is for arrays of matrices, got {self.ndim}-D")
        return box(self._array.mT)

    # -- interchange ---------------------------------------------------------------------------------------------

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        if api_version is not None and api_version not in VERSIONS:
            raise ValueError(f"Array API version {api_version!r} is not among {', '.join(VERSIONS)}")
        return import_module("flopscope.array_api")

    def to_device(self, device: Any, /, *, stream: Any = None) -> Array:
        """The array itself: there is one device."""
        check_device(device)
        if stream is not None:
            raise ValueError("streams are not supported")
        return self

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        options: dict[str, Any] = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        return self._array.__dlpack__(**{name: value for name, value in options.items() if value is not None})

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if dtype is not None and dtype != self.dtype:
            if copy is False:
                raise ValueError(f"converting {self.dtype} to {dtype} takes a copy")
            return self._array.astype(dtype)
        return self._array.copy() if copy else self._array

    def __reduce__(self) -> Any:
        return box, (self._array,)

    # -- scalars -------------------------------------------------------------------------------------------------

    def _scalar(self, convert: Callable[[Any], Any], kinds: str = dt.ALL) -> Any:
        if self.ndim:
            raise TypeError(f"only a 0-D array converts to a Python scalar, got shape {self.shape}")
        dt.require(convert.__name__, kinds, self.dtype)
        return convert(self._array.item())

    def __bool__(self) -> bool:
        return self._scalar(bool)

    def __int__(self) -> int:
        return self._scalar(int, dt.REAL_OR_BOOL)

    def __float__(self) -> float:
        return self._scalar(float, dt.REAL_OR_BOOL)

    def __complex__(self) -> complex:
        return self._scalar(complex)

    def __index__(self) -> int:
        return self._scalar(operator.index, dt.INTEGER)

    # -- elements ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Array]:
        return map(box, self._array)

    def __getitem__(self, key: Any, /) -> Array:
        return box(self._array[_index(key)])

    def __setitem__(self, key: Any, value: Any, /) -> None:
        value = _operand(value)
        if value is NotImplemented:
            raise TypeError("an element is set to an array of flopscope.array_api or to a Python scalar")
        _same(self.dtype, _met(self.dtype, value), "x[key] = value")
        self._array[_index(key)] = value

    def __contains__(self, value: Any) -> bool:
        value = _operand(value)
        return value is not NotImplemented and value in self._array

    def __repr__(self) -> str:
        text = np.array2string(plain(self._array), separator=", ", prefix="Array(")
        return f"Array({text}, dtype={self.dtype})"


def check_device(device: Any) -> None:
    """Refuse any device but the one there is."""
    if device is not None and device != DEVICE:
        raise ValueError(f"device {device!r} does not exist; there is {DEVICE!r}")


# -- in and out of the shell -----------------------------------------------------------------------------------------


def box(result: Any) -> Any:
    """`result` of a counted function with arrays and scalars in it as arrays of the standard."""
    kind: Any = type(result)
    if not issubclass(kind, FA):
        if issubclass(kind, (tuple, list)):
            items = tuple(map(box, result))
            return kind(*items) if hasattr(kind, "_fields") else items
        result = wrap(np.asarray(result))
    dt.standard(result.dtype)
    x = object.__new__(Array)
    x._array = result
    return x


def unbox(x: Any) -> FA:
    """The counted array inside `x`, which must be an array of this namespace."""
    if type(x) is not Array:
        raise TypeError(
            f"flopscope.array_api computes with its own arrays, got {type(x).__name__}; convert it with asarray"
        )
    return x._array


def _operand(value: Any) -> Any:
    """The counted array or the Python scalar that `value` is; NotImplemented if it is neither."""
    if type(value) is Array:
        return value._array
    kind: Any = type(value)
    if issubclass(kind, np.generic):
        value = value.item()
    elif issubclass(kind, np.ndarray):
        unbox(value)  # refuses; NumPy's reflected operator would convert this array instead
    return value if dt.is_scalar(value) else NotImplemented


def _met(dtype: np.dtype[Any], value: Any) -> np.dtype[Any]:
    return dt.promote(dtype, value.dtype) if isinstance(value, FA) else dt.promote_scalar(dtype, value)


def operands(name: str, kinds: str, x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two arrays, or an array and a Python scalar, as function `name` computes with them."""
    a, b = _operand(x1), _operand(x2)
    if not isinstance(a, FA) and not isinstance(b, FA):
        unbox(x1)
    if a is NotImplemented or b is NotImplemented:
        unbox(x1 if a is NotImplemented else x2)
    for x in (a, b):
        if isinstance(x, FA):
            dt.require(name, kinds, x.dtype)
    if isinstance(a, FA):
        _met(a.dtype, b)
    else:
        _met(b.dtype, a)
    return a, b


def _index(key: Any) -> Any:
    kind: Any = type(key)
    if kind is Array:
        return key._array
    if kind is tuple:
        return tuple(map(_index, key))
    if issubclass(kind, (list, np.ndarray)):
        raise IndexError(f"an array of flopscope.array_api is not indexed with {kind.__name__}; use asarray")
    return key


def _same(own: np.dtype[Any], met: np.dtype[Any], what: str) -> None:
    if own != met:
        raise TypeError(f"{what} keeps data type {own}, and the result would be {met}")


# -- operators -------------------------------------------------------------------------------------------------------

_BINARY = {
    dt.NUMERIC: "add sub mul truediv pow matmul",
    dt.REAL: "floordiv mod",
    dt.INTEGER_OR_BOOL: "and or xor",
    dt.INTEGER: "lshift rshift",
}
_COMPARISONS = {dt.REAL: "lt le gt ge", dt.ALL: "eq ne"}
_UNARY = {dt.NUMERIC: "neg pos abs", dt.INTEGER_OR_BOOL: "invert"}


def _operator(name: str) -> Callable[..., Any]:
    return getattr(operator, f"__{name}__")


def _forward(name: str, kinds: str, run: Callable[[Any, Any], Any]) -> Callable[[Array, Any], Any]:
    def method(self: Array, other: Any, /) -> Any:
        if _operand(other) is NotImplemented:
            return NotImplemented
        return box(run(*operands(name, kinds, self, other)))

    return method


def _reflected(name: str, kinds: str, run: Callable[[Any, Any], Any]) -> Callable[[Array, Any], Any]:
    def method(self: Array, other: Any, /) -> Any:
        if _operand(other) is NotImplemented:
            return NotImplemented
        return box(run(*operands(name, kinds, other, self)))

    return method


def _in_place(name: str, kinds: str, run: Callable[[Any, Any], Any]) -> Callable[[Array, Any], Any]:
    def method(self: Array, other: Any, /) -> Any:
        if _operand(other) is NotImplemented:
            return NotImplemented
        x, y = operands(name, kinds, self, other)
        _same(x.dtype, _met(x.dtype, y), name)
        self._array = run(x, y)
        return self

    return method


def _unary(name: str, kinds: str, run: Callable[[Any], Any]) -> Callable[[Array], Any]:
    def method(self: Array, /) -> Any:
        dt.require(name, kinds, self.dtype)
        return box(run(self._array))

    return method


def _give(group: dict[str, str], prefix: str, build: Callable[..., Any]) -> None:
    for kinds, names in group.items():
        for name in names.split():
            dunder = f"__{prefix}{name}__"
            run = _operator(f"i{name}" if prefix == "i" else name)
            method = build(dunder, kinds, run)
            method.__name__, method.__qualname__, method.__module__ = dunder, f"Array.{dunder}", Array.__module__
            setattr(Array, dunder, method)


_give(_BINARY, "", _forward)
_give(_BINARY, "r", _reflected)
_give(_BINARY, "i", _in_place)
_give(_COMPARISONS, "", _forward)
_give(_UNARY, "", _unary)

for _name in "__array__ __dlpack__ __float__ __int__ __complex__".split():
    setattr(Array, _name, watched(Array, _name))
