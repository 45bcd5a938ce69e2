"""How a call runs: price it, charge it, let NumPy work on plain arrays, log it, wrap the result.

`execute` does this for any counted op and any arguments, `free` for ops that cost nothing. The calls programs are made
of go through ``lanes.py``, which does the same in fewer steps and hands over to `execute` whenever anything is out of
the ordinary.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from itertools import repeat
from operator import is_not
from time import perf_counter as clock
from types import ModuleType, NoneType
from typing import Any

import numpy as np

from flopscope.arrays.typed import NumPyArray
from flopscope.budgets.blocks import active, innermost
from flopscope.budgets.sessions import uncharged_scope
from flopscope.costs import models
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.models import CostModel
from flopscope.costs.shapes import DEEPEST, shape
from flopscope.costs.table import Op
from flopscope.einsum import facts_of
from flopscope.errors import CostRuleError, NonFiniteWarning
from flopscope.frames import user_stacklevel
from flopscope.settings import settings

nd = np.ndarray
_view = nd.view
_scope = active.get


class FlopscopeArray(NumPyArray):
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
    _base: Any = vars(np.ndarray)["base"]  # NumPy's own; `base` is what a program shall see (memory.py)
    # How it behaves is in array.py; __array_finalize__ stays undefined, because calling it would cost every view.


FA = FlopscopeArray
# Pickles and reprs name the class where users find it.
FA.__module__ = "flopscope"


class Counting:
    """Marks a subclass of NumPy's array, other than ours, that sees to it itself that it is charged."""


class CountedScalar:
    """A NumPy scalar whose arithmetic is counted: what a full reduction returns.

    There is one class for every type of number that NumPy lets one derive from (not for bool), made in scalars.py. Each
    is a subclass of NumPy's own, with the same value, hash, text and pickle.
    """

    __slots__ = ()


#: Types of NumPy's scalars and ours, in both directions.
SCALARS: dict[type[Any], type[Any]] = {}
BARE: dict[type[Any], type[Any]] = {}

# Argument types that hold no array, and so need no unwrapping.
NUMBERS = {bool, int, float, complex} | {np.dtype(code).type for code in "?bBhHiIlLqQefdgFDG"}
SIMPLE = {NoneType, str, bytes, type, np.dtype} | NUMBERS


def plain(value: Any, depth: int = 0) -> Any:
    """`value` with every counted array in it replaced by a plain view."""
    kind: type[Any] = type(value)
    if kind is FA:
        return _view(value, nd)
    if kind is nd or kind in SIMPLE:
        return value
    if kind in BARE:
        return BARE[kind](value)
    if kind is tuple or kind is list:
        if SIMPLE.issuperset(map(type, value)) or depth > DEEPEST:
            return value
        items = [plain(item, depth + 1) for item in value]
        return kind(items) if any(map(is_not, items, value)) else value
    return value.view(nd) if isinstance(value, FA) else value


def has_foreign(run: Callable[..., Any], values: Iterable[Any]) -> bool:
    """Whether among `values` is one that brings its own implementation of `run` (pandas, xarray, dask ...)."""
    return _any_has(_protocol(run), values)


def _protocol(run: Callable[..., Any]) -> str:
    """By which of NumPy's protocols operands take over what `run` does."""
    # Methods of ufuncs are bound to them, and the operators (operator.add) to their module.
    of_ufunc = isinstance(run, np.ufunc) or isinstance(getattr(run, "__self__", None), (np.ufunc, ModuleType))
    return "__array_ufunc__" if of_ufunc else "__array_function__"


def _any_has(protocol: str, values: Iterable[Any], depth: int = 0) -> bool:
    for value in values:
        kind: type[Any] = type(value)
        if kind is FA or kind is nd or kind in SIMPLE:
            continue
        if kind is list or kind is tuple:
            if depth <= DEEPEST and not SIMPLE.issuperset(map(type, value)) and _any_has(protocol, value, depth + 1):
                return True
        elif getattr(kind, protocol, None) is not None and has_a_say(kind):
            return True
    return False


def _has_method(value: Any, run: Callable[..., Any]) -> bool:
    """Whether `value` is of another library (pandas, xarray), whose method NumPy calls in place of `run`."""
    kind: type[Any] = type(value)
    return not issubclass(kind, (nd, np.generic, list, tuple)) and hasattr(kind, getattr(run, "__name__", ""))


