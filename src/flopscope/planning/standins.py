"""Stand-ins: NumPy arrays that have a shape and a dtype, but no elements in memory.

All strides of a stand-in are zero, so that it takes the room of one element whatever its shape. Views of it (slices,
transposes, reshapes) are made by NumPy itself; for whatever would touch elements, a rule (see the other modules) says
what shape the result has, and a *probe*, the same call on arrays of one element, says which dtypes, and checks the
parameters.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, cast

import numpy as np

from flopscope.budgets.blocks import active_scope
from flopscope.errors import FlopscopeError

Shape = tuple[int, ...]


class StandIn(np.ndarray):
    """An array whose elements are unknown, as rules see it; so are its views. Rules that need a number ask the plan.

    `kind` is what it stands for: a class of NumPy's arrays or Python's numbers; views of it stand for plain arrays.
    """

    kind: type = np.ndarray

    def _number(self) -> Any:
        return planner().ask("the value of", self)

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __float__(self) -> float:
        return float(self._number())

    def __bool__(self) -> bool:
        return bool(self._number())


def planner() -> Any:
    """The planner of the plan that runs here."""
    found = active_scope().budget.planner
    if found is None:
        raise FlopscopeError(
            "an abstract array is of use inside its plan only: it has no values. If this is a thread that the planned "
            "function started, carry the plan into it with budget.wrap(function)"
        )
    return found


def stand_in(shape: Any, dtype: Any = float) -> StandIn:
    """An array of the given shape that takes no memory."""
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    kind = np.dtype(dtype)
    if kind.hasobject:  # no buffer may hold references
        return np.broadcast_to(np.zeros((), kind), sizes).view(StandIn)
    return np.ndarray.__new__(StandIn, sizes, kind, buffer=bytes(max(kind.itemsize, 1)), strides=(0,) * len(sizes))


def scalar(dtype: Any) -> Any:
    """A scalar of NumPy's, standing for any of its dtype."""
    return np.zeros((), dtype)[()]


def number(dtype: Any) -> StandIn:
    """A number of Python's."""
    made = stand_in((), dtype)
    made.kind = type(np.zeros((), dtype).item())
    return made


def result(shape: Shape, dtype: Any) -> Any:
    """What most functions return: a scalar where the result has no dimensions."""
    return stand_in(shape, dtype) if shape else scalar(dtype)


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def sizes(value: Any) -> Shape:
    """Shape of an operand: an array, a number, or nested lists of these."""
    if is_list(value):
        items = cast("Sequence[Any]", value)
        inner = {sizes(item) for item in items}
        if len(inner) > 1:
            raise ValueError("setting an array element with a sequence: the lists are of different lengths")
        return (len(items), *(inner.pop() if inner else ()))
    return np.shape(value)


def probe(value: Any, fill: int = 1) -> Any:
    """`value` with at most one element along every axis of every array in it; a number as it is."""
    if isinstance(value, np.ndarray):
        array = np.empty([min(n, 1) for n in value.shape], value.dtype)
        if array.size:
            array[...] = fill if value.dtype.kind in "?iufcOmM" else "1"
        return array
    if is_list(value) and any(isinstance(item, np.ndarray) or is_list(item) for item in value):
        items = [probe(item, fill) for item in value]
        return type(value)(items) if type(value) in (list, tuple) else tuple(items)
    return value


def operand(value: Any) -> Any:
    """An array as it is; a list as a stand-in for the array it would make; a number as it is."""
    if is_list(value):
        return stand_in(sizes(value), type_of(value))
    return value


def type_of(value: Any) -> np.dtype[Any]:
    """The dtype of the array that `value` would make."""
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, np.dtype):
        return dtype
    if is_list(value):
        leaves = list(_leaves(value))
        if not leaves:
            return np.dtype(float)
        if not any(hasattr(leaf, "dtype") for leaf in leaves):
            return np.asarray(value).dtype
        return np.result_type(*(type_of(leaf) for leaf in leaves))
    return np.asarray(value).dtype


def is_mask(value: Any) -> bool:
    """Whether `value` makes a boolean array."""
    return type_of(value).kind == "b"


def _leaves(value: Any) -> Any:
    for item in value:
        if is_list(item):
            yield from _leaves(item)
        else:
            yield item


def becomes_complex(a: Any, taken: bool) -> bool:
    """Whether complex numbers come of real ones: a matter of values, which is asked where the count depends on it."""
    if type_of(a).kind == "c" or not active_scope().typed:
        return taken
    return bool(planner().ask("whether complex numbers come of", a))


def try_out(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call NumPy on probes, where warnings say nothing about the real values."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def together(*shapes: Shape) -> Shape:
    """Shape that `shapes` broadcast to; NumPy's error if they do not."""
    found: list[int] = []
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        size = 1
        for one in shapes:
            if axis <= len(one) and one[-axis] != 1:
                if size not in (1, one[-axis]):
                    given = " ".join(str(s).replace(" ", "") for s in shapes)
                    raise ValueError(f"operands could not be broadcast together with shapes {given}")
                size = one[-axis]
        found.append(size)
    return tuple(reversed(found))


def any_numbers(shape: Shape, dtype: np.dtype[Any]) -> Any:
    """Numbers between 1 and 2, or what the dtype has in their place."""
    if dtype.kind == "V":
        return np.zeros(shape, dtype)
    if dtype.kind in "US":
        return np.full(shape, "1", dtype)
    return np.resize(_NUMBERS[next(_turns) % 64 :], shape).astype(dtype)


_NUMBERS = 1 + np.random.default_rng(0).random(997)
_turns = count()  # so that no two arrays are alike


# -- the rules -------------------------------------------------------------------------------------------------------

#: Result rules by the name of the op: called with NumPy's function and the arguments, stand-ins for unknown arrays.
RULES: dict[str, Callable[..., Any]] = {}
#: Ops of which the shape of the result depends on values.
BY_VALUE: set[str] = set()
#: Ops that write into their first argument.
WRITERS: set[str] = set()

Rule = Callable[..., Any]


def rule(names: str) -> Callable[[Rule], Rule]:
    """Decorate a rule: what the ops of these names return."""

    def register(function: Rule) -> Rule:
        for name in names.split():
            if name in RULES:
                raise ValueError(f"there is a result rule for {name} already")
            RULES[name] = function
        return function

    return register
