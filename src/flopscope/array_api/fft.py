"""The ``fft`` extension of the standard, charged as flopscope.numpy.fft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flopscope.array_api import _dtypes as dt
from flopscope.array_api._array import box, check_device, unbox
from flopscope.array_api._functions import family

Function = Callable[..., Any]


def _one_axis(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        return box(counted(a, n=n, axis=axis, norm=norm))

    return function


def _several_axes(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Any:
        a = unbox(x)
        dt.require(name, kinds, a.dtype)
        return box(counted(a, s=s, axes=axes, norm=norm))

    return function


def _shift(name: str, kinds: str, counted: Function) -> Function:
    def function(x: Any, /, *, axes: Any = None) -> Any:
        return box(counted(unbox(x), axes))

    return function


def _frequencies(name: str, kinds: str, counted: Function) -> Function:
    def function(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
        check_device(device)
        found = dt.float64 if dtype is None else dt.standard(dtype)
        dt.require(name, kinds, found)
        return box(counted(n, d).astype(found))

    return function


family(_one_axis, {dt.FLOATING: "fft ifft irfft hfft", dt.REAL_FLOATING: "rfft ihfft"}, globals(), "fft.")
family(_several_axes, {dt.FLOATING: "fftn ifftn irfftn", dt.REAL_FLOATING: "rfftn"}, globals(), "fft.")
family(_shift, {dt.ALL: "fftshift ifftshift"}, globals(), "fft.")
family(_frequencies, {dt.REAL_FLOATING: "fftfreq rfftfreq"}, globals(), "fft.")

_NAMES = "fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn"


def __dir__() -> list[str]:
    return [*_NAMES.split()]
