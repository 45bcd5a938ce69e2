"""The live display: a panel, or lines where there is no screen, that shows the budget in use while the program runs.

A thread pulls a `Summary` a few times a second and shows it; the counted path knows nothing of it and pays nothing.
Nothing that goes wrong here reaches the program: failures are counted, and reported as one warning at the end.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from math import exp
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from flopscope.budgets.sessions import live_summary
from flopscope.reports.description import (
    NOTHING_YET,
    OPERATION_TITLES,
    Block,
    Report,
    Row,
    budget_rows,
    gauge,
    name,
    note,
    operation_row,
    rate,
    share,
    time,
)
from flopscope.reports.display import Panel, is_terminal, printable
from flopscope.reports.html import fragment
from flopscope.reports.units import duration, flop_rate, percent

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from flopscope.reports.summary import Summary

_TOP_OPERATIONS = 5
# Seconds over which the FLOP rate is smoothed, and between plain lines at the least.
_RATE_SPAN_S = 2.0
_LINES_EVERY_S = 2.0
_FORECAST_UP_TO_S = 100 * 3600

_one_at_a_time = threading.Lock()


@contextmanager
def budget_live(
    refresh_per_second: float = 4,
    *,
    _snapshot: Callable[[], Summary] | None = None,
    _console: Console | None = None,
    _stream: IO[str] | None = None,
) -> Generator[None, None, None]:
    """Show the budget in use while the program runs.

    On a terminal or in a notebook a panel shows what is used of the budget, the FLOP rate, the time, the dearest ops
    and the current namespace; what the program prints appears above it. Elsewhere a line is printed every couple of
    seconds, ever more seldom, and one at the end. Budgets may be opened and closed inside; inside another live
    display this one does nothing.

    Parameters
    ----------
    refresh_per_second : float, default 4
        How often to look.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> with flops.budget_live():
    ...     with flops.BudgetContext(flop_budget=10**8, namespace="training"):
    ...         x = fnp.ones((100, 100)) @ fnp.ones(100)
    flopscope, budget 'training', closed: 10,000 of 100,000,000 FLOPs (<0.1%) in ...
    """
    if not refresh_per_second > 0:
        raise ValueError(f"refresh_per_second must be positive, got {refresh_per_second!r}")
    watch = _Watch(_snapshot or live_summary, _console, _stream, 1 / refresh_per_second)
    if not _one_at_a_time.acquire(blocking=False):
        yield
        return
    try:
        try:
            watch.start()
            yield
        finally:
            watch.stop()
    finally:
        _one_at_a_time.release()
        if watch.first_failure:
            warnings.warn(
                f"budget_live failed to show the budget ({watch.failures}x), first with "
                f"{type(watch.first_failure).__name__}: {watch.first_failure}",
                RuntimeWarning,
                stacklevel=3,
            )


class Reading(NamedTuple):
    """What is shown at one moment."""

    summary: Summary
    flops_per_s: float
    final: bool = False

    def after(self, summary: Summary) -> Reading:
        """The reading that follows this one when `summary` is found."""
        seconds = (summary.wall_ns - self.summary.wall_ns) / 1e9
        charged = summary.flops_used - self.summary.flops_used
        if _whose(summary) != _whose(self.summary) or seconds < 0 or charged < 0:
            return reading(summary)
        if seconds == 0:
            return Reading(summary, self.flops_per_s)
        weight = 1 - exp(-seconds / _RATE_SPAN_S)
        return Reading(summary, self.flops_per_s + weight * (charged / seconds - self.flops_per_s))


def reading(summary: Summary, final: bool = False) -> Reading:
    """A reading with the average rate: the first one of a budget and the last one."""
    return Reading(summary, summary.flops_used / summary.wall_time_s if summary.wall_ns > 0 else 0.0, final)


def _whose(summary: Summary) -> tuple[Any, ...]:
    return summary.title, summary.flop_budget, summary.wall_time_limit_s


def describe_live(now: Reading) -> Report:
    """What the panel says."""
    summary = now.summary
    used, wall, limit = summary.flops_used, summary.wall_ns, summary.wall_time_limit_s
    limit_ns = round(limit * 1e9) if limit else 0
    facts = [
        *budget_rows(summary),
        Row((name("Time"), time(wall), *((share(wall, limit_ns), gauge(wall, limit_ns)) if limit_ns else ()))),
        Row((name("Rate"), rate(now.flops_per_s), note(_outlook(now)))),
    ]
    if summary.namespace:
        facts.append(Row((name("Namespace"), note(summary.namespace))))
    operations = summary.operations()
    rows = [operation_row(bucket, used) for bucket in operations[:_TOP_OPERATIONS]]
    if len(operations) > len(rows):
        rows.append(Row((note(f"and {len(operations) - len(rows)} more"),)))
    return Report(
        tuple(filter(None, ("flopscope live", summary.title))),
        [Block((), facts), Block(OPERATION_TITLES, rows) if rows else NOTHING_YET],
    )


def _outlook(now: Reading) -> str:
    if now.final:
        return "on average"
    if now.flops_per_s <= 0 or now.summary.flops_remaining <= 0:
        return ""
    seconds = now.summary.flops_remaining / now.flops_per_s
    return f"budget lasts {duration(seconds * 1e9)} more" if seconds < _FORECAST_UP_TO_S else ""


def live_line(now: Reading) -> str:
    """The same in one line."""
    summary = now.summary
    used, limit = summary.flops_used, summary.flop_budget
    parts = [
        f"{used:,} of {limit:,} FLOPs ({percent(used, limit)}) in {duration(summary.wall_ns)}",
        flop_rate(now.flops_per_s),
        *(f"mostly {bucket.op}" for bucket in summary.operations()[:1]),
    ]
    if summary.namespace and not now.final:
        parts.append(f"now in {summary.namespace}")
    return f"{', '.join(filter(None, ('flopscope', summary.title)))}: {', '.join(parts)}"


class _Watch:
    """The thread that looks at the budget, and the face that shows what it sees."""

    def __init__(
        self, snapshot: Callable[[], Summary], console: Console | None, stream: IO[str] | None, interval: float
    ) -> None:
        self.failures = 0
        self.first_failure: Exception | None = None
        self._snapshot = snapshot
        self._console = console
        self._interval = interval
        self._now: Reading | None = None
        self._lines = _Lines(stream)
        self._face: _Face = self._lines
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flopscope live display", daemon=True)

    def start(self) -> None:
        self._attempt(self._open_screen)
        self._attempt(self._look)
        self._attempt(self._thread.start)

    def stop(self) -> None:
        self._done.set()
        try:
            if self._thread.is_alive():
                self._thread.join(timeout=2)  # a terminal that is held up must not hold up the program
            self._attempt(self._pull)
            self._attempt(self._show_last)
        finally:
            self._attempt(self._face.close)

    def _run(self) -> None:
        while not self._done.wait(self._interval):
            self._attempt(self._look)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001, reported as a warning when the display closes
            self.failures += 1
            self.first_failure = self.first_failure or error

    def _open_screen(self) -> None:
        if self._console is None and _in_notebook():
            self._face = _Cell()
            return
        console = self._console or _screen()
        if console is None:
            return
        self._face = screen = _Screen(console)
        try:
            screen.open()
        except Exception:
            screen.close()
            self._face = self._lines
            raise

    def _look(self) -> None:
        self._pull()
        if self._now:
            self._face.show(self._now)

    def _pull(self) -> None:
        summary = self._snapshot()
        self._now = self._now.after(summary) if self._now else reading(summary)

    def _show_last(self) -> None:
        if self._now:
            self._face.show(reading(self._now.summary, final=True))


class _Face(Protocol):
    def show(self, now: Reading) -> None: ...
    def close(self) -> None: ...


class _Lines:
    """Lines on a stream, by default standard output: every couple of seconds at most, and only when FLOPs were charged.

    They come ever more seldom.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream
        self._started = self._last = monotonic()
        self._shown = 0

    def show(self, now: Reading) -> None:
        used, at = now.summary.flops_used, monotonic()
        if now.final or (used != self._shown and at - self._last >= max(_LINES_EVERY_S, 0.05 * (at - self._started))):
            self._last, self._shown = at, used
            stream = self._stream or sys.stdout
            print(printable(live_line(now), stream), file=stream, flush=True)

    def close(self) -> None:
        """Nothing to undo."""


