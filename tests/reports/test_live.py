"""The live display shows the budget, stays out of the program's way, and leaves the terminal as it was."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from textwrap import dedent

import pytest
from rich.console import Console

from flopscope.budgets.budget import BudgetContext
from flopscope.reports import live
from flopscope.reports.display import to_text
from flopscope.reports.live import Reading, budget_live, describe_live, live_line, reading
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket

OPS = ("einsum", "add", "exp", "log", "sum", "maximum", "sin")


def summary(seconds: float = 2, flops: int = 1_000_000, *, limit_s: float | None = None, title: str = "") -> Summary:
    """`flops` FLOPs of einsum and a few of others, in `seconds` seconds."""
    wall_ns = round(seconds * 1e9)
    buckets = [Bucket(op, "train.step", 10, 6 - i, 1_000, 100) for i, op in enumerate(OPS[1:])]
    einsum = Bucket("einsum", "train.step", 100, flops - 21, wall_ns // 2, 1_000)  # 6 + 5 + 4 + 3 + 2 + 1 = 21
    return Summary(100_000_000, wall_ns, [einsum, *buckets], "train.step", limit_s, title)


def fake_terminal(width: int = 80) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=40, color_system="standard")


def written(console: Console) -> str:
    return console.file.getvalue()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds, and fail if it never does."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# -- what it says ----------------------------------------------------------------------------------------------------


def test_panel_says_limit_rate_time_namespace_and_the_dearest_operations():
    shown = to_text(describe_live(reading(summary(limit_s=8, title="budget 'train'"))))
    assert shown == dedent("""\
        flopscope live - budget 'train'
        =========================================================================
        Budget      100,000,000   FLOPs
        Used          1,000,000     1.0%   ......................................
        Time             2.00 s    25.0%   ##########............................
        Rate        500 kFLOP/s   budget lasts 3 min 18 s more
        Namespace   train.step

        Operation         FLOPs    Share   Calls   Backend
        -------------------------------------------------------------------------
        einsum          999,979   >99.9%     100    1.00 s   ####################
        add                   6    <0.1%      10   1.00 us
        exp                   5    <0.1%      10   1.00 us
        log                   4    <0.1%      10   1.00 us
        sum                   3    <0.1%      10   1.00 us
        and 2 more""")


def test_panel_says_that_nothing_was_counted():
    shown = to_text(describe_live(reading(Summary(1000, 0, title="session budget"))))
    assert shown == dedent("""\
        flopscope live - session budget
        ================================================
        Budget      1,000   FLOPs
        Used            0    0.0%   ....................
        Time         0 ns
        Rate     0 FLOP/s

        No operations counted yet.""")


def test_line_says_the_same():
    now = reading(summary(title="budget 'train'"))
    assert live_line(now) == (
        "flopscope, budget 'train': 1,000,000 of 100,000,000 FLOPs (1.0%) in 2.00 s, 500 kFLOP/s, "
        "mostly einsum, now in train.step"
    )
    assert live_line(reading(Summary(50, 0), final=True)) == "flopscope: 0 of 50 FLOPs (0.0%) in 0 ns, 0 FLOP/s"


def test_first_and_last_rate_are_averages():
    assert reading(summary(seconds=4, flops=2_000_000)).flops_per_s == 500_000  # 2e6 / 4


def test_rate_follows_the_program_smoothly():
    now = reading(summary(seconds=1, flops=1_000_000))
    rates = []
    for step in range(1, 41):  # four times a second for 10 s at twice the rate
        now = now.after(summary(seconds=1 + step / 4, flops=1_000_000 + step * 500_000))
        rates.append(now.flops_per_s)
    assert rates == sorted(rates)
    assert 1_000_000 < rates[0] < 1_200_000
    assert rates[-1] == pytest.approx(2_000_000, rel=0.01)


def test_rate_stays_while_no_time_passes():
    now = Reading(summary(seconds=1), 123.0)
    assert now.after(summary(seconds=1)).flops_per_s == 123.0


@pytest.mark.parametrize(
    "other",
    [
        summary(seconds=4, title="another"),  # another budget
        summary(seconds=4, limit_s=5),
        summary(seconds=4, flops=999_999),  # went back
        summary(seconds=0.5, flops=2_000_000),
    ],
)
def test_rate_starts_anew_with_another_budget(other):
    assert Reading(summary(seconds=2), 9e99).after(other) == reading(other)


# -- on a terminal ---------------------------------------------------------------------------------------------------


def test_refreshes_by_pulling_and_leaves_the_last_state_on_the_screen():
    console, pulled = fake_terminal(), []

    def snapshot() -> Summary:
        pulled.append(threading.current_thread().name)
        return summary(seconds=len(pulled), flops=len(pulled) * 1_000_000)

    with budget_live(refresh_per_second=200, _snapshot=snapshot, _console=console):
        eventually(lambda: len(pulled) > 3)
    last = f"{len(pulled) * 1_000_000:,}"
    assert set(pulled[1:-1]) == {"flopscope live display"}
    screens = written(console).split("flopscope live")
    assert last in screens[-1]
    assert "on average" in screens[-1]
    assert written(console).index("\x1b[?25l") < written(console).rindex("\x1b[?25h")  # the cursor is back
    assert not [thread for thread in threading.enumerate() if thread.name == "flopscope live display"]


def test_budgets_open_and_close_while_it_runs():
    console = fake_terminal()
    shown = [Summary(1000, 0, title="session"), summary(title="outer"), summary(title="inner"), summary(title="outer")]
    pulled: list[Summary] = []

    def snapshot() -> Summary:
        pulled.append(shown[min(len(pulled), 3)])
        return pulled[-1]

    with budget_live(refresh_per_second=500, _snapshot=snapshot, _console=console):
        eventually(lambda: len(pulled) > 5)
    text = written(console)
    assert text.index("session") < text.index("outer") < text.index("inner") < text.rindex("outer")


def test_a_narrow_terminal_is_enough():
    console = fake_terminal(width=40)
    with budget_live(_snapshot=summary, _console=console):
        pass
    assert "1,000,000" in written(console)


class Stop(BaseException):
    """Stands for whatever ends a program."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, Stop])
