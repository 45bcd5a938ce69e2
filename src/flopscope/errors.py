"""What can go wrong, and what a message owes its reader: the op, the number asked, the number there, the next step."""

from __future__ import annotations

from typing import Any


class FlopscopeError(Exception):
    """Base class of all errors raised by flopscope itself."""


class FlopscopeWarning(UserWarning):
    """Base class of all warnings issued by flopscope itself."""


class NonFiniteWarning(FlopscopeWarning):
    """An op produced NaN or infinity (only with ``configure(check_nan_inf=True)``)."""


class SymmetryLossWarning(FlopscopeWarning):
    """An op lost (part of) the symmetry of an operand, so that what follows costs more."""


class UncountedWarning(FlopscopeWarning):
    """Arrays went where what is done with them is counted only in part."""


class EscapeWarning(FlopscopeWarning):
    """Elements of a counted array left the meter (only with ``configure(on_escape="warn")``)."""


class EscapeError(FlopscopeError):
    """Elements of a counted array would have left the meter (only with ``configure(on_escape="raise")``)."""


class SymmetryError(FlopscopeError, ValueError):
    """A symmetry that a tensor does not have, or a group that makes no sense for it."""


class CostRuleError(FlopscopeError):
    """A cost rule failed on arguments that NumPy accepts: a bug in flopscope; nothing was charged."""


class UnsupportedFunctionError(FlopscopeError, AttributeError):
    """A NumPy name that flopscope does not run, because it cannot count it.

    It is an ``AttributeError``, so that ``hasattr(fnp, name)`` answers False.
    """


class _Refusal(FlopscopeError):
    """Common facts of the two budget errors, all of them attributes.

    Attributes
    ----------
    op_name : str
        Op that was refused (or, for a deadline noticed after an op, the op that ran last).
    flop_cost : int
        FLOPs of that op.
    flops_used, flop_budget, flops_remaining : int
        State of the budget that refused, in FLOPs.
    namespace : str
        Namespace in which the op was called; empty for none.
    filename : str
        User's source file.
    lineno : int
        Line in that file.
    dearest : tuple of (str, int, int)
        The three dearest ops so far: name, FLOPs, calls.
    """

    op_name: str
    flop_cost: int
    flops_used: int
    flop_budget: int
    flops_remaining: int
    namespace: str
    filename: str
    lineno: int
    dearest: tuple[tuple[str, int, int], ...]

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)


class BudgetExhaustedError(_Refusal):
    """An op would cost more than what is left; it did not run and was not charged."""


class TimeExhaustedError(_Refusal):
    """The wall-clock limit of a budget has passed; noticed at an op boundary.

    Attributes
    ----------
    wall_time_limit_s, wall_time_s : float
        Limit, and time since the budget was opened, in seconds.
    """

    wall_time_limit_s: float
    wall_time_s: float


class ValueNeededError(FlopscopeError):
    """A planned program asked for a value, and a plan knows shapes only; the message says where, and the ways out.

    Attributes
    ----------
    what : str
        What was asked for.
    filename : str
        User's source file.
    lineno : int
        Line in that file.
    """

    what: str
    filename: str
    lineno: int

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)


def near(word: str, words: Any) -> str:
    """Suggest the nearest of `words`: ``"; did you mean 'add'?"`` or an empty string."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(words), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
