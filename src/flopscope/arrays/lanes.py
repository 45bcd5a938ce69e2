"""Lanes: the calls programs are made of, in the fewest steps (one or two arrays and nothing else, an axis, numbers).

A lane does what `dispatch.execute` does. It finds the price in the active scope's cache by shapes, and hands over to
`execute` whenever anything is out of the ordinary: an operand it does not know, an option, a parent budget, a limit
or a deadline near. What each line costs is measured (``make bench``), so lanes repeat a few lines instead of calling
each other; that is allowed here and in the lane of tensors (tagging.py) alone. A lane's last call is kept with the
cache its site came from, which saves hashing the shapes: programs repeat themselves. It is one tuple, replaced at
once, so that threads cannot see half of it. Between reading `budget.used` and storing it there must be no call: see
``scopes.py``.

An array that `wrap` made has as its base a plain array that nobody else holds; working on that base instead of a new
view saves a tenth of the overhead. In-place edits of shape or dtype are carried over to it (see array.py), arrays
that are views of counted arrays have those as their base, and writing goes through `plain`, which makes a view.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from time import perf_counter as clock
from typing import Any

from flopscope.arrays.dispatch import BARE, FA, NUMBERS, SCALARS, SIMPLE, execute, general, nd, square
from flopscope.arrays.memory import base_of
from flopscope.budgets.blocks import active, innermost
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.table import Op
from flopscope.einsum import NO_FACTS, facts_of_two, own_error

_scope = active.get
_MISSING = object()


def one_array(op: Op, run: Callable[..., Any], fast: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Callable for an op whose plain call takes one array and returns one array or scalar.

    `fast(array)` does the plain call where that is quicker than `run`, which does everything else.
    """
    fast = fast or run
    last: tuple[Any, Any, Any] = (None, None, None)

    def call(x: Any = _MISSING, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        if type(x) is FA:
            base = x._base
            p = base if type(base) is nd else nd.view(x, nd)
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
            site = sites.get((op, ps))
            if site is None:
                return execute(op, run, (x,), kwargs, (op, ps))
            last = sites, ps, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, (x,), kwargs, (op, ps))
        pending = budget.pending
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = fast(p)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            elif type(r) in SCALARS:
                r = SCALARS[type(r)](r)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            pending += record
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
    product = op.name in BY_IDENTITY
    # What runs products of one array with itself, by what tells them apart: they may be symmetric tensors.
    squares: dict[Any, Callable[..., Any]] = {}
    last: tuple[Any, Any, Any, Any, Any] = (None, None, None, None, run)

    def call(x: Any = _MISSING, y: Any = _MISSING, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        kind: type[Any] = type(x)
        if kind is FA:
            p = x._base
            if type(p) is not nd:
                p = nd.view(x, nd)
            ps = p.shape
        elif kind is nd:
            p = x
            ps = p.shape
        elif kind in NUMBERS:
            p = x
            ps = ()
        elif kind in BARE:
            p = BARE[kind](x)
            ps = ()
        else:
            return slow(*_given(x, y, args), **kwargs) if args or kwargs or y is _MISSING else slow(x, y)
        kind = type(y)
        if y is x:
            q = p
            qs = ps
        elif kind is FA:
            q = y._base
            if type(q) is not nd:
                q = nd.view(y, nd)
            qs = q.shape
        elif kind is nd:
            q = y
            qs = q.shape
        elif kind in NUMBERS:
            q = y
            qs = ()
        elif kind in BARE:
            q = BARE[kind](y)
            qs = ()
        else:
            return slow(*_given(x, y, args), **kwargs) if args or kwargs or y is _MISSING else slow(x, y)
        if args or kwargs:
            return execute(op, run, (x, y, *args), kwargs)
        same = False
        if product and ps and qs:
            if x is y:
                qs, same = None, True  # one array twice has a price of its own
            elif (of_x := base_of(x)) is y or (of_y := base_of(y)) is x or (of_x is of_y and of_x is not None):
                repeats = facts_of_two(x, y).repeats  # views of one array may be that, too
                if repeats:
                    qs, same = (repeats, q.dtype.kind == "c"), True  # some conjugate the first operand
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_ps, last_qs, site, through = last
        if last_sites is not sites or last_ps != ps or last_qs != qs:
            through = run
            if same:
                through = squares.get((ps, qs))
                if through is None:
                    if len(squares) >= 4096:
                        squares.clear()
                    through = squares[ps, qs] = square(op, run, x, y)
            site = sites.get((op, ps, qs))
            if site is None:
                return execute(op, through, (x, y), kwargs, (op, ps, qs))
            last = sites, ps, qs, site, through
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, through, (x, y), kwargs, (op, ps, qs))
        pending = budget.pending
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = through(p, q)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            elif type(r) in SCALARS:
                r = SCALARS[type(r)](r)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            pending += record
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
            base = a._base
            p = base if type(base) is nd else nd.view(a, nd)
        else:
            p = a
        if args or kwargs or type(p) is not nd:
            return execute(op, run, (a,) if axis is None and not args else (a, axis, *args), kwargs)
        ps = p.shape
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_ps, site = last
        if last_sites is not sites or last_ps != ps:
            site = sites.get((op, ps))
            if site is None:
                return execute(op, run, (a, axis), kwargs, (op, ps))
            last = sites, ps, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return execute(op, run, (a, axis), kwargs, (op, ps))
        pending = budget.pending
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = fast(p, axis)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            elif type(r) in SCALARS:
                r = SCALARS[type(r)](r)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            pending += record
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def contraction(op: Op, kernel: Callable[..., Callable[..., Any]], slow: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for einsum: subscripts and two arrays go to the cached ``kernel(subscripts, *shapes, facts)``.

    `facts` are what else is known of the two: they may be symmetric, or one array, which has a price of its own.
    ``slow(operands, options, key)`` takes every other call, and the first of each kind.
    """
    kernels: dict[Any, Callable[..., Any]] = {}
    last: tuple[Any, Any, Any, Any] = (None, None, None, None)

    def call(*operands: Any, **options: Any) -> Any:
        nonlocal last
        t0 = clock()
        if options or len(operands) != 3:
            return slow(operands, options)
        subscripts, x, y = operands
        facts = NO_FACTS
        if type(x) is FA:
            p = x._base
            if type(p) is not nd:
                p = nd.view(x, nd)
        elif type(x) is nd:
            p = x
        elif isinstance(x, FA):  # a tensor, or an array of a plan
            p = x.view(nd)
            facts = None
        else:
            return slow(operands, options)
        if y is x:
            q = p
        elif type(y) is FA:
            q = y._base
            if type(q) is not nd:
                q = nd.view(y, nd)
        elif type(y) is nd:
            q = y
        elif isinstance(y, FA):  # a tensor, or an array of a plan
            q = y.view(nd)
            facts = None
        else:
            return slow(operands, options)
        if type(subscripts) is not str:
            return slow(operands, options)
        if (
            facts is None
            or x is y
            or (of_x := base_of(x)) is y
            or (of_y := base_of(y)) is x
            or (of_x is of_y and of_x is not None)
        ):
            facts = facts_of_two(x, y)
            key = (op, subscripts, p.shape, q.shape, facts)
        else:
            key = (op, subscripts, p.shape, q.shape)
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_key, site, through = last
        if last_sites is not sites or last_key != key:
            site = sites.get(key)
            through = kernels.get(key)
            if site is None or through is None:
                result = slow(operands, options, key)
                if len(kernels) >= 4096:
                    kernels.clear()
                kernels[key] = kernel(subscripts, p.shape, q.shape, facts)
                return result
            last = sites, key, site, through
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            return slow(operands, options, key)
        pending = budget.pending
        budget.used = used
        record = None
        try:
            t1 = clock()
            r = through(p, q)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            elif type(r) in SCALARS:
                r = SCALARS[type(r)](r)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            pending += record
        except SystemError as error:
            scope.release(site, record)
            raise own_error(error) from None
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def by_value(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Method that draws random numbers: it is mostly called with numbers and tuples, on which its price depends.

    `run` is the method of NumPy's class; it works on the plain generator that ours carries as ``_numpy``. Most draws
    name a `size` and nothing else, and a repeated call has the very objects of the last one as its arguments.
    """
    last: tuple[Any, tuple[Any, ...], Any, Any] = (None, (), None, None)

    def call(self: Any, /, *args: Any, size: Any = _MISSING, **kwargs: Any) -> Any:
        nonlocal last
        t0 = clock()
        scope = _scope() or innermost()
        sites = scope.sites
        last_sites, last_args, last_size, site = last
        if (
            last_sites is not sites
            or last_size is not size
            or (
                last_args is not args  # there is one empty tuple only
                and (
                    len(last_args) != len(args)
                    or args[0] is not last_args[0]
                    or (len(args) > 1 and not all(map(is_, args, last_args)))
                )
            )
            or kwargs
        ):
            named = kwargs if size is _MISSING else {**kwargs, "size": size}
            # Else an argument may change, or its comparison with another is counted.
            known = all(map(_is_constant, (*args, *named.values())))
            key = (op, args, *named, *named.values()) if known else None
            site = sites.get(key) if known else None
            if site is None:
                return execute(op, run.__get__(self._numpy), args, named, key)
            if not kwargs:
                last = sites, args, size, site
        budget = scope.budget
        used = budget.used + site.cost
        if used > budget.limit or t0 > budget.alarm:
            named = kwargs if size is _MISSING else {**kwargs, "size": size}
            return execute(op, run.__get__(self._numpy), args, named, (op, args, *named, *named.values()))
        pending = budget.pending
        budget.used = used
        record = None
        try:
            t1 = clock()
            if size is _MISSING:
                r = run(self._numpy, *args, **kwargs) if kwargs else run(self._numpy, *args)
            elif args or kwargs:
                r = run(self._numpy, *args, size=size, **kwargs)
            else:
                r = run(self._numpy, size=size)
            t2 = clock()
            if type(r) is nd:
                r = r.view(FA)
            elif type(r) in SCALARS:
                r = SCALARS[type(r)](r)
            t3 = clock()
            record = (site.index, t0, t1, t2, t3)
            pending += record
        except BaseException:
            scope.release(site, record)
            raise
        if t3 > budget.alarm:
            scope.check_deadline(site, t3)
        return r

    return call


def _is_constant(value: Any) -> bool:
    kind: type[Any] = type(value)
    return kind in SIMPLE or (kind is tuple and SIMPLE.issuperset(map(type, value)))