class _Screen:
    """A panel at the bottom of the terminal."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self._console = console
        self._drawn: RenderableType = ""
        self._above: list[_Above] = []
        self._live = Live(
            get_renderable=lambda: self._drawn,
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def open(self) -> None:
        self._live.start()
        if self._console.is_terminal:
            for stream_name in ("stdout", "stderr"):
                if is_terminal(getattr(sys, stream_name)):
                    self._above.append(_Above(stream_name, self._console))

    def show(self, now: Reading) -> None:
        from rich.segment import SegmentLines

        # Drawn here rather than on each refresh: rich refreshes within the program's own calls of print.
        lines = self._console.render_lines(Panel(describe_live(now)), pad=False)
        self._drawn = SegmentLines(lines, new_lines=True)
        self._live.refresh()

    def close(self) -> None:
        try:
            for above in self._above:
                above.restore()
        finally:
            self._live.stop()


class _Cell:
    """A panel in the output of a notebook's cell, drawn again in its place; needs no widgets."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, now: Reading) -> None:
        from IPython.display import HTML, display

        drawn: Any = HTML(fragment(describe_live(now)))
        if self._handle is None:
            self._handle = display(drawn, display_id=True)
        else:
            self._handle.update(drawn)

    def close(self) -> None:
        """The last state stays."""


