"""Metering an unmodified script: it runs as ``__main__`` in a budget of its own, with counted imports."""

from __future__ import annotations

import builtins
import importlib
import io
import os
import re
import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

import flopscope
from flopscope.budgets.budget import BudgetContext, current_budget
from flopscope.errors import BudgetExhaustedError, TimeExhaustedError, near
from flopscope.frames import adopt, is_library, is_ours, trimmed
from flopscope.reports.live import budget_live
from flopscope.reports.summary import Summary
from flopscope.running.imports import CountedImports, adopt_module
from flopscope.running.workers import Workers

#: A log with more calls than this is left out of the summary: it would take gigabytes.
CALLS_REPORTED = 1_000_000
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it


class Outcome(NamedTuple):
    """What a script cost, and the exit code that it leaves."""

    summary: Summary
    exit_code: int


class Job:
    """A script to be metered.

    Parameters
    ----------
    name : str
        Path of a script (or of a folder or archive with a ``__main__.py``), or dotted name of a module.
    arguments : iterable of str
        What follows it in `sys.argv`.
    is_module : bool
        Whether `name` is the name of a module, as for ``python -m``.
    flop_budget : int, optional
        By default the limit of the session budget.
    time_limit_s : float, optional
        Wall-clock limit in seconds.
    live : bool
        Whether to show the budget meanwhile.
    **terms
        As for `BudgetContext`: ``trace``, ``cost_model``, ``count_bytes``.
    """

    def __init__(
        self,
        name: str,
        arguments: Iterable[str] = (),
        is_module: bool = False,
        flop_budget: int | None = None,
        time_limit_s: float | None = None,
        live: bool = False,
        **terms: Any,
    ) -> None:
        if not is_module and not os.path.exists(name):
            raise ValueError(f"there is no script {name!r}")
        if not is_module:
            adopt(name)
        self.name = name
        self.arguments = list(arguments)
        self.is_module = is_module
        limit = flop_budget or current_budget().flop_budget
        self.budget = BudgetContext(limit, wall_time_limit_s=time_limit_s, **terms)
        self.live = live

    def execute(self) -> None:
        """Run the script as ``python`` would."""
        if self.is_module:
            sys.argv = [self.name, *self.arguments]
            _first_on_path(os.getcwd())
            adopt_module(self.name)
            runpy.run_module(self.name, run_name="__main__", alter_sys=True)
        elif os.path.isfile(self.name) and not self.name.endswith((".zip", ".pyz")):
            sys.argv = [self.name, *self.arguments]
            _first_on_path(os.path.dirname(os.path.realpath(self.name)))
            # Left in place afterwards: threads and exit functions of the script may look for it.
            module = sys.modules["__main__"] = ModuleType("__main__")
            vars(module).update(__file__=os.path.abspath(self.name), __builtins__=builtins, __cached__=None)
            vars(module)["__loader__"] = SourceFileLoader("__main__", os.path.abspath(self.name))
            with io.open_code(self.name) as file:
                code = compile(file.read(), os.path.abspath(self.name), "exec", dont_inherit=True)
            exec(code, vars(module))
        else:
            sys.argv = [self.name, *self.arguments]
            runpy.run_path(self.name, run_name="__main__")


def run(job: Job) -> Outcome:
    """Run a script to its end, whatever that is; exceptions are shown as ``python`` shows them.

    Processes that it starts through ``multiprocessing`` are metered as well, each against what was left of the budget
    when it started; what they were charged is part of the summary.
    """
    with ExitStack() as stack:
        workers = stack.enter_context(Workers(job.budget))
        if job.live:
            stack.enter_context(budget_live(_stream=sys.stderr))
        stack.enter_context(job.budget)
        stack.enter_context(CountedImports())
        # A script that never declared a symmetry need not hear where one that was found for it ends.
        stack.enter_context(flopscope.configure(symmetry_loss_warnings=False))
        stack.callback(setattr, threading, "excepthook", threading.excepthook)
        in_threads: list[BaseException] = []
        threading.excepthook = partial(_show_of_thread, in_threads)
        exit_code = _exit_code_of(job.execute)
        exit_code = _exit_code_of(_await_threads) or exit_code
        _flush_output()
        # Of a thread that was stopped nobody hears, unless the script has something to say itself.
        exit_code = exit_code or max((_limit_code(error) for error in in_threads), default=0)
    summary = job.budget.report(log=len(job.budget.op_log) <= CALLS_REPORTED)
    return Outcome(workers.added_to(summary).replace(title=os.path.basename(job.name)), exit_code)


class NoSuchFunction(ValueError):
    """What was to be planned is not there."""


