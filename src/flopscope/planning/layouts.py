"""Where the elements of an abstract array would lie in memory, so that a plan sees which operands are one array.

Products of an array with itself have a price of their own (see ``einsum/facts.py``), and a view is recognised by the
memory, the address and the strides. A layout has these without memory; it is what cost rules of products are given.
What a view's layout is NumPy itself says, of an array that claims memory which nobody touches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope.costs.shapes import Placed, Shape, contiguous

#: Functions that only make views, or what they are given itself.
_VIEWING = frozenset(
    "transpose matrix_transpose linalg.matrix_transpose swapaxes moveaxis rollaxis expand_dims squeeze atleast_1d "
    "atleast_2d atleast_3d real imag".split()
)
#: Functions whose views runs do not recognise as parts of the same array, though to write to them is to write to it.
_STRANGE = frozenset(
    "broadcast_to split array_split hsplit vsplit dsplit unstack flip fliplr flipud rot90 diagonal linalg.diagonal "
    "lib.stride_tricks.sliding_window_view".split()
)
#: Functions that make views of arrays without gaps.
_RESHAPING = frozenset("reshape ravel".split())


class Layout(Placed):
    """Where an array lies, and the symmetry that it has until something is written there."""

    __slots__ = ("_group", "seal")

    def __init__(
        self, shape: Shape, dtype: Any, strides: Shape | None = None, base: Placed | None = None, offset: int = 0
    ) -> None:
        # Whether anything wrote to the memory since its symmetry was known; shared by all that lie in it.
        self.seal = [False]
        super().__init__(shape, dtype, None, strides, base, offset)

    @property
    def symmetry(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Group of the array, which all that share its memory lose together."""
        return None if self.seal[0] else self._group

    @symmetry.setter
    def symmetry(self, group: Any) -> None:
        self._group = group

    def write(self) -> None:
        """Note that something may have been written to the memory."""
        self.seal[0] = True

    def untouched(self) -> np.ndarray[Any, Any]:
        """An array that lies so, in memory that it does not have."""
        return np.lib.stride_tricks.as_strided(np.empty(1, self.dtype), self.shape, self.strides)

    def views(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Layouts of what a free op returns of this array, which are arrays, if they are views; else None."""
        if name in _RESHAPING:
            order = kwargs.get("order", args[name == "reshape"] if len(args) > (name == "reshape") else "C")
            order_is_c = self.strides == contiguous(self.shape, self.dtype.itemsize)
            if not order_is_c or order not in ("C", None) or kwargs.get("copy"):
                return None
        elif name == "getitem":
            if not _is_basic(args[0]):
                return None
        elif name not in _VIEWING | _STRANGE or (name == "imag" and self.dtype.kind != "c"):
            return None
        whole = self.untouched()
        found = function(whole, *args, **kwargs)
        start, base = whole.__array_interface__["data"][0], None if name in _STRANGE else self.base or self
        return [self._layout(one, start, base) for one in (found if isinstance(found, (list, tuple)) else (found,))]

    def _layout(self, view: np.ndarray[Any, Any], start: int, base: Placed | None) -> Layout:
        offset = self.offset + view.__array_interface__["data"][0] - start
        layout = Layout(view.shape, view.dtype, view.strides, base, offset)
        layout.seal = self.seal
        return layout


def _is_basic(index: Any) -> bool:
    """Whether an index makes a view, and is known."""
    entries: tuple[Any, ...] = index if isinstance(index, tuple) else (index,)
    return all(e is None or e is ... or type(e) in (slice, int) or issubclass(type(e), np.integer) for e in entries)
