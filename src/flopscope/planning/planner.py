"""The planner: what stands between a planned function and NumPy.

While a plan runs, the active scope belongs to an account that has a planner, and the dispatcher hands every call over
to it: a counted call is priced by its rule from the table, charged and logged as ever, and instead of running NumPy a
result rule says what it would return. Calls on small known values are run, so that index arithmetic, constants and
loops over them work.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from time import perf_counter as clock
from typing import Any, cast

import numpy as np

from flopscope.arrays import callbacks
from flopscope.arrays.dispatch import FA, Counting, nd, operand_shapes, uncharged
from flopscope.arrays.registry import numpy_attribute, public_name
from flopscope.budgets.accounts import Account
from flopscope.budgets.blocks import active_scope
from flopscope.budgets.ledger import Site
from flopscope.budgets.scopes import Scope
from flopscope.budgets.sessions import Session
from flopscope.costs.models import CostModel
from flopscope.costs.recorded import describe, moved
from flopscope.costs.table import ALIASES, TABLE, Op
from flopscope.errors import ValueNeededError
from flopscope.frames import user_location
from flopscope.planning import algebra, classes, computing, creating, draws, moving, ordering, others, symmetric
from flopscope.planning import operators as _operators  # noqa: F401  (gives abstract arrays their operators)
from flopscope.planning.abstract import Abstract, is_abstract
from flopscope.planning.exchange import (
    FOLLOWED,
    Seen,
    arguments,
    arrays,
    as_counted,
    asked,
    holds_abstract,
    is_counted_scalar,
    originals,
    placed,
    see,
    unmetered,
    wrapped,
)
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
        seen = arguments(args, kwargs)
        shapes = operand_shapes(run, tuple(seen.given), seen.named)
        site = scope.site(None, op.name, flops, shapes, subscripts, describe(op, asked(op, args), kwargs, True))
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
            named = {name: unmetered(value) for name, value in kwargs.items()}
            return model.price(op, asked(op, tuple(map(unmetered, args))), named)
        except Exception as error:  # noqa: BLE001  (raised below)
            failure = error
        if any(map(holds_abstract, args)):  # a list in the place of an array
            with suppress(Exception):
                return model.price(op, [operand(see(a)[0]) if holds_abstract(a) else a for a in args], kwargs)
        if not isinstance(failure, ValueNeededError):
            self._result(op, run, args, kwargs, 0, True)
        raise failure

    def is_asked(self, values: Any) -> bool:
        """Whether there are abstract arrays among values."""
        return any(is_abstract(value) or holds_abstract(value) for value in values)

    def free(self, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that costs nothing; a part of a counted scalar stays one."""
        return self._result(Op(public_name(run)), run, args, kwargs, 0, True, any(map(is_counted_scalar, args)))

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
        call = arguments(args, kwargs)
        if op.own and op.result is None:
            try:
                return as_counted(run(*args, **kwargs))  # which works on the abstract arrays
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
                if any(isinstance(value, (Counting, FA)) for value in (*call.given, *call.named.values())):
                    run = partial(uncharged, run)  # masked arrays, and what is made of them, would be charged again
                value = run(*call.given, **call.named)
                found = wrapped(value, originals(args, kwargs, call), counted, True, scalars)
                return placed(found, name, function, args, kwargs)
        if outcome is NOBODY:
            if rule is None and name.startswith("polynomial.") and all(a.size <= FOLLOWED for a in arrays(call.given)):
                outcome = _tried(numpy_attribute(name), call)
            elif rule is None:
                raise _no_rule(name)
            else:
                try:
                    outcome = classes.like_operands(rule(function, *call.given, **call.named), call.given)
                except NotToldError as error:
                    raise _no_rule(name) from error
        self._write(name, args, kwargs)
        found = wrapped(outcome, originals(args, kwargs, call), counted, call.known and not draws, scalars)
        return placed(found, name, function, args, kwargs)

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
        small = all(one.size <= FOLLOWED for one in arrays(outcome)) and flops <= _WORK
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
    targets = list(arrays(kwargs.get("out")))
    if args and (
        name in WRITERS or name.endswith(".at") or kwargs.get("copy") is False or kwargs.get("overwrite_input")
    ):
        targets.append(args[0])
    ufunc = numpy_attribute(name)
    if isinstance(ufunc, np.ufunc):
        targets += arrays(args[ufunc.nin :])
    return targets


def _tried(function: Any, call: Seen) -> Any:
    """What a function of few numbers returns for any of them: shapes and dtypes, that is."""

    def numbers(value: Any) -> Any:
        if type(value) is StandIn:
            return any_numbers(value.shape, value.dtype)
        return [numbers(item) for item in value] if isinstance(value, (list, tuple)) else value

    return try_out(function, *map(numbers, call.given), **{k: numbers(v) for k, v in call.named.items()})


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
    given = dict(bound.arguments)
    given.pop("random_state", None)
    size = given.pop("size", None)
    if size is not None:
        return result((size,) if hasattr(size, "__index__") else tuple(size), float)
    dtypes = [np.result_type(v if isinstance(v, (int, float)) else type_of(v)) for v in given.values()]
    numbers = [v if type(v) in (bool, int, float) else np.empty(0, type_of(v)) for v in given.values()]
    kept = np.result_type(*numbers) if dtypes else np.dtype(float)
    return result(together(*map(sizes, given.values())), kept if kept.kind == "f" and "rvs" not in op.name else float)
