"""Escapes: elements that leave the meter, by which door, from which line of the program, and who took them.

Where a counted array becomes something whose arithmetic nobody counts (a plain array, a buffer, Python numbers), that
is written into the budgets that are charged there, and told by their summaries. Doors that are methods of the array are
always watched: none of them is on the way of a counted call, and flopscope itself takes NumPy's own methods. Functions
that NumPy's C code runs without asking the array, `np.asarray` above all, have to be replaced by ones that look at what
they were given: `configure(on_escape="warn")` and ``"raise"`` do so for the time, in NumPy's namespace and in every
module that has imported them from it by name.

Not seen by anybody are compiled code that takes the memory of an array (PyArray_FROM_O; before Python 3.12 its buffer),
elements taken one by one (``x[0]``, `x.flat`, `np.nditer`), and what is copied into plain arrays (``plain[:] = x``).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from flopscope.arrays.dispatch import FA, Counting, nd
from flopscope.arrays.memory import apparent_base
from flopscope.arrays.registry import door
from flopscope.budgets.blocks import active_scope
from flopscope.budgets.ledger import flush_lock
from flopscope.costs.shapes import DEEPEST
from flopscope.errors import EscapeError, EscapeWarning
from flopscope.frames import is_hidden, is_library, is_ours, outside
from flopscope.settings import listeners, settings

# Methods whose result is not counted whatever it is, and those of them that are attributes.
_METHODS = "tolist item tobytes __array__ __dlpack__ __buffer__ __float__ __int__ __complex__"
_ATTRIBUTES = "ctypes data __array_interface__ __array_struct__"
# NumPy's functions that make plain arrays of counted ones without asking them.
_FUNCTIONS = "array asarray ascontiguousarray asfortranarray asarray_chkfinite frombuffer fromiter full"


def leave(way_out: str, elements: int, can_refuse: bool = True) -> None:
    """Take note that elements leave, by what the function above the caller has called; warn or raise where asked.

    Raises
    ------
    EscapeError
        With ``configure(on_escape="raise")``.
    """
    opener = sys._getframe(2)
    if opener.f_code.co_filename == __file__ and opener.f_back is not None:  # a function in the place of NumPy's
        opener = opener.f_back
    scope = active_scope()
    if is_ours(opener.f_code.co_filename) or scope.budget.planner is not None:
        return
    user = outside(opener, is_library) or opener
    taker = "" if user is opener else opener.f_globals.get("__name__", "").partition(".")[0]
    if settings.on_escape != "ignore":
        by = f", called by {taker}," if taker else ""
        text = (
            f"{way_out}{by} takes {elements:,} element{'s' * (elements != 1)} out of the meter: what is computed with "
            "them is not counted"
        )
        if settings.on_escape == "raise" and can_refuse:
            raise EscapeError(
                f"{text}; it did not happen\n  at {user.f_code.co_filename}:{user.f_lineno}\n  next step: compute with "
                "flopscope.numpy instead, or allow it here: with flops.configure(on_escape='ignore')"
            )
        where = user.f_globals
        warnings.warn_explicit(
            text,
            EscapeWarning,
            user.f_code.co_filename,
            user.f_lineno,
            where.get("__name__"),
            where.setdefault("__warningregistry__", {}),
        )
    from flopscope.reports.tally import Escape

    place = way_out, taker, user.f_code.co_filename, user.f_lineno
    with flush_lock:
        books = [outer.budget.ledger for outer in scope.lineage()]
        for book in (*books, books[-1].session):
            before = book.escapes.get(place)
            arrays, total = before[-2:] if before else (0, 0)
            book.escapes[place] = Escape(*place, arrays + 1, total + elements)


def _is_plain(value: Any) -> bool:
    """Whether a value is an array whose arithmetic nobody counts."""
    return isinstance(value, nd) and not isinstance(value, (FA, Counting))


# -- doors that are methods ------------------------------------------------------------------------------------------


def watched(cls: type, name: str) -> Callable[..., Any]:
    """The method `name` of a class of arrays, with a look at what it lets out."""
    run = getattr(cls, name)
    way_out = f"{cls.__name__}.{name}"

    @wraps(run)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = run(self, *args, **kwargs)
        leave(way_out, 1 if name == "item" else self.size)
        return result

    return method


def _attribute(name: str) -> property:
    descriptor = vars(nd)[name]
    way_out = f"ndarray.{name}"

    def get(self: FA) -> Any:
        leave(way_out, self.size)
        # As NumPy's `data` is a buffer, which is a way out of its own.
        return descriptor.__get__(nd.view(self, nd) if name == "data" else self)

    def put(self: FA, value: Any) -> None:
        descriptor.__set__(self, value)

    return property(get, put, doc=descriptor.__doc__)


def _get_base(self: FA) -> Any:
    found = apparent_base(self)
    if _is_plain(found):
        leave("ndarray.base", found.size)
    return found


@wraps(nd.view)
def _view(self: FA, *args: Any, **kwargs: Any) -> Any:
    result = nd.view(self, *args, **kwargs)
    if _is_plain(result):
        leave("ndarray.view", self.size)
    return result


@wraps(nd.__iter__)
def _iter(self: FA) -> Any:
    rows = nd.__iter__(self)
    # Integers that a program takes one by one are mostly places. NumPy lists arguments to look at them.
    if self.ndim == 1 and self.dtype.kind in "fc" and not is_hidden(sys._getframe(1).f_code.co_filename):
        leave("ndarray.__iter__", self.size)
    return rows


def _reversed(self: FA) -> Any:
    """Iterate from the last item to the first."""
    items = map(self.__getitem__, range(len(self) - 1, -1, -1))
    if self.ndim == 1 and self.dtype.kind in "fc":
        leave("ndarray.__reversed__", self.size)
    return items


def _taken_by_numba(self: FA) -> Any:
    """Numba asks subclasses for this attribute before it takes their memory, and takes an exception for "no"."""
    leave("numba.njit", self.size, can_refuse=False)
    raise AttributeError("__numba_array_subtype_dispatch__")


#: Methods and attributes of the array that let elements out.
WAYS_OUT: dict[str, Any] = {
    **{name: watched(nd, name) for name in _METHODS.split() if hasattr(nd, name)},
    **{name: _attribute(name) for name in _ATTRIBUTES.split()},
    "base": property(_get_base, doc=nd.base.__doc__),
    "view": _view,
    "__iter__": _iter,
    "__reversed__": _reversed,
    "__numba_array_subtype_dispatch__": property(_taken_by_numba),
}
for _name, _watched in WAYS_OUT.items():
    setattr(FA, _name, _watched)


# -- doors that are functions of NumPy's -------------------------------------------------------------------------------


def _function(name: str) -> Callable[..., Any]:
    run = getattr(np, name)
    way_out = f"numpy.{name}"

    @wraps(run)
    def function(*args: Any, **kwargs: Any) -> Any:
        result = run(*args, **kwargs)
        if _is_plain(result) and _holds_counted((*args, *kwargs.values())):
            leave(way_out, result.size)
        return result

    return function


def _holds_counted(value: Any, depth: int = 0) -> bool:
    if isinstance(value, (list, tuple)):
        return depth <= DEEPEST and any(_holds_counted(item, depth + 1) for item in value)
    return isinstance(value.base if isinstance(value, np.flatiter) else value, (FA, Counting))


# NumPy's functions and those in their place, both ways and by id; empty while nobody watches.
_watching: dict[int, tuple[Any, Any]] = {}


def _settings_changed() -> None:
    watch = settings.on_escape != "ignore"
    if watch == bool(_watching):
        return
    if watch:
        for name in _FUNCTIONS.split():
            door(name)  # is built now, so that it runs NumPy's function
        pairs = [(getattr(np, name), _function(name)) for name in _FUNCTIONS.split()]
        _watching.update((id(function), (function, ours)) for function, ours in pairs)
    else:
        pairs = [(function, ours) for function, ours in _watching.values()]
        _watching.clear()
    replacement = {id(old): new for old, new in (pairs if watch else [(ours, function) for function, ours in pairs])}
    for module in list(sys.modules.values()):
        name: Any = getattr(module, "__name__", None)
        if type(module) is not ModuleType or not isinstance(name, str):
            continue
        if name.partition(".")[0] in ("flopscope", "numpy") and module is not np:
            continue  # what NumPy does for itself is not for us to watch
        for attribute, value in list(vars(module).items()):
            if id(value) in replacement:
                setattr(module, attribute, replacement[id(value)])


listeners.append(_settings_changed)