def has_a_say(kind: type[Any]) -> bool:
    """Whether a class that implements one of NumPy's protocols is asked: any but plain arrays and scalars, and ours."""
    return issubclass(kind, Counting) or not issubclass(kind, (nd, np.generic))


#: Class of the arrays that carry a symmetry, the lane of elementwise ops on them, and what finds how another call that
#: has them among its arguments is run and finished: set by tensors.py, which programs without them do not load.
Tensor: type[FlopscopeArray] | None = None
tensor_lane: Callable[..., Any] | None = None
finisher: Callable[..., tuple[Callable[..., Any], Callable[[Any], Any] | None]] | None = None


def counted_masked(array: Any) -> Any:
    """A masked array of NumPy's as the one of ours that it stands for, or a view of it as such; others as they are."""
    if type(array) is not getattr(sys.modules.get("numpy.ma"), "MaskedArray", None):
        return array
    ours = vars(array).get("_ours")
    return array.view(import_module("flopscope.numpy._masked").MaskedArray) if ours is None else ours


_NOTHING: dict[int, Any] = {}


def wrap(result: Any, own: dict[int, Any] = _NOTHING, scalars: dict[Any, Any] = _NOTHING) -> Any:
    """`result` with every plain array in it as a counted one; with ``scalars=SCALARS``, every scalar, too.

    Scalars that were computed are counted ones, those that were only read NumPy's. `own` are objects to be returned as
    they are, by the id of the array that stands for them.
    """
    kind: type[Any] = type(result)
    if own and id(result) in own:
        return own[id(result)]
    if kind is nd:
        return result.view().view(FA)  # the lanes rely on a base that nobody else holds
    if kind in scalars:
        return scalars[kind](result)
    if kind is list or issubclass(kind, tuple):
        return _like(kind, [wrap(item, own, scalars) for item in result])
    return counted_masked(result) if issubclass(kind, nd) and not issubclass(kind, (FA, Counting)) else result


def _like(kind: type[Any], items: list[Any]) -> Any:
    """A list, tuple or named tuple of the items."""
    return items if kind is list else tuple(items) if kind is tuple else kind(*items)


def _deliver(
    run: Any,
    result: Any,
    args: Any,
    kwargs: dict[str, Any],
    given: Any,
    named: dict[str, Any],
    scalars: dict[Any, Any],
    made: bool = False,
) -> Any:
    """Wrap a result; where NumPy returned an argument itself, return the caller's own object.

    `made` says that results that are no argument are new arrays, which nobody else holds.
    """
    kind: type[Any] = type(result)
    several = issubclass(kind, (tuple, list))
    if not several and not issubclass(kind, nd):
        return scalars[kind](result) if kind in scalars else wrap(result)
    passed = given
    if named:
        out: Any = named.get("out")
        if result is out:
            return kwargs["out"]
        passed = [*given, *named.values(), *(out if type(out) is tuple else ())]
    if kind is nd:
        if all(map(is_not, passed, repeat(result))):
            return result.view(FA) if made and result.base is None else wrap(result)
        if given and result is given[0] is not args[0]:
            return args[0]
    elif several and made and _ARRAY.issuperset(map(type, result)) and set(map(id, passed)).isdisjoint(map(id, result)):
        return _like(kind, [one.view(FA) if one.base is None else wrap(one) for one in result])
    return wrap(result, _own(run, result, args, kwargs, given, named), scalars)


_ARRAY = frozenset({nd})


def _own(run: Any, result: Any, args: Any, kwargs: dict[str, Any], given: Any, named: dict[str, Any]) -> dict[int, Any]:
    """The caller's own objects by the ids of what NumPy was given in their place."""
    own: dict[int, Any] = {}
    for original, passed in zip((*args, *kwargs.values()), (*given, *named.values()), strict=True):
        if isinstance(passed, list) or (passed is not original and isinstance(passed, nd)):
            own[id(passed)] = original
    # Plain arrays come back as they are where they are outputs, and wrapped where they were only converted.
    outputs: Iterable[Any] = given[1:] if type(result) is nd or isinstance(run, np.ufunc) else ()
    out: Any = named.get("out")
    several = isinstance(out, tuple)
    for array in (*outputs, *(out if several else (out,))):
        own.setdefault(id(array), array)
    if several:
        own.update((id(passed), original) for passed, original in zip(out, kwargs["out"], strict=True))
    return own