def test_errors_of_the_program_pass_and_the_terminal_is_restored(error):
    console, streams = fake_terminal(), (sys.stdout, sys.stderr)
    with pytest.raises(error, match="mine"), budget_live(_snapshot=summary, _console=console):
        raise error("mine")
    assert written(console).rstrip().endswith("\x1b[?25h")
    assert (sys.stdout, sys.stderr) == streams
    assert "1,000,000" in written(console)


def test_inside_another_display_it_does_nothing():
    console, inner = fake_terminal(), fake_terminal()
    never = pytest.fail
    with budget_live(_snapshot=summary, _console=console):
        with budget_live(_snapshot=never, _console=inner):
            pass
        before = len(written(console))
        with pytest.raises(KeyError), budget_live(_snapshot=never, _console=inner):
            raise KeyError
    assert written(inner) == ""
    assert len(written(console)) > before  # the outer one went on
    with budget_live(_snapshot=summary, _console=inner):  # and the next one shows again
        pass
    assert "1,000,000" in written(inner)


def test_works_inside_a_display_of_the_programs_own():
    live_of_rich = pytest.importorskip("rich.live")
    console = fake_terminal()
    own = live_of_rich.Live("mine", console=console, auto_refresh=False)
    with own, budget_live(_snapshot=summary, _console=console):
        pass
    assert "mine" in written(console)
    assert "1,000,000" in written(console)


# -- when something goes wrong ---------------------------------------------------------------------------------------


def test_failing_snapshots_are_reported_once_at_the_end():
    console, pulled = fake_terminal(), []

    def snapshot() -> Summary:
        pulled.append(None)
        if len(pulled) in (3, 4):
            raise RuntimeError(f"no luck at {len(pulled)}")
        return summary()

    display = budget_live(refresh_per_second=500, _snapshot=snapshot, _console=console)
    with pytest.warns(RuntimeWarning) as caught, display:
        eventually(lambda: len(pulled) > 5)
    assert [str(warning.message) for warning in caught] == [
        "budget_live failed to show the budget (2x), first with RuntimeError: no luck at 3"
    ]
    assert caught[0].filename == __file__
    assert "1,000,000" in written(console)


@pytest.mark.parametrize("console", [None, fake_terminal()])
def test_a_display_that_never_works_does_not_disturb_the_program(monkeypatch, console):
    monkeypatch.setattr(live, "describe_live", lambda now: 1 / 0)
    monkeypatch.setattr(live, "live_line", lambda now: 1 / 0)
    done = []
    with pytest.warns(RuntimeWarning, match="ZeroDivisionError"), budget_live(_snapshot=summary, _console=console):
        done.append(True)
    assert done


def test_failures_do_not_hide_the_error_of_the_program():
    def snapshot() -> Summary:
        raise RuntimeError("no luck")

    display = budget_live(_snapshot=snapshot, _console=fake_terminal())
    with pytest.warns(RuntimeWarning, match="no luck"), pytest.raises(KeyError, match="mine"), display:
        raise KeyError("mine")


