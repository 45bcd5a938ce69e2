"""How a call runs: price it, charge it, let NumPy work on plain arrays, log it, wrap the result.

`execute` does this for any op and any arguments. The *lanes* do the same for the calls programs are made of (one or
two arrays and nothing else; a reduction along an axis): they find the price in the active scope's cache by shapes and
hand over to `execute` whenever anything is out of the ordinary. What each line costs is measured (``make bench``), so
the lanes repeat a few lines instead of calling each other; this is the only module where that is allowed.

Between reading `budget.used` and storing it there must be no call: see ``charging.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import is_not
from time import perf_counter as clock
from types import ModuleType, NoneType
from typing import Any

import numpy as np

from flopscope.budget import active, innermost, uncharged_scope
from flopscope.costs.shapes import shape
from flopscope.costs.table import Op
from flopscope.errors import CostRuleError, NonFiniteWarning
from flopscope.frames import user_stacklevel
from flopscope.settings import settings

nd = np.ndarray
_scope = active.get


class FlopscopeArray(np.ndarray):
    """A NumPy array whose arithmetic is counted.

    It is created by every function of ``flopscope.numpy`` and behaves as NumPy's own: mutable, same dtypes, same views,
    same scalars, same exceptions. Operators, methods and NumPy's functions on it are charged to the active budget, at
    the same price whichever way they are called. Views, indexing and copies are free.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> x = fnp.ones((4, 8))
    >>> isinstance(x, np.ndarray)
    True
    """

    __slots__ = ()  # no attributes of its own, as NumPy's
    # How it behaves is in array.py; __array_finalize__ stays undefined, because calling it would cost every view.


FA = FlopscopeArray
# Pickles and reprs name the class where users find it.
FA.__module__ = "flopscope"

# Argument types that hold no array, and so need no unwrapping.
_NUMBERS = {bool, int, float, complex} | {np.dtype(code).type for code in "?bBhHiIlLqQefdgFDG"}
_SIMPLE = {NoneType, str, bytes, type, np.dtype} | _NUMBERS


def plain(value: Any) -> Any:
    """`value` with every counted array in it replaced by a plain view."""
    kind = type(value)
    if kind is nd or kind in _SIMPLE:
        return value
    if kind is FA:
        return value.view(nd)
    if kind is tuple or kind is list:
        if _SIMPLE.issuperset(map(type, value)):
            return value
        items = [plain(item) for item in value]
        return kind(items) if any(map(is_not, items, value)) else value
    return value.view(nd) if isinstance(value, FA) else value


def has_foreign(run: Callable[..., Any], values: Iterable[Any]) -> bool:
    """Whether among `values` is one that brings its own implementation of `run` (pandas, xarray, dask ...)."""
    # Methods of ufuncs are bound to them, and the operators (operator.add) to their module.
    of_ufunc = isinstance(run, np.ufunc) or isinstance(getattr(run, "__self__", None), (np.ufunc, ModuleType))
    return _any_has("__array_ufunc__" if of_ufunc else "__array_function__", values)


def _any_has(protocol: str, values: Iterable[Any]) -> bool:
    for value in values:
        kind = type(value)
        if kind is FA or kind is nd or kind in _SIMPLE:
            continue
        if kind is list or kind is tuple:
            if not _SIMPLE.issuperset(map(type, value)) and _any_has(protocol, value):
                return True
        elif getattr(kind, protocol, None) is not None and not issubclass(kind, (np.ndarray, np.generic)):
            return True
    return False


_NOTHING: dict[int, Any] = {}


def wrap(result: Any, own: dict[int, Any] = _NOTHING) -> Any:
    """`result` with every plain array in it as a counted one; scalars stay NumPy's scalars.

    `own` are objects to be returned as they are, by the id of the array that stands for them.
    """
    kind = type(result)
    if kind is nd:
        known = own.get(id(result))
        # The lanes rely on a base that nobody else holds.
        return result.view().view(FA) if known is None else known
    if kind is list:
        return [wrap(item, own) for item in result]
    if isinstance(result, tuple):
        items = (wrap(item, own) for item in result)
        return tuple(items) if kind is tuple else kind(*items)
    return result


def _deliver(run: Any, result: Any, args: Any, kwargs: dict[str, Any], given: Any, named: dict[str, Any]) -> Any:
    """Wrap a result; where NumPy returned an argument itself, return the caller's own object."""
    if not isinstance(result, (nd, tuple, list)):
        return result
    own: dict[int, Any] = {}
    for original, passed in zip((*args, *kwargs.values()), (*given, *named.values()), strict=True):
        if passed is not original and isinstance(passed, nd):
            own[id(passed)] = original
    # Plain arrays come back as they are where they are outputs, and wrapped where they were only converted.
    outputs = given[1:] if type(result) is nd or isinstance(run, np.ufunc) else []
    out = named.get("out")
    for array in (*outputs, *(out if isinstance(out, tuple) else (out,))):
        own.setdefault(id(array), array)
    if isinstance(out, tuple):
        own.update((id(passed), original) for passed, original in zip(out, kwargs["out"], strict=True))
    return wrap(result, own)