def plan_function(target: str, operands: Iterable[Any], parameters: dict[str, Any]) -> Summary | None:
    """Plan a function of the user's, whose NumPy is counted; None, and a traceback, if it fails.

    Raises
    ------
    NoSuchFunction
        If there is no such file, module or function.
    """
    with CountedImports():
        try:
            function = _function(target)
            return flopscope.plan(function, *operands, **parameters).replace(title=target)
        except NoSuchFunction:
            raise
        except Exception as error:  # noqa: BLE001, shown to the user
            _show(error)
            return None


def _function(target: str) -> Any:
    """The function that ``file.py:name`` or ``package.module:name`` says."""
    place, colon, name = target.rpartition(":")
    is_file = place.endswith(".py")
    if not colon or (is_file and not os.path.isfile(place)):
        raise NoSuchFunction(f"{target!r} is no function: write file.py:function or package.module:function")
    _first_on_path(os.path.dirname(os.path.realpath(place)) if is_file else os.getcwd())
    try:
        found = runpy.run_path(place, run_name=Path(place).stem) if is_file else vars(importlib.import_module(place))
    except ModuleNotFoundError as error:
        if is_file or error.name != place:
            raise
        raise NoSuchFunction(f"there is no module {place!r}") from None
    if not callable(found.get(name)):
        raise NoSuchFunction(f"there is no function {name!r} in {place}{near(name, found)}")
    return found[name]


def _exit_code_of(action: Callable[[], None]) -> int:
    try:
        action()
    except SystemExit as request:
        return _requested(request)
    except BaseException as error:  # noqa: BLE001, shown to the user and told by the exit code
        _show(error)
        return _limit_code(error) or (_INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1)
    return 0


def _requested(request: SystemExit) -> int:
    """As Python itself understands it."""
    if request.code is None:
        return 0
    if isinstance(request.code, int):
        return request.code
    sys.stderr.write(f"{request.code}\n")
    return 1


def _limit_code(error: BaseException) -> int:
    """The exit code for an exhausted budget, also for one among a group of exceptions; 0 for all else."""
    if isinstance(error, BaseExceptionGroup):
        return max(map(_limit_code, error.exceptions))
    return 3 if isinstance(error, BudgetExhaustedError) else 4 if isinstance(error, TimeExhaustedError) else 0


def _await_threads() -> None:
    """Wait for the threads of the script, as Python does at its end, so that their ops are in the report."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _flush_output() -> None:
    """Write what the script printed, so that it stands before what follows; without success, Python says so at exit."""
    with suppress(OSError, ValueError, AttributeError):  # nobody reads on; closed; None
        sys.stdout.flush()


def _first_on_path(folder: str) -> None:
    if sys.flags.safe_path:
        return
    sys.path[0] = folder
    # What flopscope has imported of the standard library must not stand for the user's modules of the same names.
    for name in sys.stdlib_module_names.intersection(sys.modules):
        files = (os.path.join(folder, *parts) for parts in ((f"{name}.py",), (name, "__init__.py")))
        spec = sys.modules[name].__spec__
        if spec is not None and spec.origin not in ("frozen", "built-in") and any(map(os.path.isfile, files)):
            del sys.modules[name]


# -- tracebacks --------------------------------------------------------------------------------------------------------


def _show(error: BaseException) -> None:
    """Print a traceback with the user's frames only."""
    _tidy(error, set())
    _flush_output()
    if sys.excepthook is sys.__excepthook__:
        traceback.print_exception(error)  # the hook itself does not indent the text of an exception in a group
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def _show_of_thread(seen: list[BaseException], args: Any) -> None:
    error = args.exc_value
    if error is not None:
        seen.append(error)
        _tidy(error, set())
    threading.__excepthook__(type(args)((*args[:2], error and error.__traceback__, args.thread)))


_WRITTEN_FRAME = re.compile(r'^  File "([^"]+)", line .*\n(?:    .*\n)*', re.MULTILINE)


def _tidy(error: BaseException | None, seen: set[int]) -> None:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    error.__traceback__ = _users_frames(error.__traceback__)
    remote: Any = error
    if isinstance(getattr(remote, "tb", None), str):  # the traceback of a worker process, already written
        remote.tb = _WRITTEN_FRAME.sub(lambda frame: "" if is_library(frame[1]) else frame[0], remote.tb)
    _tidy(error.__cause__, seen)
    _tidy(error.__context__, seen)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            _tidy(one, seen)


def _users_frames(trace: TracebackType | None) -> TracebackType | None:
    """The user's frames of a traceback; if it has none, those of libraries, which someone must have called."""
    return trimmed(trace, is_library) or trimmed(trace, lambda filename: is_ours(filename) or filename[:7] == "<frozen")
