"""Processes that a metered script starts through ``multiprocessing``: metered too, and added to the report.

A forked worker has the counted imports already; one that is spawned is given them before it imports the script. Each
opens a budget of its own over what was left when it started, and leaves its buckets in a folder when it ends, or is
ended by its pool.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import shutil
import signal
import tempfile
from collections.abc import Callable
from multiprocessing import spawn, util
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import flopscope.budgets.statements  # noqa: F401  (there is little time to report when a worker is told to end)
from flopscope.budgets.budget import BudgetContext
from flopscope.frames import adopt
from flopscope.reports import schema
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket
from flopscope.running.imports import CountedImports, adopt_module

_FOLDER = "FLOPSCOPE_WORKERS"
#: What a spawned worker is told: the script, and the budget that is left.
_TOLD = "job"


class Workers:
    """A with block in which workers report to this process."""

    def __init__(self, budget: BudgetContext) -> None:
        self._budget = budget
        self._parts: list[Summary] = []

    def __enter__(self) -> Workers:
        self._folder = Path(tempfile.mkdtemp(prefix="flopscope-"))
        self._preparation: Callable[[str], dict[str, Any]] = spawn.get_preparation_data
        os.environ[_FOLDER] = str(self._folder)
        spawn.get_preparation_data = self._prepared
        util.register_after_fork(self, Workers._forked)
        return self

    def __exit__(self, *exc: object) -> None:
        os.environ.pop(_FOLDER, None)
        spawn.get_preparation_data = self._preparation
        self._parts = [schema.from_json(path.read_text("utf-8")) for path in sorted(self._folder.glob("*.json"))]
        shutil.rmtree(self._folder, ignore_errors=True)

    def added_to(self, summary: Summary) -> Summary:
        """`summary` with what the workers were charged; their calls are not in its log."""
        if not self._parts:
            return summary
        totals: dict[tuple[str, str], tuple[int, ...]] = {}
        for part in (summary, *self._parts):
            for op, namespace, *numbers in part.buckets:
                before = totals.get((op, namespace), (0, 0, 0, 0))
                totals[op, namespace] = tuple(map(sum, zip(before, numbers, strict=True)))
        escapes = [escape for part in (summary, *self._parts) for escape in part.escapes]
        return summary.replace(buckets=[Bucket(*key, *numbers) for key, numbers in totals.items()], escapes=escapes)

    def _forked(self) -> None:
        _reporters.append(_Reporter(self._left()))

    def _left(self) -> int:
        return max(self._budget.flops_remaining, 1)

    def _prepared(self, name: str) -> dict[str, Any]:
        data = self._preparation(name)
        main = data.pop("init_main_from_path", None) or data.get("init_main_from_name")
        told = {"main": main, "is_file": "init_main_from_name" not in data, "budget": self._left()}
        (self._folder / _TOLD).write_text(json.dumps(told), encoding="utf-8")
        # Imported in the worker instead of the script, which it imports in its turn.
        data["init_main_from_name"] = "flopscope.running.spawned"
        return data


class _Reporter:
    """The budget of a worker, and its report: written when the worker ends by itself or is ended by its pool."""

    def __init__(self, flop_budget: int) -> None:
        self._budget = BudgetContext(flop_budget)
        self._pid = os.getpid()
        self._path = Path(os.environ[_FOLDER]) / f"{self._pid}.json"
        self._leaving = Lock()
        self._budget.__enter__()
        # A spawned worker runs exit functions, a forked one finalizers, which are cleared when it begins.
        atexit.register(self.leave)
        util.register_after_fork(self, _Reporter.leave_at_end)
        self.leave_at_end()
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # how a pool ends its workers
            self._watch()

    def leave_at_end(self) -> None:
        util.Finalize(None, self.leave, exitpriority=-100)

    def leave(self) -> None:
        if os.getpid() != self._pid:
            return
        with self._leaving:  # it may end by itself while its pool ends it
            text = schema.to_json(self._budget.report(log=False))
            fresh = self._path.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._path)

    def _watch(self) -> None:
        # A handler alone may never run: where the signal comes just before the main thread begins to wait for a task,
        # nothing ends the wait. What is written to the file descriptor wakes up a thread in any case.
        told, tells = os.pipe()
        os.set_blocking(tells, False)
        signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, _noted)
        Thread(target=self._leave_when_told, args=(told,), daemon=True).start()

    def _leave_when_told(self, told: int) -> None:
        while os.read(told, 1)[0] != signal.SIGTERM or signal.getsignal(signal.SIGTERM) is not _noted:
            pass  # another signal, or one that the program sees to by now
        try:
            self.leave()
        finally:
            os._exit(128 + signal.SIGTERM)


def _noted(signum: int, frame: Any) -> None:
    """Take the place of the default, so that Python tells the thread."""


#: Finalizers of multiprocessing hold on to nothing; this does.
_reporters: list[_Reporter] = []


def import_script() -> dict[str, Any]:
    """Make this process a metered worker; import the script as multiprocessing would, and return its globals."""
    told = json.loads((Path(os.environ[_FOLDER]) / _TOLD).read_text(encoding="utf-8"))
    CountedImports().__enter__()
    _reporters.append(_Reporter(told["budget"]))
    main = told["main"]
    if main is None:
        return {}
    if told["is_file"]:
        adopt(main)
        return runpy.run_path(main, run_name="__mp_main__")
    adopt_module(main)
    if main.endswith(".__main__"):
        return {}  # multiprocessing does not import it either: it may have no guard
    return runpy.run_module(main, run_name="__mp_main__", alter_sys=True)