class _Above:
    """Stands in for a standard stream while the panel is on the screen, and prints above the panel.

    rich has one, too; it reads markup in the program's text, loses text written by two threads at once, and does not
    survive a fork.
    """

    def __init__(self, stream_name: str, console: Console) -> None:
        self._name = stream_name
        self._stream: IO[str] = getattr(sys, stream_name)
        self._console: Console | None = console
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._pending = ""
        setattr(sys, stream_name, self)

    @property
    def rich_proxied_file(self) -> IO[str]:
        """The stream itself, to which rich writes."""
        return self._stream

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._stream, attribute)

    def write(self, text: str) -> int:
        if self._console is None or os.getpid() != self._pid:
            return self._stream.write(text)
        with self._lock:
            lines, newline, self._pending = (self._pending + text).rpartition("\n")
            if newline:
                self._print(lines)
        return len(text)

    def writelines(self, lines: Any) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        if self._console is None or os.getpid() != self._pid:
            self._stream.flush()
            return
        with self._lock:
            # A line with carriage returns is a progress bar that will be drawn again: only its last state counts.
            if self._pending and "\r" not in self._pending:
                self._print(self._pending)
                self._pending = ""

    def restore(self) -> None:
        """Put the stream back, with what is pending; whoever kept this object writes to the stream."""
        if getattr(sys, self._name) is self:
            setattr(sys, self._name, self._stream)
        with self._lock:
            if self._pending:
                self._print(self._pending)
                self._pending = ""
            self._console = None

    def _print(self, lines: str) -> None:
        from rich.ansi import AnsiDecoder
        from rich.text import Text

        decoder = AnsiDecoder()
        text = Text("\n").join(decoder.decode_line(line.rstrip("\r")) for line in lines.split("\n"))
        cast("Console", self._console).print(text, soft_wrap=True)


def _in_notebook() -> bool:
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def _screen() -> Console | None:
    """Where a panel can be shown, if anywhere."""
    if not is_terminal(sys.stdout):
        return None
    from rich import get_console

    console = get_console()
    return console if console.is_terminal and not console.is_dumb_terminal else None
