"""The planner: what stands between a planned function and NumPy.

While a plan runs, the active scope belongs to an account that has a planner, and the dispatcher hands every call over
to it: a counted call is priced by its rule from the table, charged and logged as ever, and instead of running NumPy a
result rule says what it would return. Calls on small known values are run, so that index arithmetic, constants and
loops over them work.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter as clock
from typing import Any, NamedTuple, cast

import numpy as np

from flopscope.arrays import callbacks, dispatch
from flopscope.arrays.dispatch import FA, nd, operand_shapes, plain
from flopscope.arrays.registry import numpy_attribute, public_name
from flopscope.budgets.accounts import Account
from flopscope.budgets.blocks import active_scope
from flopscope.budgets.log import Site
from flopscope.budgets.scopes import Scope
from flopscope.budgets.sessions import Session
from flopscope.costs.contractions import BY_IDENTITY
from flopscope.costs.models import CostModel
from flopscope.costs.recorded import describe, moved
from flopscope.costs.table import ALIASES, TABLE, Op
from flopscope.errors import ValueNeededError
from flopscope.frames import user_location
from flopscope.planning import algebra, classes, computing, creating, draws, moving, ordering, others, symmetric
from flopscope.planning.abstract import Abstract, AbstractArray, AbstractScalar, is_abstract, is_counted
from flopscope.planning.miniature import NotToldError
from flopscope.planning.standins import (
    BY_VALUE,
    RULES,
    WRITERS,
    StandIn,
    any_numbers,
    operand,
    result,
    sizes,
    together,
    try_out,
    type_of,
)

#: Where the result rules are: to import them fills the table.
CHAPTERS = (algebra, computing, creating, draws, moving, ordering, others, symmetric, classes)
#: Arrays of at most so many elements have their values followed while these are known.
FOLLOWED = 4096
#: Calls on known values are run if they cost at most so many FLOPs.
_WORK = 10**6
NOBODY: Any = object()
_METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")


@dataclass(frozen=True)
class Question:
    """A value that a planned function asks for, and that a plan cannot know.

    Attributes
    ----------
    what : str
        What was asked: ``"bool() of"``, ``"the number of true elements of"`` ...
    shape : tuple of int
        Shape of the array that was asked.
    dtype : dtype
        Its element type.
    filename : str
        User's source file.
    lineno : int
        Line in that file.
    """

    what: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    filename: str
    lineno: int

    def message(self) -> str:
        """What was asked, where, and the ways out."""
        subject = f"an array of shape {self.shape}, {self.dtype}" if self.shape else f"an unknown {self.dtype}"
        return (
            f"the program asks for {self.what} {subject}, which a plan does not know\n"
            f"  at {self.filename}:{self.lineno}\n"
            "  next step: give plan() a concrete array instead of a shape, answer such questions with "
            "plan(..., when_unknown=lambda question: ...), or write flops.assume(value, answer) at that line"
        )

    def place(self) -> dict[str, Any]:
        """What was asked and where, as attributes of the error."""
        return {"what": self.what, "filename": self.filename, "lineno": self.lineno}


class Seen(NamedTuple):
    """Arguments of a call as rules see them."""

    given: list[Any]
    named: dict[str, Any]
    known: bool


class Planner:
    """What a plan knows: its books, and what it answers when a value is asked for."""

    def __init__(self, when_unknown: Any, context: Any) -> None:
        self.when_unknown = when_unknown
        self._times = 1
        self.session = Session()
        self.session.planner = self
        self._accounts: dict[Any, Account] = {}
        self.root = self.session.budget = Account(self.session, context.flop_budget, context=context)
        self._accounts[context] = self.root

    def account(self, context: Any, own: Account) -> Account:
        """The account that stands for a user's budget while the plan runs, so that it is not charged itself."""
        found = self._accounts.get(context)
        if found is None:
            found = self._accounts[context] = Account(self.session, own.limit, own.name, own.wall_time_limit_s, context)
            own.ledger.flush()
            found.used = found.ledger.flops = own.used
            found.ledger.totals = own.ledger.totals
        return found

    # -- questions -----------------------------------------------------------------------------------------------

    def question(self, what: str, subject: Any) -> Question:
        seen = subject.given() if is_abstract(subject) else subject
        return Question(what, sizes(seen), type_of(seen), *user_location())

    def ask(self, what: str, subject: Any) -> Any:
        """The answer to a question about unknown values."""
        question = self.question(what, subject)
        when = self.when_unknown
        answer = None if when is NOBODY else when(question) if callable(when) else when
        if answer is None:
            raise ValueNeededError(question.message(), **question.place())
        return answer

    # -- calls -----------------------------------------------------------------------------------------------------

    def counted(
        self, op: Op, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], subscripts: Any = None
    ) -> Any:
        """A counted call: priced and charged as ever, its result by the rule."""
        t0 = clock()
        scope = active_scope()
        flops = self._price(scope.model, op, run, args, kwargs)
        seen = _arguments(args, kwargs)
        shapes = operand_shapes(run, tuple(seen.given), seen.named)
        site = scope.site(None, op.name, flops, shapes, subscripts, describe(op, _asked(op, args), kwargs, True))
        site = self._for_all_times(scope, site)
        scope.charge(site, t0)
        record = None
        try:
            found = self._result(op, run, args, kwargs, flops, True, scalars=True)
            if scope.terms.count_bytes:
                read, written = moved(args[: run.nin] if isinstance(run, np.ufunc) else args, kwargs, found)
                site = scope.moving(site, (self._times * read, self._times * written))
            record = (site.index, t0, t0, t0, t0)  # a plan takes no time
            scope.commit(site, record)
        except BaseException:
            scope.release(site, record)
            raise
        return found

    @contextmanager
    def times(self, n: int) -> Generator[None]:
        """Count what is called within `n` times."""
        before, self._times = self._times, n * self._times
        try:
            yield
        finally:
            self._times = before

    def _for_all_times(self, scope: Scope, site: Site) -> Site:
        """The site of as many calls like those of `site` as are counted for one."""
        if self._times == 1:
            return site
        facts = site.op_name, site.namespace, site.shapes, site.subscripts, self._times * site.cost, site.outermost
        return scope.budget.ledger.site(*facts, site.stack, site.details._replace(times=self._times))

    def _price(self, model: CostModel, op: Op, run: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """FLOPs of a call; where the arguments are bad, the error of the result rule, which is NumPy's own."""
        try:
            named = {name: _unmetered(value) for name, value in kwargs.items()}
            return model.price(op, _asked(op, tuple(map(_unmetered, args))), named)
        except Exception as error:  # noqa: BLE001  (raised below)
            failure = error
        if any(map(_holds_abstract, args)):  # a list in the place of an array
            with suppress(Exception):
                return model.price(op, [operand(_seen(a)[0]) if _holds_abstract(a) else a for a in args], kwargs)
        if not isinstance(failure, ValueNeededError):
            self._result(op, run, args, kwargs, 0, True)
        raise failure

    def is_asked(self, values: Any) -> bool:
        """Whether there are abstract arrays among values."""
        return any(is_abstract(value) or _holds_abstract(value) for value in values)

    def free(self, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that costs nothing; a part of a counted scalar stays one."""
        return self._result(Op(public_name(run)), run, args, kwargs, 0, True, any(map(_is_counted_scalar, args)))

    def uncounted(
        self,
        name: str,
        run: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        counted: bool = False,
        scalars: bool = False,
    ) -> Any:
        """A call on scalars or plain arrays, which are not counted; or the move of an array, or of a counted scalar."""
        return self._result(Op(name), run, args, kwargs, 0, counted, scalars)

    # -- results ---------------------------------------------------------------------------------------------------

    def _result(
        self,
        op: Op,
        run: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        flops: int,
        counted: bool,
        scalars: bool = False,
    ) -> Any:
        group = symmetric.group_of_result(op, args, kwargs)
        found = self._without_symmetry(op, run, args, kwargs, flops, counted, scalars)
        for target in _targets(op.name, args, kwargs):
            if is_abstract(target):
                target.layout().write()
        if group:
            symmetric.give(found, group, args, kwargs)
        return found

    def _without_symmetry(
        self, op: Op, run: Any, args: tuple[Any, ...], kwargs: dict[str, Any], flops: int, counted: bool, scalars: bool
    ) -> Any:
        name = op.name
        if name == "where" and len(args) + len(kwargs) == 1:
            name = "where_nonzero"
        call = _arguments(args, kwargs)
        if op.own and op.result is None:
            try:
                return _as_counted(run(*args, **kwargs))  # which works on the abstract arrays
            except (ValueNeededError, TypeError, AttributeError) as error:
                raise ValueNeededError(
                    f"{name} asks abstract arrays for what a plan does not know ({error})\n  next step: give "
                    f"register_op({name!r}, ..., result=...), a function that says the Shaped result",
                    what=name,
                ) from error
        rule, function = _rule(op, name, run)
        draws = name.startswith("random.") and rule is not None
        outcome = NOBODY
        if run is callbacks.nothing:
            return None
        if call.known and not draws and name.rpartition(".")[2] not in others.CALLING_BACK:
            outcome = self._if_cheap(name, rule, function, run, args, call, flops)
            if outcome is NOBODY:
                value = run(*call.given, **call.named)
                found = _wrapped(value, _originals(args, kwargs, call), counted, True, scalars)
                return _placed(found, name, function, args, kwargs)
        if outcome is NOBODY:
            if rule is None and name.startswith("polynomial.") and all(a.size <= FOLLOWED for a in _arrays(call.given)):
                outcome = _tried(numpy_attribute(name), call)
            elif rule is None:
                raise _no_rule(name)
            else:
                try:
                    outcome = classes.like_operands(rule(function, *call.given, **call.named), call.given)
                except NotToldError as error:
                    raise _no_rule(name) from error
        self._write(name, args, kwargs)
        found = _wrapped(outcome, _originals(args, kwargs, call), counted, call.known and not draws, scalars)
        return _placed(found, name, function, args, kwargs)

    def _if_cheap(self, name: str, rule: Any, function: Any, run: Any, args: Any, call: Seen, flops: int) -> Any:
        """What the rule says of a call on known values that is too big to be run; NOBODY for one that is to be run."""
        if rule is None or name in BY_VALUE:
            return NOBODY
        target: Any = args[0] if args else None
        if getattr(run, "__module__", "") == "_operator" and type(target) is FA and run.__name__.startswith("i"):
            return NOBODY  # an in-place operation on an array from outside the plan
        try:
            outcome = rule(function, *call.given, **call.named)
        except Exception:  # noqa: BLE001  (NumPy says what is wrong)
            return NOBODY
        small = all(one.size <= FOLLOWED for one in _arrays(outcome)) and flops <= _WORK
        if name in WRITERS and is_abstract(target):
            small = cast(Abstract, target)._array.flags.writeable
        return NOBODY if small else outcome

    def _write(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note that unknown values have been written."""
        for target in _targets(name, args, kwargs):
            if is_abstract(target):
                target.forget()
            elif isinstance(target, nd):
                where = ":".join(map(str, user_location()))
                raise ValueNeededError(
                    f"{name} would put unknown values into an array from outside the plan (shape {target.shape})\n"
                    f"  at {where}\n  next step: give that array to plan() as an argument of the function",
                    what=f"{name} into an array from outside the plan",
                )


def _no_rule(name: str) -> ValueNeededError:
    return ValueNeededError(
        f"{name} of unknown values: a plan has no rule for what it returns\n"
        f"  at {':'.join(map(str, user_location()))}\n  next step: give plan() concrete arrays",
        what=name,
    )


def _rule(op: Op, name: str, run: Any) -> tuple[Any, Any]:
    """The result rule of an op and NumPy's function for it."""
    if op.own:
        return _own, op
    if f"{getattr(run, '__module__', '')}.".startswith("numpy.ma."):
        return classes.masked, run
    path = f"{getattr(run, '__module__', '')}.{getattr(run, '__name__', '')}".removeprefix("numpy.")
    if ALIASES.get(path) == name and path in RULES:  # linalg.matmul takes less than matmul
        return RULES[path], run
    if name in RULES:
        return RULES[name], run if name in others.ASKING_WHAT_RUNS else numpy_attribute(name) or run
    function = numpy_attribute(name)
    if isinstance(run, np.ufunc) and run.types == [f"{'O' * run.nin}->{'O' * run.nout}"]:
        return others.of_python, run
    if run is operator.eq or run is operator.ne:
        return computing.never_equal, run
    if isinstance(function, np.ufunc):
        return computing.ufunc, function
    if isinstance(run, np.ufunc):
        return computing.ufunc, run
    if name.rpartition(".")[2] in _METHODS and isinstance(getattr(run, "__self__", None), np.ufunc):
        return computing.ufunc_method, run
    if name.startswith("stats."):
        return _distribution, TABLE[name]
    return None, None


def _targets(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arrays that a call writes to."""
    targets = list(_arrays(kwargs.get("out")))
    if args and (
        name in WRITERS or name.endswith(".at") or kwargs.get("copy") is False or kwargs.get("overwrite_input")
    ):
        targets.append(args[0])
    ufunc = numpy_attribute(name)
    if isinstance(ufunc, np.ufunc):
        targets += _arrays(args[ufunc.nin :])
    return targets


def _tried(function: Any, call: Seen) -> Any:
    """What a function of few numbers returns for any of them: shapes and dtypes, that is."""

    def numbers(value: Any) -> Any:
        if type(value) is StandIn:
            return any_numbers(value.shape, value.dtype)
        return [numbers(item) for item in value] if isinstance(value, (list, tuple)) else value

    return try_out(function, *map(numbers, call.given), **{k: numbers(v) for k, v in call.named.items()})


def _as_counted(value: Any) -> Any:
    """A result of a function of the user's as plans hand it out."""
    if type(value) is AbstractArray:
        return AbstractArray(value._array, value._memory, True)
    if isinstance(value, (list, tuple)):
        items = map(_as_counted, value)
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return AbstractArray(followed(plain(value)), [True], True) if isinstance(value, nd) else value


def _own(op: Op, *args: Any, **kwargs: Any) -> Any:
    """Results of an op of the user's: of the shapes and dtypes that its own rule says."""
    assert op.result is not None
    found = op.result(*args, **kwargs)
    made = [result(one.shape, one.dtype) for one in (found if isinstance(found, tuple) else (found,))]
    return tuple(made) if isinstance(found, tuple) else made[0]


def _distribution(op: Op, *args: Any, **kwargs: Any) -> Any:
    """Results of ``flops.stats``: of the broadcast of all arguments, in floating point."""
    assert op.cost is not None
    bound = inspect.signature(op.cost).bind(*args, **kwargs)
    bound.apply_defaults()
    arguments = dict(bound.arguments)
    arguments.pop("random_state", None)
    size = arguments.pop("size", None)
    if size is not None:
        return result((size,) if hasattr(size, "__index__") else tuple(size), float)
    dtypes = [np.result_type(v if isinstance(v, (int, float)) else type_of(v)) for v in arguments.values()]
    numbers = [v if type(v) in (bool, int, float) else np.empty(0, type_of(v)) for v in arguments.values()]
    kept = np.result_type(*numbers) if dtypes else np.dtype(float)
    return result(
        together(*map(sizes, arguments.values())), kept if kept.kind == "f" and "rvs" not in op.name else float
    )


# -- arguments and results -------------------------------------------------------------------------------------------


def followed(value: nd) -> nd:
    """Values from outside a plan: a small copy of its own to write to, or the memory of the caller, to look at."""
    if value.size <= FOLLOWED:
        return value.copy()
    view = value.view()
    view.flags.writeable = False
    return view


def _seen(value: Any) -> tuple[Any, bool]:
    """An argument as rules see it, and whether its values are known."""
    kind = type(value)
    if issubclass(kind, Abstract):
        return value.given(), value.known()
    if kind is list or kind is tuple:
        pairs = [_seen(item) for item in value]
        return kind(item for item, _ in pairs), all(known for _, known in pairs)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = [_seen(item) for item in value]
        return kind(*(item for item, _ in pairs)), all(known for _, known in pairs)
    return plain(value), True


def _asked(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments as rules ask them; operands of products for whether they are the same array."""
    return tuple(a.layout() if is_abstract(a) else a for a in args) if op.name in BY_IDENTITY else args


def _is_counted_scalar(value: Any) -> bool:
    return type(value) in dispatch.BARE or (type(value) is AbstractScalar and value._counted)


def _unmetered(value: Any) -> Any:
    """An argument as rules compute with it: what they do with sizes is not charged to the program."""
    if type(value) is AbstractScalar:
        return AbstractScalar(value._array, value._memory, False)
    return tuple(map(_unmetered, value)) if type(value) is tuple else value


def _holds_abstract(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(is_abstract(item) or _holds_abstract(item) for item in value)


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Seen:
    pairs = [_seen(value) for value in args]
    named = {name: _seen(value) for name, value in kwargs.items()}
    known = all(known for _, known in (*pairs, *named.values()))
    return Seen([value for value, _ in pairs], {name: value for name, (value, _) in named.items()}, known)


def _arrays(value: Any) -> Iterator[Any]:
    """All arrays in nested tuples and lists."""
    if isinstance(value, nd) or is_abstract(value):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)


def _originals(args: tuple[Any, ...], kwargs: dict[str, Any], call: Seen) -> list[tuple[nd, Any]]:
    """Arrays that rules or NumPy were given, with the caller's own objects."""
    found: list[tuple[nd, Any]] = []
    _pair(args, call.given, found)
    # A plain array that is only converted comes back as a counted one.
    found = [(given, own) for given, own in found if own is not args[0] or is_counted((own,))]
    _pair(list(kwargs.values()), list(call.named.values()), found)
    return found


def _pair(own: Any, given: Any, found: list[tuple[nd, Any]]) -> None:
    for one, other in zip(own, given, strict=True):
        if isinstance(other, nd):
            found.append((other, one))
        elif isinstance(other, (list, tuple)):
            _pair(one, other, found)


def _placed(found: Any, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A result with its layout, where it is a view of the first argument, or views."""
    items = found if isinstance(found, (list, tuple)) else [found]
    whole: Any = args[0] if args else None
    if (
        is_abstract(whole)
        and all(type(one) is AbstractArray and one is not whole for one in items)
        and not any(map(is_abstract, (*args[1:], *kwargs.values())))
    ):
        for one, layout in zip(items, whole.layout().views(name, function, args[1:], kwargs) or (), strict=False):
            one._layout = layout
    return found


def _wrapped(value: Any, originals: list[tuple[nd, Any]], counted: bool, values: bool, scalars: bool) -> Any:
    """What the program gets: abstract arrays for arrays, abstract scalars for scalars that are not known.

    `counted` says whether operations with the arrays are counted, `scalars` whether those with the scalars are.
    """
    if is_abstract(value):
        return value
    if isinstance(value, nd):
        for given, own in originals:
            if value is given:
                return own
        if type(value) is StandIn and not issubclass(value.kind, nd):
            return AbstractScalar(value, [False], False)
        if type(value) is StandIn or not values:
            return AbstractArray(value if type(value) is StandIn else value.view(StandIn), [False], counted)
        for given, own in originals:
            if is_abstract(own) and np.may_share_memory(value, given):
                return AbstractArray(value, own._memory, counted)
        return AbstractArray(value if value.base is None else followed(value), [True], counted)
    if isinstance(value, np.generic):
        scalars = scalars and value.dtype.type in dispatch.SCALARS
        if not values:
            return AbstractScalar(np.zeros((), value.dtype).view(StandIn), [False], scalars)
        return dispatch.SCALARS[type(value)](value) if scalars and type(value) in dispatch.SCALARS else value
    if isinstance(value, tuple):
        items = (_wrapped(item, originals, counted, values, scalars) for item in value)
        return tuple(items) if type(value) is tuple else type(value)(*items)
    if type(value) is list:
        return [_wrapped(item, originals, counted, values, scalars) for item in value]
    return value


__all__ = ["FOLLOWED", "Planner", "Question"]