def signature(
    op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], typed: bool = False, ufunc: bool = False
) -> tuple[Any, ...] | None:
    """What the price of a call depends on, as a dictionary key; None if that cannot be told cheaply.

    If `typed`, that includes the dtypes of arrays. What a `ufunc` costs never depends on values in them.
    """
    key: list[Any] = [op, *kwargs] if kwargs else [op]
    if op.name in BY_IDENTITY:
        operands = [value for value in args if isinstance(value, nd)]
        key += facts_of(operands), any(one.dtype.kind == "c" for one in operands)
    maybe_size = not args  # an array in the first place is an operand
    for value in (*args, *kwargs.values()) if kwargs else args:
        kind: type[Any] = type(value)
        if kind is FA or kind is nd or kind is Tensor:
            form = value.shape
            # Might be a length, a size, an order or a list of places, whose values matter.
            if not ufunc and (not form or (maybe_size and value.dtype.kind in "iub")):
                return None
            if kind is Tensor:
                form = value.form or form  # one that lost its symmetry is told apart by its shape
            key.append((form, value.dtype) if typed else form)
        elif kind in BARE:
            key += BARE[kind], BARE[kind](value)  # equality of counted scalars is counted
        elif kind in SIMPLE or (kind is tuple and SIMPLE.issuperset(map(type, value))):
            key += kind, value
        else:
            return None
        maybe_size = True
    return tuple(key)


def _generator(run: Callable[..., Any]) -> Any:
    """The generator of random numbers whose method `run` is, told by name: not all programs load numpy.random."""
    owner = getattr(run, "__self__", None)
    return owner if type(owner).__module__.startswith("numpy.random.") else None


def operand_shapes(
    run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[int, ...], ...]:
    """Shapes of the operands among the arguments, for the log: arrays, lists of arrays, and numbers as operands."""
    if isinstance(run, np.ufunc):
        return tuple(map(shape, args[: run.nin]))
    shapes: list[tuple[int, ...]] = []
    if _generator(run) is not None:
        return tuple(value.shape for value in (*args, *kwargs.values()) if isinstance(value, nd))  # others are sizes
    for position, value in enumerate((*args, *kwargs.values())):
        kind: type[Any] = type(value)
        if issubclass(kind, nd):
            shapes.append(value.shape)
        elif issubclass(kind, (list, tuple)):
            if any(isinstance(item, nd) for item in value):
                shapes.extend(shape(item) for item in value)
            elif position == 0:
                shapes.append(shape(value))
        elif position == 0 and (kind in NUMBERS or kind in BARE):
            shapes.append(())
    return tuple(shapes)


def _price(
    model: CostModel,
    op: Op,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    given: Iterable[Any],
    named: dict[str, Any],
) -> int:
    """FLOPs of a call by the op's rule; where the arguments are bad, NumPy's own exception (it runs on `given`)."""
    try:
        return _asked(model, op, args, kwargs)
    except Exception as error:  # noqa: BLE001  (whatever it is, NumPy is asked next)
        failure = error
    if op.own:
        raise CostRuleError(
            f"the cost rule of {op.name} failed ({type(failure).__name__}: {failure}); the op did not run and nothing "
            "was charged; next step: the rule given to register_op takes the op's own arguments and returns an int"
        ) from failure
    # NumPy says what is wrong with the arguments. If it finds nothing wrong, the call must not have happened.
    if (generator := _generator(run)) is not None:
        from copy import deepcopy

        run = getattr(deepcopy(generator), run.__name__)
    run(*map(_twin, given), **{name: _twin(value) for name, value in named.items()})
    raise CostRuleError(
        f"the cost rule of {op.name} failed on arguments that NumPy accepts ({type(failure).__name__}: {failure}); "
        "it did not run and nothing was charged; please report this call"
    ) from failure


