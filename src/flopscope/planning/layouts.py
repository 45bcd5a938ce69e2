"""Where the elements of an abstract array would lie in memory, so that a plan sees which operands are one array.

Products of an array with itself have a price of their own (see ``einsum/facts.py``), and a view is recognised by the
memory, the address and the strides. A layout has these without memory; it is what cost rules of products are given.
"""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from flopscope.planning.standins import Shape

_PERMUTING = frozenset("transpose matrix_transpose linalg.matrix_transpose swapaxes moveaxis rollaxis".split())
_RESHAPING = frozenset("reshape ravel expand_dims squeeze atleast_1d atleast_2d atleast_3d".split())


def _contiguous(shape: Shape) -> Shape:
    """Strides, in elements, of an array whose last axis runs fastest."""
    return tuple(reversed([1, *accumulate(reversed(shape[1:]), mul)])) if shape else ()


class Layout:
    """Strides and offset of an array in the memory of `base`; of a new array if that is None."""

    def __init__(
        self, shape: Shape, dtype: Any, strides: Shape | None = None, base: Layout | None = None, offset: int = 0
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.ndim = len(shape)
        self.strides = _contiguous(shape) if strides is None else strides
        self.base = base
        self.offset = offset
        self.group: Any = None
        self.written = False  # whether anything wrote to the memory since its symmetry was known

    @property
    def symmetry(self) -> Any:
        """Group of the array, which all that share its memory lose together."""
        return None if (self.base or self).written else self.group

    def write(self) -> None:
        """Note that something may have been written to the memory."""
        (self.base or self).written = True

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return {"data": (self.offset, True)}

    def moved(self, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Layout:
        """Layout of the result of a free op, of the given shape: of a view of this, or of a new array."""
        base = self.base or self
        if name in _PERMUTING:
            labels: Any = np.ndarray([2] * self.ndim, np.int8)
            order = [labels.strides.index(stride) for stride in function(labels, *args, **kwargs).strides]
            return Layout(shape, self.dtype, tuple(self.strides[axis] for axis in order), base, self.offset)
        straight = self.strides == _contiguous(self.shape)
        if not (args or kwargs) and (name == "view" or (name == "ascontiguousarray" and straight)):
            return Layout(shape, self.dtype, self.strides, base, self.offset)
        if name in _RESHAPING and straight:
            return Layout(shape, self.dtype, None, base, self.offset)
        if name == "getitem":
            return self._indexed(args[0], base, shape)
        return Layout(shape, self.dtype)

    def _indexed(self, index: Any, base: Layout, shape: Shape) -> Layout:
        entries = list(index) if isinstance(index, tuple) else [index]
        if not all(e is None or e is ... or (isinstance(e, (slice, int)) and not isinstance(e, bool)) for e in entries):
            return Layout(shape, self.dtype)  # a copy
        taken = sum(e is not None and e is not ... for e in entries)
        at = next((i for i, e in enumerate(entries) if e is ...), len(entries))
        entries[at : at + 1] = [slice(None)] * (self.ndim - taken)
        strides: list[int] = []
        offset, axis = self.offset, 0
        for entry in entries:
            if entry is None:
                strides.append(0)
                continue
            n, stride = self.shape[axis], self.strides[axis]
            axis += 1
            if isinstance(entry, slice):
                places = range(n)[entry]
                offset += places.start * stride
                strides.append(places.step * stride)
            else:
                offset += entry % n * stride
        return Layout(shape, self.dtype, tuple(strides), base, offset)