def test_without_a_screen_after_all_it_prints_lines(monkeypatch, capsys):
    def fail(stream_name: str, console: Console) -> None:
        raise OSError("no screen")

    console = fake_terminal()
    monkeypatch.setattr(live, "_Above", fail)
    monkeypatch.setattr(live, "is_terminal", lambda stream: True)
    with pytest.warns(RuntimeWarning, match="no screen"), budget_live(_snapshot=summary, _console=console):
        pass
    assert capsys.readouterr().out == live_line(reading(summary(), final=True)) + "\n"
    assert written(console).rstrip().endswith("\x1b[?25h")


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_rates_that_make_no_sense_are_refused(rate):
    with pytest.raises(ValueError, match="refresh_per_second must be positive"), budget_live(rate):
        pass


# -- without a terminal ----------------------------------------------------------------------------------------------


def test_a_short_run_prints_one_line(capsys):
    with budget_live(_snapshot=summary):
        print("mine")
    assert capsys.readouterr().out == f"mine\n{live_line(reading(summary(), final=True))}\n"


def test_a_long_run_prints_lines_ever_more_seldom(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(live, "monotonic", lambda: clock[0])
    lines, times = live._Lines(), []
    while clock[0] < 3600:
        clock[0] += 0.25
        lines.show(reading(summary(seconds=clock[0], flops=int(clock[0] * 1000))))
        if capsys.readouterr().out:
            times.append(clock[0])
    gaps = [after - before for before, after in zip([0.0, *times], times, strict=False)]
    assert gaps[:10] == [2.0] * 10
    assert gaps == sorted(gaps)
    assert len(times) < 150  # a line every 2 s would be 1800


def test_no_line_repeats_what_the_last_one_said(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(live, "monotonic", lambda: clock[0])
    lines = live._Lines()
    for clock[0] in (2.0, 10.0, 20.0):
        lines.show(reading(summary(seconds=clock[0])))
    assert capsys.readouterr().out.count("\n") == 1


def test_lines_keep_to_the_encoding_of_the_stream(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    with budget_live(_snapshot=lambda: summary(title="\u03b1")):
        pass
    assert stream.buffer.getvalue().startswith(b"flopscope, \\u03b1: 1,000,000")


def test_where_ipython_has_no_notebook_there_are_lines(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(lambda: None)}))
    with budget_live(_snapshot=summary):
        pass
    assert capsys.readouterr().out == live_line(reading(summary(), final=True)) + "\n"


def test_without_a_snapshot_it_shows_the_budgets_of_the_program(capsys):
    with budget_live(), BudgetContext(flop_budget=12_345, namespace="phase"):
        pass
    assert "0 of 12,345 FLOPs" in capsys.readouterr().out


# -- what the program prints meanwhile -------------------------------------------------------------------------------


@pytest.fixture
def above(monkeypatch):
    """Puts a stand-in for standard output above a panel; gives it, its stream and the console."""

    def stand_in() -> tuple[live._Above, io.StringIO, Console]:
        # Not before the test runs: pytest exchanges the streams after it set up the fixtures.
        stream, console = io.StringIO(), fake_terminal(width=40)
        monkeypatch.setattr(sys, "stdout", stream)
        return live._Above("stdout", console), stream, console

    return stand_in


def test_printed_lines_appear_whole(above):
    stand_in, stream, console = above()
    print("[bold]a", end="")
    assert written(console) == ""
    print("[/nothing]", "x" * 60)
    print("two\nlines")
    stand_in.writelines(["three\n", "four\n"])
    assert written(console) == f"[bold]a[/nothing] {'x' * 60}\ntwo\nlines\nthree\nfour\n"
    assert stream.getvalue() == ""


def test_flushed_prompts_appear_but_progress_bars_wait_for_their_last_state(above):
    _, _, console = above()
    print("name? [y/n] ", end="", flush=True)
    assert written(console) == "name? [y/n] \n"
    for percent in range(0, 101, 10):
        print(f"\r{percent} %", end="", flush=True)
    assert "%" not in written(console)
    print()
    print("dos", end="\r\n")
    assert written(console) == "name? [y/n] \n100 %\ndos\n"


def test_colours_of_the_program_survive(above):
    _, _, console = above()
    print("\x1b[31mred\x1b[0m plain")
    assert written(console) == "\x1b[31mred\x1b[0m plain\n"


def test_text_of_many_threads_is_complete(above):
    _, _, console = above()

    def speak(name: int) -> None:
        for i in range(50):
            print(f"<{name}.{i}>")

    threads = [threading.Thread(target=speak, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written(console).count("\n") == 200
    assert all(f"<{name}.{i}>" in written(console) for name in range(4) for i in range(50))


def test_afterwards_the_stream_is_back_and_the_stand_in_still_prints(above):
    stand_in, stream, console = above()
    print("pending", end="")
    stand_in.restore()
    assert sys.stdout is stream
    assert written(console) == "pending\n"
    stand_in.write("late\n")  # a logging handler may have kept it
    stand_in.flush()
    assert stream.getvalue() == "late\n"


def test_a_stream_that_the_program_replaced_stays(above, monkeypatch):
    stand_in, _, _ = above()
    other = io.StringIO()
    monkeypatch.setattr(sys, "stdout", other)
    stand_in.restore()
    assert sys.stdout is other


def test_a_forked_process_prints_to_the_stream_itself(above, monkeypatch):
    stand_in, stream, console = above()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    stand_in.write("child\n")
    stand_in.flush()
    assert (stream.getvalue(), written(console)) == ("child\n", "")


def test_the_stand_in_passes_for_the_stream(above):
    stand_in, stream, _ = above()
    assert stand_in.rich_proxied_file is stream
    assert (stand_in.isatty(), stand_in.encoding, stand_in.closed) == (False, stream.encoding, False)


PROGRAM = """
import sys, time
from flopscope.reports.live import budget_live
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket
from flopscope.reports.display import print_summary
start = time.perf_counter_ns()
summary = Summary(1000, 5_000_000, [Bucket("exp", "train", 2, 64, 3_000, 2_000)], "train", title="budget")
with budget_live(refresh_per_second=50, _snapshot=lambda: summary):
    print("[info] out")
    print("err", file=sys.stderr)
    {body}
print("end", type(sys.stdout).__name__, type(sys.stderr).__name__)
"""


def run_in_a_terminal(body: str, **environment: str) -> tuple[int, str]:
    """Exit status of the program and what it sent to its terminal."""
    pty = pytest.importorskip("pty")
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**clean, "TERM": "xterm-256color", **environment},
    ) as process:
        os.close(terminal)
        chunks = []
        while True:
            try:
                chunk = os.read(controller, 65536)
            except OSError:  # how Linux says that the program has closed the terminal
                chunk = b""
            if not chunk:
                break
            chunks.append(chunk)
        os.close(controller)
    return process.returncode, b"".join(chunks).decode().replace("\r\n", "\n")


def test_in_a_real_terminal_a_panel_stays_below_what_is_printed():
    status, shown = run_in_a_terminal("time.sleep(0.2); print_summary(summary)")
    assert status == 0
    assert shown.index("[info] out\n") < shown.index("err\n") < shown.index("flopscope summary")
    assert shown.index("flopscope summary") < shown.rindex("flopscope live")
    assert shown.count("flopscope live") > 3
    assert shown.index("\x1b[?25l") < shown.index("\x1b[?25h")
    assert shown.endswith("end TextIOWrapper TextIOWrapper\n")


def test_in_a_real_terminal_ctrl_c_leaves_everything_in_place():
    # A job in the background of a shell, as these tests may be, ignores it.
    heeded = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    status, shown = run_in_a_terminal(f"{heeded}; signal.raise_signal(signal.SIGINT)")
    assert status in (-signal.SIGINT, 130)
    panel, cursor, traceback = shown.rindex("on average"), shown.rindex("\x1b[?25h"), shown.rindex("KeyboardInterrupt")
    assert panel < cursor < traceback


def test_in_a_dumb_terminal_it_prints_lines():
    status, shown = run_in_a_terminal("pass", TERM="dumb")
    assert (status, "\x1b" in shown) == (0, False)
    assert shown == (
        "[info] out\nerr\n"
        "flopscope, budget: 64 of 1,000 FLOPs (6.4%) in 5.00 ms, 12.8 kFLOP/s, mostly exp\n"
        "end TextIOWrapper TextIOWrapper\n"
    )


def test_without_colours_the_panel_is_plain():
    status, shown = run_in_a_terminal("pass", NO_COLOR="1")
    assert status == 0
    assert "flopscope live" in shown
    assert not [code for code in range(30, 38) if f"\x1b[{code}m" in shown]


def test_importing_it_does_not_load_rich():
    code = "import sys, flopscope.reports.live; print('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"


def test_warnings_as_errors_do_not_touch_a_display_that_works():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with budget_live(_snapshot=summary, _console=fake_terminal()):
            pass