def signature(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """What the price of a call depends on, as a dictionary key; None if that cannot be told cheaply."""
    key: list[Any] = [op]
    for position, value in enumerate(args):
        kind = type(value)
        if kind is FA or kind is nd:
            if value.dtype.kind in "iub" and (position or not value.ndim):
                return None  # might be a length, a size or a list of places, whose values matter
            key.append(value.shape)
        elif kind in _SIMPLE or (kind is tuple and _SIMPLE.issuperset(map(type, value))):
            key.append((kind, value))
        else:
            return None
    if kwargs:
        named = signature(op, (None, *kwargs.values()), {})
        if named is None:
            return None
        key.append((*kwargs, named))
    return tuple(key)


def operand_shapes(
    run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[int, ...], ...]:
    """Shapes of the operands among the arguments, for the log: arrays, lists of arrays, and numbers as operands."""
    if isinstance(run, np.ufunc):
        return tuple(map(shape, args[: run.nin]))
    shapes: list[tuple[int, ...]] = []
    for position, value in enumerate((*args, *kwargs.values())):
        if isinstance(value, nd):
            shapes.append(value.shape)
        elif isinstance(value, (list, tuple)):
            if any(isinstance(item, nd) for item in value):
                shapes.extend(shape(item) for item in value)
            elif position == 0:
                shapes.append(shape(value))
        elif position == 0 and type(value) in _NUMBERS:
            shapes.append(())
    return tuple(shapes)


def _price(
    op: Op,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    given: list[Any],
    named: dict[str, Any],
) -> int:
    """FLOPs of a call by the op's rule; where the arguments are bad, NumPy's own exception (it runs on `given`)."""
    try:
        return op.price(args, kwargs)
    except Exception as error:  # noqa: BLE001  (whatever it is, NumPy is asked next)
        failure = error
    run(*given, **named)  # raises, and says what is wrong with the arguments
    raise CostRuleError(
        f"the cost rule of {op.name} failed on arguments that NumPy accepts ({type(failure).__name__}: {failure}); "
        "nothing was charged and the result was withheld; please report this call"
    ) from failure


def execute(
    op: Op,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    key: Any = None,
    subscripts: str | None = None,
) -> Any:
    """Run one counted call, whatever its arguments; `key` is its signature where a lane has it already."""
    t0 = clock()
    scope = _scope() or innermost()
    if key is None:
        key = signature(op, args, kwargs)
        if key is None and has_foreign(run, (*args, *kwargs.values())):
            return _execute_foreign(op, run, args, kwargs)
    given = [plain(a) for a in args]
    named = {k: plain(v) for k, v in kwargs.items()} if kwargs else kwargs
    site = None if key is None else scope.known.get(key)
    if site is None:
        flops = _price(op, run, args, kwargs, given, named)
        site = scope.site(key, op.name, flops, operand_shapes(run, args, kwargs), subscripts)
    scope.charge(site, t0)
    record = None
    try:
        t1 = clock()
        result = run(*given, **named)
        t2 = clock()
        result = _deliver(run, result, args, kwargs, given, named)
        if settings.check_nan_inf:
            _check_finite(op, result)
        t3 = clock()
        record = (site.index, t0, t1, t2, t3)
        scope.commit(site, record)
    except BaseException:
        scope.release(site, record)
        raise
    if scope.outer or t3 > scope.budget.alarm:
        scope.check_deadline(site, t3)
    return result


def _execute_foreign(op: Op, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Charge the op as a whole, and let the foreign implementation run without being charged again."""
    t0 = clock()
    scope = _scope() or innermost()
    site = scope.site(None, op.name, op.price(args, kwargs), operand_shapes(run, args, kwargs))
    scope.charge(site, t0)
    record = None
    try:
        token = active.set(uncharged_scope())
        try:
            t1 = clock()
            result = run(*args, **kwargs)
            t2 = clock()
        finally:
            active.reset(token)
        record = (site.index, t0, t1, t2, clock())
        scope.commit(site, record)
    except BaseException:
        scope.release(site, record)
        raise
    scope.check_deadline(site, record[-1])
    return result


def _check_finite(op: Op, result: Any) -> None:
    """Warn where a result holds NaN or infinity."""
    for array in result if isinstance(result, (tuple, list)) else (result,):
        values = array.view(nd) if isinstance(array, FA) else array
        if getattr(values, "dtype", np.dtype(object)).kind in "fc":
            bad = int(np.count_nonzero(~np.isfinite(values)))
            if bad:
                import warnings

                warnings.warn(
                    f"{op.name}: {bad:,} of {np.size(values):,} results are NaN or infinite",
                    NonFiniteWarning,
                    stacklevel=user_stacklevel(),
                )


# -- lanes: counted calls of the most frequent forms -----------------------------------------------------------------
#
# An array that `wrap` made has as its base a plain array that nobody else holds; working on that base instead of a new
# view saves a tenth of the overhead. In-place edits of shape or dtype are carried over to it (see array.py), arrays
# that are views of counted arrays have those as their base, and writing goes through `plain`, which makes a view.
#
# Each lane remembers the site of its last call with the cache it came from, which saves hashing the shapes: programs
# repeat themselves. It is one tuple, replaced at once, so threads cannot see half of it.

_MISSING = object()


def one_array(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for an op whose plain call takes one array and returns one array or scalar."""

    last: tuple[Any, Any, Any] = (None, None, None)

    def call(x: Any = _MISSING, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        if type(x) is FA:
            base = x.base
            p = base if type(base) is nd else x.view(nd)
        elif type(x) is nd:
            p = x
        else:
            return execute(op, run, (x, *args) if x is not _MISSING else (), kwargs)
        if args or kwargs:
            return execute(op, run, (x, *args), kwargs)
        ps = p.shape
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_ps, site = last
        if last_sites is not sites or last_ps != ps:
            try:
                site = sites[op, ps]
            except KeyError:
                site = None
            if site is None:
                return execute(op, run, (x,), kwargs, (op, ps))
            last = sites, ps, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, (x,), kwargs, (op, ps))
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = run(p)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            budget.append(record)
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def two_arrays(op: Op, run: Callable[..., Any], other: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Callable for an op whose plain call takes two arrays or numbers and returns one array or scalar.

    `other` takes calls with operands of other types; without it they are executed like any call.
    """

    last: tuple[Any, Any, Any, Any] = (None, None, None, None)

    def call(x: Any = _MISSING, y: Any = _MISSING, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        kind = type(x)
        if kind is FA:
            p = x.base
            if type(p) is not nd:
                p = x.view(nd)
            ps = p.shape
        elif kind is nd:
            p = x
            ps = p.shape
        elif kind in _NUMBERS:
            p = x
            ps = ()
        else:
            return slow(*_given(x, y, args), **kwargs)
        kind = type(y)
        if kind is FA:
            q = y.base
            if type(q) is not nd:
                q = y.view(nd)
            qs = q.shape
        elif kind is nd:
            q = y
            qs = q.shape
        elif kind in _NUMBERS:
            q = y
            qs = ()
        else:
            return slow(*_given(x, y, args), **kwargs)
        if args or kwargs:
            return execute(op, run, (x, y, *args), kwargs)
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_ps, last_qs, site = last
        if last_sites is not sites or last_ps != ps or last_qs != qs:
            try:
                site = sites[op, ps, qs]
            except KeyError:
                site = None
            if site is None:
                return execute(op, run, (x, y), kwargs, (op, ps, qs))
            last = sites, ps, qs, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, (x, y), kwargs, (op, ps, qs))
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = run(p, q)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            budget.append(record)
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    slow = other or general(op, run)
    return call


def _given(x: Any, y: Any, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    return () if x is _MISSING else (x,) if y is _MISSING else (x, y, *rest)


def along_axis(op: Op, run: Callable[..., Any], fast: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for a reduction or scan: `fast(array, axis)` does the plain call, `run` everything else."""

    last: tuple[Any, Any, Any] = (None, None, None)

    def call(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        if type(a) is FA:
            base = a.base
            p = base if type(base) is nd else a.view(nd)
        else:
            p = a
        if args or kwargs or type(p) is not nd:
            return execute(op, run, (a, axis, *args), kwargs)
        ps = p.shape
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_ps, site = last
        if last_sites is not sites or last_ps != ps:
            try:
                site = sites[op, ps]
            except KeyError:
                site = None
            if site is None:
                return execute(op, run, (a, axis), kwargs, (op, ps))
            last = sites, ps, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, (a, axis), kwargs, (op, ps))
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = fast(p, axis)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            budget.append(record)
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def contraction(
    op: Op, run: Callable[..., Any], kernel: Callable[..., Callable[..., Any]], slow: Callable[..., Any]
) -> Callable[..., Any]:
    """Callable for einsum: subscripts and two arrays go to the cached ``kernel(subscripts, *shapes)``."""
    kernels: dict[Any, Callable[..., Any]] = {}

    def call(*operands: Any, **options: Any) -> Any:
        t0 = clock()
        if options or len(operands) != 3:
            return slow(*operands, **options)
        subscripts, x, y = operands
        if type(x) is FA:
            p = x.base
            if type(p) is not nd:
                p = x.view(nd)
        elif type(x) is nd:
            p = x
        else:
            return slow(*operands)
        if type(y) is FA:
            q = y.base
            if type(q) is not nd:
                q = y.view(nd)
        elif type(y) is nd:
            q = y
        else:
            return slow(*operands)
        if type(subscripts) is not str:
            return slow(*operands)
        scope = _scope() or innermost()
        key = (op, subscripts, p.shape, q.shape)
        try:
            site = scope.sites[key]
            through = kernels[key]
        except KeyError:
            site = through = None
        if site is None or through is None:
            result = execute(op, run, operands, options, key, subscripts)
            if len(kernels) >= 4096:
                kernels.clear()
            kernels[key] = kernel(subscripts, p.shape, q.shape)
            return result
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, operands, options, key, subscripts)
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = through(p, q)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            budget.append(record)
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def by_value(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for a method of a random generator, which is mostly called with numbers and tuples.

    `run` is NumPy's method; it works on the plain generator that ours carries as ``_numpy``.
    """

    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        t0 = clock()
        scope = _scope() or innermost()
        key = (op, args, *kwargs.items()) if kwargs else (op, args)
        try:
            site = scope.sites[key]
        except KeyError:
            site = None
        except TypeError:  # an array or a list, which has no hash
            site = key = None
        if site is None:
            return execute(op, run.__get__(self._numpy), args, kwargs, key)
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run.__get__(self._numpy), args, kwargs, key)
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = run(self._numpy, *args, **kwargs)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            budget.append(record)
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def general(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for any other counted op."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return execute(op, run, args, kwargs)

    return call


# -- free calls ------------------------------------------------------------------------------------------------------


def free(run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for an op that moves or describes data: not charged, not logged, results wrapped."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if has_foreign(run, (*args, *kwargs.values())):
            return run(*args, **kwargs)
        given = [plain(a) for a in args]
        named = {k: plain(v) for k, v in kwargs.items()} if kwargs else kwargs
        return _deliver(run, run(*given, **named), args, kwargs, given, named)

    return call


def view(run: Callable[..., Any], method: Callable[..., Any], most: int) -> Callable[..., Any]:
    """Callable for a free op that, on an array and up to `most` arguments, is its own method."""
    slow = free(run)

    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and 0 < len(args) <= most and type(args[0]) is FA:
            return method(*args)
        return slow(*args, **kwargs)

    return call