def _asked(model: CostModel, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    """FLOPs of a call by the op's rule, whose computing with an array that is a parameter must not be charged."""
    if op.name in BY_IDENTITY:  # whose rules look for the same array, and compute with none
        return model.price(op, args, kwargs)
    return model.price(op, tuple(map(_uncounted, args)), {name: _uncounted(value) for name, value in kwargs.items()})


def _uncounted(value: Any) -> Any:
    return _view(value, nd) if type(value) is FA else value


def _twin(value: Any) -> Any:
    """What may be written to in place of `value`."""
    kind: type[Any] = type(value)
    if issubclass(kind, nd):
        twin = value.copy("K")
        twin.flags.writeable = value.flags.writeable
        return twin
    if kind is tuple:  # out=(array,)
        return tuple(map(_twin, value))
    return value.copy() if issubclass(kind, (list, bytearray)) else value


def execute(
    op: Op,
    run: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    key: Any = None,
    subscripts: str | None = None,
    finish: Callable[[Any], Any] | None = None,
) -> Any:
    """Run one counted call, whatever its arguments; `key` is its signature where a lane has it already.

    `finish` makes of the wrapped result what is to be delivered: a symmetric tensor.
    """
    if tensor_lane is not None and key is None and finish is None and not kwargs:
        result = tensor_lane(op, run, args)
        if result is not NotImplemented:
            return result
    t0 = clock()
    scope = _scope() or innermost()
    if scope.budget.planner is not None:
        return scope.budget.planner.counted(op, run, args, kwargs, subscripts)
    foreign, work = False, run
    ufunc = isinstance(run, np.ufunc)
    if key is None:
        key = signature(op, args, kwargs, scope.typed, ufunc)
        foreign = key is None and has_foreign(run, (*args, *kwargs.values()))
        if finish is None and (finisher is not None or (op.name in BY_IDENTITY and is_square(op, args, kwargs))):
            work, finish = (finisher or _tensors().finisher)(op, run, key, args, kwargs)
    elif scope.typed:  # what the lanes give says nothing of dtypes
        key = signature(op, args, kwargs, True, ufunc)
    if foreign:
        if any(isinstance(getattr(value, "_meta", None), FA) for value in args):
            return run(*args, **kwargs)  # dask computes with our arrays later, and that is counted
        try:
            flops = _asked(scope.model, op, args, kwargs)
        except Exception:  # noqa: BLE001  (an operand of another library need not have a shape)
            return run(*args, **kwargs)  # where it computes with our arrays, that is counted
        call = _recorded().describe(op, args, kwargs, True)
        site = scope.site(None, op.name, flops, operand_shapes(run, args, kwargs), subscripts, call)
        given, named, work = args, kwargs, partial(uncharged, run)
    else:
        given = [_view(a, nd) if type(a) is FA else plain(a) for a in args]
        named = {k: plain(v) for k, v in kwargs.items()} if kwargs else kwargs
        site = None if key is None else scope.known.get(key)
        if key is None and args and _has_method(args[0], run):
            work = partial(uncharged, work)
    if site is None:
        flops = _price(scope.model, op, run, args, kwargs, given, named)
        call = _recorded().describe(op, args, kwargs, key is None or scope.typed)
        site = scope.site(key, op.name, flops, operand_shapes(run, args, kwargs), subscripts, call)
    scope.charge(site, t0)
    record = None
    try:
        t1 = clock()
        result = work(*given, **named)
        t2 = clock()
        if not foreign:
            result = _deliver(run, result, args, kwargs, given, named, SCALARS, not op.own)
            if finish is not None:
                result = finish(result)
        if settings.check_nan_inf:
            _check_finite(op, result)
        if scope.terms.count_bytes:
            site = scope.moving(site, _recorded().moved(args[: run.nin] if ufunc else args, kwargs, result))
        t3 = clock()
        record = (site.index, t0, t1, t2, t3)
        scope.commit(site, record)
    except BaseException:
        scope.release(site, record)
        raise
    if scope.outer is not None or t3 > scope.budget.alarm:
        scope.check_deadline(site, t3)
    return result


def is_square(op: Op, args: Iterable[Any], kwargs: dict[str, Any]) -> bool:
    """Whether a call is a product of one array with itself, which may be symmetric."""
    if op.name not in BY_IDENTITY or op.symmetry is None:
        return False
    return bool(facts_of([one for one in (*args, *kwargs.values()) if isinstance(one, nd)]).repeats)


def tagging(name: str, run: Callable[..., Any], group: Any, found: bool) -> Callable[..., Any]:
    """`run`, on plain arrays, with its result as a tensor of the op `name`, if that has a group, to rounding.

    `found` says that nobody has asked for the symmetry.
    """
    outcome = _tensors().Outcome(group, [], True, found) if group else None
    return partial(_run_tagged, run, partial(outcome.deliver, name)) if outcome else run


def _run_tagged(run: Callable[..., Any], deliver: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
    return deliver(run(*args, **kwargs))


def finishing(name: str, group: Any, found: bool, among: Iterable[Any]) -> Callable[[Any], Any]:
    """What makes of the wrapped result of a call a tensor, as `tagging` does, or a view of one `among` the operands."""
    outcome = _tensors().Outcome(group, [], True, found)
    return lambda result: outcome.deliver(name, nd.view(result, nd), among) if type(result) is FA else result


def square(op: Op, run: Callable[..., Any], x: Any, y: Any) -> Callable[..., Any]:
    """What runs a product of one array with itself: `run`, if that has no symmetry."""
    try:
        return tagging(op.name, run, op.symmetry and op.symmetry(x, y), True)
    except (TypeError, ValueError):  # NumPy will say what is wrong with the operands
        return run


def _tensors() -> Any:
    from flopscope.arrays import tensors  # late: programs without symmetric tensors need no groups

    return tensors


def _recorded() -> Any:
    from flopscope.costs import recorded  # late: what is imported need not be run

    return recorded


def uncharged(run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Let a function work whose op has been charged as a whole: of another library, or of the user."""
    token = active.set(uncharged_scope())
    try:
        return run(*args, **kwargs)
    finally:
        active.reset(token)


models.unmetered = uncharged


def _check_finite(op: Op, result: Any) -> None:
    """Warn where a result holds NaN or infinity."""
    for array in result if isinstance(result, (tuple, list)) else (result,):
        values = plain(array)
        if getattr(values, "dtype", np.dtype(object)).kind in "fc":
            bad = int(np.count_nonzero(~np.isfinite(values)))
            if bad:
                import warnings

                warnings.warn(
                    f"{op.name}: {bad:,} of {np.size(values):,} results are NaN or infinite",
                    NonFiniteWarning,
                    stacklevel=user_stacklevel(),
                )


def general(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for any other counted op."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return execute(op, run, args, kwargs)

    return call


# -- free calls ------------------------------------------------------------------------------------------------------


def free(op: Op, run: Callable[..., Any], plain: Callable[[Any], Any] = plain) -> Callable[..., Any]:
    """Callable for an op that moves or describes data: not charged, not logged, results wrapped."""

    protocol = _protocol(run)

    def call(*args: Any, **kwargs: Any) -> Any:
        planner = (_scope() or innermost()).budget.planner
        if planner is not None:
            return planner.free(run, args, kwargs)
        if _any_has(protocol, args) or (kwargs and _any_has(protocol, kwargs.values())):
            return run(*args, **kwargs)
        work, finish = finisher(op, run, signature(op, args, kwargs), args, kwargs) if finisher else (run, None)
        given = [plain(a) for a in args]
        named = {k: plain(v) for k, v in kwargs.items()} if kwargs else kwargs
        result = work(*given, **named)
        # A part of a counted scalar stays one.
        scalars = _NOTHING if type(result) is nd or BARE.keys().isdisjoint(map(type, args)) else SCALARS
        result = _deliver(run, result, args, kwargs, given, named, scalars)
        return finish(result) if finish else result

    return call


def conversion(op: Op, run: Callable[..., Any]) -> Callable[..., Any]:
    """Callable for a free op that makes an array of a list: in an array of objects, the items are the caller's own."""
    return free(op, run, _plain_array)


def _plain_array(value: Any) -> Any:
    return value.view(nd) if isinstance(value, FA) else plain(value) if type(value) in BARE else value


def view(op: Op, run: Callable[..., Any], method: Callable[..., Any], least: int, most: int) -> Callable[..., Any]:
    """Callable for a free op that, on an array and `least` to `most` arguments in all, is its own method."""
    slow = free(op, run)

    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and least <= len(args) <= most and type(args[0]) is FA:
            return method(*args)
        return slow(*args, **kwargs)

    return call
