"""Budgets and namespaces, as users see them; how they are charged is in ``scopes.py`` and ``accounts.py``."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from flopscope.budgets.accounts import SESSION_LIMIT_VARIABLE, Account
from flopscope.budgets.blocks import Block, active_scope, is_open
from flopscope.budgets.ledger import flush_lock
from flopscope.budgets.scopes import Ratio, Scope, Terms
from flopscope.budgets.sessions import session
from flopscope.checks import flops_from_text, positive, valid_namespace, whole_flops
from flopscope.costs.models import CostModel
from flopscope.costs.models import cost_model as find_cost_model

if TYPE_CHECKING:
    from flopscope.budgets.log import OpLog
    from flopscope.reports.summary import Summary

F = TypeVar("F", bound=Callable[..., Any])

SESSION_LIMIT = 10**15


class BudgetContext(Block):
    """A limit on FLOPs, as a context manager or a decorator.

    Parameters
    ----------
    flop_budget : int
        Limit in FLOPs; a positive integer or an integral float such as ``1e9``.
    namespace : str, optional
        Dotted path under which the ops of this context are attributed, below the namespace that is active already.
    wall_time_limit_s : float, optional
        Limit in seconds of wall-clock time from entry. Cooperative: noticed at the next op boundary.
    flop_multiplier : float, default 1.0
        Factor on every charge made in this context, rounded to a whole FLOP and at least 1.
    trace : bool, default False
        Attribute FLOPs, calls and time to source lines and call stacks as well; see `trace`.
    cost_model : CostModel or str, optional
        What prices the calls; by default that of the context around, and outside any the configured one.
    count_bytes : bool, default False
        Count the bytes that calls read and write as well: each element of each operand read once, each element of the
        result written once. Dtypes are then told apart, so that any model can price the run again.

    Raises
    ------
    BudgetExhaustedError
        By the op that would exceed the limit, before it runs.
    TimeExhaustedError
        By the op at whose start or end the time limit has passed.

    Notes
    -----
    Contexts nest: a child charges itself and every ancestor, at its own cost model's prices. A context can be entered
    again and goes on counting.
    As a decorator, all calls of the function share one budget, found as the function's ``budget`` attribute.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> with BudgetContext(flop_budget=1000) as budget:
    ...     total = fnp.sum(fnp.ones((4, 8)))
    >>> budget.flops_used  # 4*8
    32
    """

    def __init__(
        self,
        flop_budget: int,
        *,
        namespace: str | None = None,
        wall_time_limit_s: float | None = None,
        flop_multiplier: float = 1.0,
        trace: bool = False,
        cost_model: CostModel | str | None = None,
        count_bytes: bool = False,
    ) -> None:
        limit = whole_flops("flop_budget", flop_budget)
        name = None if namespace is None else valid_namespace(namespace)
        seconds = None if wall_time_limit_s is None else positive("wall_time_limit_s", wall_time_limit_s)
        multiplier = positive("flop_multiplier", flop_multiplier).as_integer_ratio()
        model = None if cost_model is None else find_cost_model(cost_model)
        self._terms = Terms(multiplier, bool(trace), model, bool(count_bytes))
        self._own = Account(session, limit, name, seconds, self)

    @property
    def _account(self) -> Account:
        """Where the context is charged: in a plan, at an account that stands for its own."""
        planner = active_scope().budget.planner
        return self._own if planner is None else planner.account(self, self._own)

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def flop_budget(self) -> int:
        """Limit in FLOPs."""
        return self._account.limit

    @property
    def flops_used(self) -> int:
        """FLOPs charged so far, in this context and in those nested in it."""
        return self._account.used

    @property
    def flops_remaining(self) -> int:
        """FLOPs left."""
        return self._account.limit - self._account.used

    @property
    def terms(self) -> Terms:
        """How calls in this context are charged and logged."""
        return self._terms

    @property
    def op_log(self) -> OpLog:
        """Every counted call, in order, as a sequence of `OpRecord`."""
        from flopscope.budgets.log import OpLog

        return OpLog(self._account.ledger)

    @property
    def namespace(self) -> str | None:
        """Namespace given to this context, None if there is none."""
        return self._account.name

    @property
    def wall_time_limit_s(self) -> float | None:
        """Limit in seconds, None if there is none."""
        return self._account.wall_time_limit_s

    @property
    def wall_time_s(self) -> float:
        """Seconds spent inside the context so far."""
        return self._account.wall_ns() / 1e9

    @property
    def flopscope_backend_time_s(self) -> float:
        """Seconds spent inside NumPy by counted ops."""
        return self._account.summary().flopscope_backend_time_s

    @property
    def flopscope_overhead_time_s(self) -> float:
        """Seconds spent in flopscope's own code around counted ops."""
        return self._account.summary().flopscope_overhead_time_s

    @property
    def residual_wall_time_s(self) -> float:
        """Remaining seconds: wall - backend - overhead (negative if threads ran side by side)."""
        return self._account.summary().residual_wall_time_s

    def summary(self, by_namespace: bool = False) -> str:
        """Readable breakdown of FLOPs and time by op, dearest first.

        Parameters
        ----------
        by_namespace : bool, default False
            Add the breakdown by namespace.

        Returns
        -------
        str
        """
        return self._account.summary().to_text(by_namespace)

    def summary_dict(self, by_namespace: bool = False) -> dict[str, Any]:
        """The same breakdown as a JSON-ready dictionary (FLOPs as integers, times in seconds)."""
        return self._account.summary().to_dict(by_namespace)

    def report(self, log: bool = True) -> Summary:
        """All there is to say about the budget so far, as one value that is rendered, saved and compared.

        Parameters
        ----------
        log : bool, default True
            Include every call, for timelines and the table of calls: some hundred bytes each.

        Returns
        -------
        Summary

        Examples
        --------
        >>> import flopscope.numpy as fnp
        >>> with BudgetContext(flop_budget=1000) as budget:
        ...     total = fnp.sum(fnp.ones((4, 8)))
        >>> budget.report().operations()[0].flops  # 4*8
        32
        """
        from flopscope.budgets.log import recorded

        with flush_lock:
            calls = recorded(self._account.ledger)
            summary = self._account.summary().replace(recorded=calls)
            # No more calls than were recorded, if another thread goes on.
            return summary.replace(log=self.op_log[: len(calls.order)]) if log else summary

    def reprice(self, cost_model: CostModel | str, log: bool = True) -> Summary:
        """What was charged so far, at the prices of another cost model; nothing is run again.

        Parameters
        ----------
        cost_model : CostModel or str
            The other model.
        log : bool, default True
            As for `report`.

        Returns
        -------
        Summary
            What a run under that model reports, but for the time.

        Raises
        ------
        ValueError
            If the model depends on what was not recorded: on dtypes, without ``count_bytes=True``.

        Examples
        --------
        >>> import flopscope.numpy as fnp
        >>> with BudgetContext(flop_budget=1000) as budget:
        ...     product = fnp.ones((4, 5)) @ fnp.ones((5, 6))
        >>> budget.flops_used, budget.reprice("fma2").flops_used  # 4*5*6, and twice that
        (120, 240)
        """
        return self.report(log).reprice(cost_model)

    def __repr__(self) -> str:
        name = f", namespace={self.namespace!r}" if self.namespace else ""
        return f"<BudgetContext: {self.flops_used:,} of {self.flop_budget:,} FLOPs used{name}>"

    def __copy__(self) -> BudgetContext:
        return self  # as locks are: who holds it shares it

    def __deepcopy__(self, memo: Any) -> BudgetContext:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be pickled: what another process were charged would be missing here; next step: open a "
            "budget in that process, and send back its report() or summary_dict()"
        )

    # -- use -----------------------------------------------------------------------------------------------------

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Carry this budget and the namespace active now into another thread.

        Parameters
        ----------
        function : callable
            What the executor is to call.

        Returns
        -------
        callable
            The same function, charging this budget wherever it is called.

        Examples
        --------
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> import flopscope.numpy as fnp
        >>> with BudgetContext(100) as budget, ThreadPoolExecutor() as pool:
        ...     futures = [pool.submit(budget.wrap(fnp.add), 1, 2) for _ in range(3)]
        >>> budget.flops_used
        3
        """
        scope = active_scope()
        if all(one.budget is not self._account for one in scope.lineage()):
            scope = self._account.scope(self.namespace or "", self._terms)
        return _Carried(scope)(function)

    def __call__(self, function: F) -> F:
        """Decorate `function`: all its calls, plain or async, run inside this context, its ``budget``."""
        wrapper: Any = super().__call__(function)
        wrapper.budget = self
        return wrapper

    # -- inside --------------------------------------------------------------------------------------------------

    def _scope_in(self, above: Scope) -> Scope:
        if any(scope.budget is self._account for scope in above.lineage()):
            return above  # entered again from inside itself
        path = ".".join(filter(None, (above.namespace, self.namespace)))
        own, around = self._terms, above.terms
        terms = own._replace(
            traced=own.traced or around.traced,
            model=own.model or around.model,
            count_bytes=own.count_bytes or around.count_bytes,
        )
        if above.budget is session.budget:
            return self._account.scope(path, terms)
        terms = terms._replace(multiplier=_product(own.multiplier, around.multiplier))
        return self._account.scope(path, terms, above.twin(path, terms))

    def _entered(self) -> None:
        self._account.open()

    def _left(self) -> None:
        with flush_lock:
            if not is_open(self) and self._account is not session.budget:  # which is open all the time
                self._account.close()


def budget(
    flop_budget: int,
    *,
    namespace: str | None = None,
    wall_time_limit_s: float | None = None,
    flop_multiplier: float = 1.0,
    trace: bool = False,
    cost_model: CostModel | str | None = None,
    count_bytes: bool = False,
) -> BudgetContext:
    """Give a function a budget that all its calls share; parameters as for `BudgetContext`.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> @budget(flop_budget=100)
    ... def step(x):
    ...     return x * 2
    >>> _ = step(fnp.ones(4)), step(fnp.ones(4))
    >>> step.budget.flops_used  # 4 + 4
    8
    """
    return BudgetContext(
        flop_budget,
        namespace=namespace,
        wall_time_limit_s=wall_time_limit_s,
        flop_multiplier=flop_multiplier,
        trace=trace,
        cost_model=cost_model,
        count_bytes=count_bytes,
    )


class namespace(Block):
    """Attribute the ops of a block, or of a function, to a name.

    Parameters
    ----------
    name : str
        Segment or dotted path, added to the namespace that is active already.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> with BudgetContext(100) as budget, namespace("a"), namespace("b.c"):
    ...     _ = fnp.add(1, 2)
    >>> budget.op_log[0].namespace
    'a.b.c'
    """

    def __init__(self, name: str) -> None:
        self.name = valid_namespace(name)

    def _scope_in(self, above: Scope) -> Scope:
        return above.twin(f"{above.namespace}.{self.name}" if above.namespace else self.name)

    def __repr__(self) -> str:
        return f"namespace({self.name!r})"


class trace(Block):
    """Attribute FLOPs, calls and time of a block, or of a function, to source lines and call stacks.

    The budgets that are charged keep, beside their totals, totals per call stack; frames of flopscope, NumPy, the
    standard library and installed packages are left out. Reports then show the program's text with what each line
    costs, and flame graphs by function. Nothing is done where tracing is off.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> with BudgetContext(100) as budget, trace():
    ...     _ = fnp.add(1, 2)
    >>> [(line.op, line.flops, line.stack[-1].lineno) for line in budget.report().trace]
    [('add', 1, 2)]
    """

    def _scope_in(self, above: Scope) -> Scope:
        return above.twin(above.namespace, above.terms._replace(traced=True))

    def __repr__(self) -> str:
        return "trace()"


class _Carried(Block):
    """A scope to be active in whatever thread (for `BudgetContext.wrap`)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def _scope_in(self, above: Scope) -> Scope:
        return self._scope


