"""From rows of the table to callables: one per op, built on first use and shared by every door.

``fnp.add(x, y)``, ``np.add(x, y)``, ``x + y`` and ``x.__iadd__`` all end in the callable that `door` returns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from math import prod
from types import ModuleType
from typing import Any, cast

import numpy as np

import flopscope.costs  # noqa: F401  (fills the table)
from flopscope.arrays import dispatch, lanes
from flopscope.arrays.dispatch import nd
from flopscope.costs import groups
from flopscope.costs.contractions import COMMUTATIVE, outer, outer_of_all_axes
from flopscope.costs.elementwise import elementwise
from flopscope.costs.shapes import Shape, Shaped, broadcast, normalize_axis, numel, selected, shape
from flopscope.costs.table import ALIASES, TABLE, Op, lookup
from flopscope.errors import UnsupportedFunctionError

Door = Callable[..., Any]


def _mean(array: Any, axis: Any) -> Any:
    # What NumPy's method does with the sum, without asking what other cases need (float16 adds up as float32).
    if axis is None and array.size and array.dtype.char in "fdgFDG":
        return _add(array, None) / array.size
    return nd.mean(array, axis)


_add = np.add.reduce
# What runs a plain reduction along an axis: ufunc methods and array methods skip NumPy's Python wrappers.
_ALONG_AXIS: dict[str, Door] = {
    "sum": np.add.reduce,
    "prod": np.multiply.reduce,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
    "mean": _mean,
    "var": nd.var,
    "std": nd.std,
    "any": nd.any,
    "all": nd.all,
    "argmax": nd.argmax,
    "argmin": nd.argmin,
    "cumsum": nd.cumsum,
    "cumprod": nd.cumprod,
}
# Free ops that an array does faster by its own method, with the least and most arguments that mean the same in both.
_VIEWS: dict[str, tuple[Door, int, int]] = {
    "reshape": (nd.reshape, 2, 2),
    "transpose": (nd.transpose, 1, 2),
    "ravel": (nd.ravel, 1, 2),
    "squeeze": (nd.squeeze, 1, 2),
    "swapaxes": (nd.swapaxes, 3, 3),
    # These are made of the array's own methods, so that the result is seen to be a view of it.
    "matrix_transpose": (np.matrix_transpose.__wrapped__, 1, 1),  # type: ignore[attr-defined]
    "moveaxis": (np.moveaxis.__wrapped__, 3, 3),  # type: ignore[attr-defined]
    "rollaxis": (np.rollaxis.__wrapped__, 2, 3),  # type: ignore[attr-defined]
    "expand_dims": (np.expand_dims.__wrapped__, 2, 2),  # type: ignore[attr-defined]
}
# Free ops that make one array of a list of whatever.
_CONVERSIONS = frozenset("array asarray asanyarray ascontiguousarray asfortranarray full full_like".split())


def _sorted(array: Any) -> Any:
    copied = array.copy("K")
    copied.sort()
    return copied


# Ops on one array, with what does the plain call where that is quicker than the function.
_ONE_ARRAY: dict[str, Door | None] = dict.fromkeys(
    "linalg.inv linalg.det linalg.cholesky linalg.eigvalsh linalg.eigvals linalg.norm linalg.pinv "
    "fft.fft fft.ifft fft.rfft fft.irfft".split()
) | {"sort": _sorted, "argsort": nd.argsort}
_TWO_ARRAYS = frozenset(
    "dot inner outer vdot matmul vecdot linalg.solve kron tensordot searchsorted convolve correlate".split()
)

# Ops that need more than a row: name -> builder of the callable, filled by `explicit`.
_explicit: dict[str, Callable[[Op], Door]] = {}

_doors: dict[str, Door] = {}
_by_function: dict[Any, Door] = {}


def explicit(name: str) -> Callable[[Callable[[Op], Door]], Callable[[Op], Door]]:
    """Decorate the function that builds the callable of an op."""

    def register(builder: Callable[[Op], Door]) -> Callable[[Op], Door]:
        _explicit[name] = builder
        return builder

    return register


def numpy_attribute(path: str) -> Any:
    """Attribute of the ``numpy`` package by dotted path; None if this NumPy does not have it."""
    found: Any = np
    *parents, last = path.split(".")
    for part in parents:
        module, found = found, getattr(found, part, None)
        if found is None and isinstance(module, ModuleType):  # one that NumPy does not import by itself
            try:
                found = import_module(f"{module.__name__}.{part}")
            except ImportError:
                return None
    return getattr(found, last, None)


def door(name: str) -> Door:
    """The callable of an op, by its public name or an alias.

    Raises
    ------
    UnsupportedFunctionError
        If the op is refused, if this NumPy does not have it, or if NumPy has it and the table does not.
    """
    try:
        return _doors[name]
    except KeyError:
        pass
    op = lookup(name)
    if op is None:
        raise UnsupportedFunctionError(
            f"numpy.{name} has no cost rule in flopscope, so it is refused rather than run uncounted; "
            f"apply it to np.asarray(x) where it need not be counted, or give it a row (see CONTRIBUTING.md)"
        )
    if op.reason:
        raise UnsupportedFunctionError(f"{name} is not supported: {op.reason}")
    path = _home(op, name)
    if path not in _doors:
        _doors[path] = _build(op, path)
    found = _doors[name] = _doors[path]
    return found


def _home(op: Op, name: str) -> str:
    """The name whose callable a name shares: that of its row, but where NumPy has another function by it.

    ``np.linalg.matmul`` takes less than ``np.matmul``: it is a callable of its own, charged and logged as ``matmul``.
    """
    theirs = None if op.name in _explicit else numpy_attribute(name)
    return op.name if theirs is None or theirs is numpy_attribute(op.name) else name


def _build(op: Op, path: str) -> Door:
    run = numpy_attribute(path)
    if op.name in _explicit:
        call = _explicit[op.name](op)
    elif run is None:
        raise UnsupportedFunctionError(f"the installed NumPy {np.__version__} has no function numpy.{path}")
    else:
        call = lane(op, run)
    _describe(call, op, run, path)
    return call


def lane(op: Op, run: Any) -> Door:
    """The quickest callable of the dispatcher that runs `run` (NumPy's function or method) as `op`."""
    if op.cost is None:
        if op.name in _VIEWS:
            return dispatch.view(op, run, *_VIEWS[op.name])
        return (dispatch.conversion if op.name in _CONVERSIONS else dispatch.free)(op, run)
    if isinstance(run, np.ufunc):
        if run.nout == 1 and run.nin < 3:
            return (lanes.one_array if run.nin == 1 else lanes.two_arrays)(op, run)
        return dispatch.general(op, run)
    if op.name in _ALONG_AXIS:
        return lanes.along_axis(op, run, _ALONG_AXIS[op.name])
    if op.name in _ONE_ARRAY:
        return lanes.one_array(op, run, _ONE_ARRAY[op.name])
    if op.name in _TWO_ARRAYS:
        return lanes.two_arrays(op, run)
    return dispatch.general(op, run)


def documentation(op: Op, run: Any) -> str:
    """The formula of an op, and below it NumPy's own documentation of `run`, indented alike."""
    theirs = getattr(run, "__doc__", None) or ""
    formula = op.formula.replace(f"\n{_margin(getattr(op.cost, '__doc__', None) or '')}", f"\n{_margin(theirs)}")
    return f"[FLOPs] {formula}\n\n{_margin(theirs)}{theirs}"


def _margin(doc: str) -> str:
    """Spaces before the lines of a docstring: those before its closing quotes; C functions have none."""
    last = doc.rpartition("\n")[2]
    return "" if last.strip() else last


def _describe(call: Any, op: Op, run: Any, path: str) -> None:
    """Give a callable NumPy's name and signature, and the formula before NumPy's own documentation."""
    *parents, last = path.split(".")
    call = getattr(call, "__func__", call)  # what names a method is its function
    call.__name__ = call.__qualname__ = last
    call.__module__ = ".".join(["flopscope.numpy", *parents])
    if not (op.name in _explicit and call.__doc__):
        call.__doc__ = documentation(op, run)
    if run is not None and not hasattr(call, "__wrapped__"):
        call.__wrapped__ = run
        for attribute in ("__signature__", "__text_signature__"):  # C functions have the one or the other
            if hasattr(run, attribute):
                setattr(call, attribute, getattr(run, attribute))
    if isinstance(run, np.ufunc):
        describe_ufunc(call, run, op.name)


def describe_ufunc(call: Any, ufunc: np.ufunc, name: str) -> None:
    """Give a callable the attributes and methods of the ufunc that it runs."""
    for attribute in ("nin", "nout", "nargs", "ntypes", "types", "identity", "signature", "resolve_dtypes"):
        setattr(call, attribute, getattr(ufunc, attribute))
    for method in UFUNC_METHODS:
        setattr(call, method, ufunc_method(ufunc, method, name))


# -- ufunc methods ---------------------------------------------------------------------------------------------------


def _reduce_cost(array: Any, *args: Any, **kwargs: Any) -> int:
    """FLOPs = number of elements of the array, unique ones."""
    return groups.unique(array)


def _accumulate_cost(array: Any, axis: int = 0, *args: Any, **kwargs: Any) -> int:
    """FLOPs = number of elements of the array, unique ones of the result."""
    return groups.unique(Shaped(shape(array), symmetry=groups.accumulated(array, axis)))


def _reduceat_cost(array: Any, indices: Any, axis: Any = 0, *args: Any, **kwargs: Any) -> int:
    """FLOPs = number of elements in all segments, which the values of the indices delimit.

    Give the indices themselves when planning, not their shape.
    """
    sizes = shape(array)
    if isinstance(indices, Shaped):
        raise ValueError("the segments of reduceat depend on the values of the indices: give them as a list")
    (axis,) = range(len(sizes)) if axis is None else _several(axis)  # of several, NumPy's error
    axis = normalize_axis(axis, len(sizes))
    n, others = sizes[axis], (*sizes[:axis], *sizes[axis + 1 :])
    starts: list[int] = np.asarray(indices, dtype=np.intp).tolist()
    return prod(others) * sum(max(end - start, 1) for start, end in pairwise((*starts, n)))


def _outer_cost(a: Any, b: Any, /, **kwargs: Any) -> int:
    """FLOPs = product of the numbers of elements of the two operands, unique ones."""
    return groups.unique(a) * groups.unique(b)


def _several(value: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)


def _at_cost(array: Any, indices: Any, /, *operands: Any) -> int:
    """FLOPs = number of elements that the indices select, a mask counting as all true."""
    masked = False
    index: list[Any] = []
    for one in _several(indices):
        if one is None or one is ... or isinstance(one, slice):
            index.append(one)
        elif (one if hasattr(one, "dtype") else np.asarray(one)).dtype == bool:
            masked = True
            index.append(((numel(one),), len(shape(one))))
        else:
            index.append((shape(one), 1))
    places = selected(shape(array), index)
    # Operands do not add places, and what fits the places of a mask need not fit the mask.
    return prod(places if masked else broadcast(places, *map(shape, operands)))


def _commuting_outer_cost(a: Any, b: Any, /, **kwargs: Any) -> int:
    """FLOPs = product of the numbers of elements of the two operands, unique ones; of one array twice, its pairs."""
    return outer(a, b)


#: Methods of a ufunc and what they cost.
UFUNC_METHODS: dict[str, Callable[..., int]] = {
    "reduce": _reduce_cost,
    "accumulate": _accumulate_cost,
    "reduceat": _reduceat_cost,
    "outer": _outer_cost,
    "at": _at_cost,
}
_SYMMETRY: dict[str, Callable[..., Any]] = {
    "reduce": groups.folded,
    "accumulate": groups.accumulated,
    "outer": groups.outer,
}
_methods: dict[tuple[Any, str], Door] = {}


def method_row(name: str, method: str) -> Op:
    """The row of a method of one of NumPy's ufuncs."""
    cost, symmetry = UFUNC_METHODS[method], _SYMMETRY.get(method)
    if method == "outer" and name in COMMUTATIVE:
        cost, symmetry = _commuting_outer_cost, outer_of_all_axes
    return Op(f"{name}.{method}", cost, symmetry=symmetry)


def ufunc_method(ufunc: np.ufunc, method: str, name: str) -> Door:
    """Counted ``ufunc.method``, logged as ``name.method``."""
    found = _methods.get((ufunc, method))
    if found is None:
        ours = lookup(name) is not None and numpy_attribute(name) is ufunc
        op = method_row(name, method) if ours else Op(f"{name}.{method}", UFUNC_METHODS[method])
        found = dispatch.general(op, getattr(ufunc, method))
        found.__name__, found.__doc__ = method, documentation(op, getattr(np.ufunc, method))
        found.__qualname__, found.__module__ = op.name, "flopscope.numpy"
        if _is_compiled(ufunc):
            _methods[ufunc, method] = found
    return found


# -- from NumPy's functions back to ours -----------------------------------------------------------------------------


def door_of_function(function: Any) -> Door | None:
    """The callable that counts a function that NumPy's protocol hands over; None for one of another library."""
    found = _by_function.get(function)
    if found is None:
        package = (getattr(function, "__module__", None) or "").partition(".")[0]
        if package == "flopscope":
            return function
        if package != "numpy":
            return None
        found = _by_function[function] = door(public_name(function))
    return found


def public_name(function: Any) -> str:
    """The name under which the table has a function of NumPy."""
    module = (getattr(function, "__module__", None) or "").removeprefix("numpy").strip(".")
    name = ".".join(filter(None, (module, function.__name__)))
    if lookup(name) is not None and numpy_attribute(name) is function:
        return name
    for candidate in (*TABLE, *ALIASES):
        # Only where modules are loaded: what is not there cannot be where the function comes from.
        parent, _, last = f"numpy.{candidate}".rpartition(".")
        module = sys.modules.get(parent)
        if module is not None:
            # A module that makes its attributes when asked for them is asked for one of the same name alone.
            same_name = last == function.__name__.strip("_")
            if (getattr(module, last, None) if same_name else vars(module).get(last)) is function:
                return candidate
    return name


def door_of_ufunc(ufunc: np.ufunc, method: str) -> Door:
    """The callable that counts a ufunc or one of its methods, of NumPy or of anyone else."""
    key = (ufunc, method)
    found = _by_function.get(key)
    if found is None:
        wrapped = getattr(ufunc, "__wrapped__", None)
        ufunc = wrapped if isinstance(wrapped, np.ufunc) else ufunc  # fnp's functions stand for NumPy's
        run = ufunc if method == "__call__" else getattr(ufunc, method)
        if not _is_compiled(ufunc):
            return dispatch.general(_foreign_op(ufunc.__name__, method, ufunc.signature), run)
        op = _row_of(ufunc)
        name = op.name if op else ufunc.__name__
        if op and method != "__call__":
            found = ufunc_method(ufunc, method, name)
        elif op and numpy_attribute(name) is ufunc:
            found = door(name)
        else:
            found = lane(_foreign_op(name, method, ufunc.signature), run)
        _by_function[key] = found
    return found


def _row_of(ufunc: np.ufunc) -> Op | None:
    """The row of one of NumPy's ufuncs, or of the function around a private one: of strip, `_strip_whitespace`."""
    name = public_name(ufunc)
    if numpy_attribute(name) is ufunc:
        return lookup(name)
    private = getattr(sys.modules["numpy._core.umath"], ufunc.__name__, None) is ufunc
    return TABLE.get(f"strings.{ufunc.__name__.strip('_').partition('_')[0]}") if private else None


def _is_compiled(ufunc: np.ufunc) -> bool:
    """Whether a ufunc is one of a library's, which stay. Programs make others of their functions, and drop them."""
    if type(ufunc) is not np.ufunc:  # numba's
        return False
    return not ufunc.types or any(set(loop) - {*"O->"} for loop in ufunc.types)  # those of strings list no types


@lru_cache(maxsize=1024)
def _foreign_op(name: str, method: str, core: str | None) -> Op:
    """Row for a ufunc that flopscope does not know, or for a method of it."""
    if method != "__call__":
        return Op(f"{name}.{method}", UFUNC_METHODS[method])
    return Op(name, elementwise if core is None else _foreign_core_cost(core))


def _foreign_core_cost(signature: str) -> Callable[..., int]:
    inputs = signature.split("->")[0].replace(" ", "")
    cores = [[name for name in core.split(",") if name] for core in inputs.strip("()").split("),(")]
    # A dimension counts as often as one operand has it: (m,m),(m,n) makes m*m*n.
    powers = {name: max(core.count(name) for core in cores) for core in cores for name in core}

    def rule(*operands: Any, **_: Any) -> int:
        """FLOPs = product of all loop and core dimensions (a generalized ufunc that flopscope does not know)."""
        sizes: dict[str, int] = {}
        stacks: list[Shape] = []
        for operand, core in zip(operands, cores, strict=False):
            s = shape(operand)
            if len(s) < len(core):
                core = [name for name in core if not name.endswith("?")]  # which it may leave out
            loop = len(s) - len(core)
            stacks.append(s[:loop])
            sizes.update(zip(core, s[loop:], strict=True))
        return prod(broadcast(*stacks)) * prod(size ** powers[name] for name, size in sizes.items())

    return rule