def current_budget() -> BudgetContext:
    """The budget that an op called here and now is charged to; the session budget outside any context."""
    return active_scope().budget.context


def budget_reset() -> None:
    """Forget the session's totals and start a fresh session budget; open contexts keep their own counts."""
    session.restart(_default_budget())


def budget_summary_dict(by_namespace: bool = False) -> dict[str, Any]:
    """Everything charged in this process so far, as a JSON-ready dictionary.

    Open and closed contexts and the session budget together; ``flop_budget`` is the sum of the limits of the budgets
    that were charged. Keys as for `BudgetContext.summary_dict`; FLOPs are integers, times are in seconds.

    Parameters
    ----------
    by_namespace : bool, default False
        Add ``by_namespace``, keyed by the full dotted path.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> budget_reset()
    >>> with BudgetContext(1000):
    ...     _ = fnp.exp(fnp.ones(5))
    >>> budget_summary_dict()["operations"]["exp"]["flop_cost"]
    5
    """
    return session.summary().to_dict(by_namespace)


def budget_report() -> Summary:
    """Everything charged in this process so far, as a value that is rendered, saved and compared.

    As `BudgetContext.report`, but for the log: calls are logged by the budgets that were charged.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> budget_reset()
    >>> _ = fnp.exp(fnp.ones(5))
    >>> budget_report().flops_used
    5
    """
    return session.summary()


def budget_summary(by_namespace: bool = False) -> None:
    """Print everything charged in this process so far: in colour on a terminal, as plain text when piped.

    Parameters
    ----------
    by_namespace : bool, default False
        Add the breakdown by namespace.
    """
    from flopscope.reports.display import print_summary

    print_summary(session.summary(), by_namespace)


def _default_budget() -> int:
    text = os.environ.get(SESSION_LIMIT_VARIABLE, "").strip()
    try:
        return flops_from_text(text) if text else SESSION_LIMIT
    except ValueError as error:
        raise ValueError(f"environment variable {SESSION_LIMIT_VARIABLE} {error}") from None


def _product(a: Ratio, b: Ratio) -> Ratio:
    numerator, denominator = a[0] * b[0], a[1] * b[1]
    divisor = math.gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


session.begin(BudgetContext(_default_budget())._own)
